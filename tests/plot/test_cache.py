"""Tests of the figure of what scheduling is worth at each size of the cache."""

from decimal import Decimal

import numpy as np
import pytest
from legible import assert_legible
from matplotlib.figure import Figure
from strategies import stream

from prefixsched.generate.rasq import rasq
from prefixsched.model.cost import Potential, Table
from prefixsched.model.errors import InputError
from prefixsched.plot.cache import plot_cache
from prefixsched.studies.cache_sweep import sweep_capacities, usual_capacities

INSTANCE = rasq(users=3, per_user=3, seed=0)
BUSY = rasq(users=3, per_user=3, load=Decimal("1.2"), seed=0)
POLICIES = ("fcfs", "lpm")


def test_from_no_cache_to_everything():
    """The optimum falls from FCFS without a cache to FCFS with everything cached."""
    sizes = usual_capacities(INSTANCE)
    assert (sizes[0], sizes[-1]) == (0, 3 * 4000 + 9 * 2000)
    swept = sweep_capacities(INSTANCE, POLICIES, time_limit=600)  # no less where all are busy
    assert [point.instance.capacity for point in swept] == [None, *sizes]
    best = [point.result.ttft for point in swept[1:]]
    assert best == sorted(best, reverse=True)
    assert all(point.result.lower_bound == point.result.ttft for point in swept)
    for end in (swept[1], swept[-1]):
        assert end.runs[0].max == end.result.ttft


def test_lines_for_policies_and_the_optimum_on_given_axes():
    """Every cache has its tick, every policy its line, and the paper's model stands apart."""
    swept = sweep_capacities(BUSY, POLICIES, (0, 9000, 9000))
    axes = Figure(layout="constrained").add_subplot()
    assert plot_cache(swept, ax=axes) is axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["last\nprompt", "0", "9k"]
    said = [text.get_text() for text in axes.get_legend().get_texts()]
    assert said == ["optimum", "fcfs", "lpm"]
    assert_legible(axes)


def test_neither_axis_is_crowded():
    """Sizes close together, and times within a factor of two, have labels that stand apart."""
    swept = sweep_capacities(INSTANCE, ("fcfs",), (0, *range(9000, 9200, 10), 40_000))
    axes = plot_cache(swept)
    assert_legible(axes)
    assert [label.get_text() for label in axes.get_xticklabels()][:3] == ["last\nprompt", "0", "9k"]


def test_what_has_no_logarithm_is_refused():
    """One line, for a cost of nothing, for no prompts, and for a capacity below 0."""
    free = stream((0, "a"), cost=Potential(0))
    with pytest.raises(InputError, match="a largest TTFT of 0 has no ratio"):
        plot_cache(sweep_capacities(free, POLICIES, (1,)))
    table = stream((0, ""), cost=Table(np.ones(1, np.int64), np.zeros((1, 1), np.int64)))
    with pytest.raises(InputError, match="a table has no tokens to cache"):
        sweep_capacities(table, POLICIES)
    with pytest.raises(InputError, match="capacities: -1 is too small; give 0 or more"):
        sweep_capacities(INSTANCE, POLICIES, (-1,))

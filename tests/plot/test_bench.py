"""Tests of the figures of benchmarks."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from bench_suites import TINY

import prefixsched as ps
from prefixsched.bench.row import OPTIMUM
from prefixsched.bench.select import by_value, of_family, swept
from prefixsched.bench.suite import parse_suite
from prefixsched.bench.summary import ratios
from prefixsched.bench.work import run_task
from prefixsched.errors import InputError
from prefixsched.generate.rasq import rasq
from prefixsched.plot.anytime import plot_anytime
from prefixsched.plot.percentiles import plot_percentiles
from prefixsched.plot.phase import plot_phase
from prefixsched.plot.ratios import plot_ratios
from prefixsched.plot.reuse import plot_reuse


@pytest.fixture(scope="module")
def rows():
    """The rows of a tiny suite."""
    suite = parse_suite(TINY, "tiny", Path(), {})
    return [row for task in suite.tasks for row in run_task(task)]


def labels(axes):
    """The names in the legend."""
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_the_phase_diagram(rows):
    """A line per policy through the medians, the optimum's last, and a shading below it."""
    axes = plot_phase(rows)
    assert labels(axes) == ["fcfs", "lpm", "optimum"]
    assert axes.get_xlabel() == "load"
    assert axes.get_ylabel() == "T (us)"
    best = axes.lines[-1]
    assert best.get_xdata().tolist() == [0.8, 1.2]
    for load, height in zip(("0.8", "1.2"), best.get_ydata(), strict=True):
        optima = [r.max for r in rows if r.policy == OPTIMUM and r.parameters["load"] == load]
        assert height == sorted(optima)[(len(optima) + 1) // 2 - 1]
    (mesh,) = axes.collections
    share = mesh.get_array()
    assert share.shape == (400, 2)
    assert (np.diff(share, axis=0) <= 0).all()  # a larger T is possible on no fewer streams
    assert share[0].tolist() == [1, 1]
    assert share[-1].tolist() == [0, 0]


def test_ratios_have_a_dot_for_each_stream(rows):
    """A row per policy, the better median first; certified streams are dots at 1 and past it."""
    axes = plot_ratios(rows)
    order = [each.policy for each in ratios(rows)]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == order
    dots = [line for line in axes.lines if line.get_marker() == "."]
    assert [len(line.get_xdata()) for line in dots] == [4, 4]
    assert all((line.get_xdata() >= 1).all() for line in dots)
    assert "4 streams, 4 with a certified optimum" in axes.get_title(loc="left")


def test_percentiles_over_the_swept_parameter(rows):
    """One line per policy, over the parameter that takes several values."""
    axes = plot_percentiles(rows, percentile="p95")
    assert labels(axes) == ["fcfs", "lpm"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("load", "P95 of TTFT (us)")


def test_reuse_against_wait(rows):
    """A mark per policy; the optimum's is at a ratio of 1."""
    axes = plot_reuse(rows)
    assert labels(axes) == ["fcfs", "lpm", "optimum"]
    marks = [line for line in axes.lines if line.get_label() == OPTIMUM]
    assert [line.get_ydata().tolist() for line in marks] == [[1.0]]


def test_the_bracket_over_time():
    """Bounds close in steps, the lower never above the upper, on the answer."""
    told = []
    instance = rasq(users=4, per_user=4, load=Decimal("1.2"), seed=0)
    result = ps.solve(instance, on_progress=told.append)
    axes = plot_anytime(result, told)
    upper, lower = (line.get_ydata() for line in axes.lines[:2])
    assert len(upper) == len(lower) == len(told) + 1
    assert all(low <= high for low, high in zip(lower, upper, strict=True))
    assert upper[-1] == lower[-1]
    assert labels(axes) == ["best schedule", "proven lower bound"]


@pytest.mark.parametrize(
    "plot", [plot_phase, plot_ratios, plot_percentiles, plot_reuse], ids=lambda f: f.__name__
)
def test_given_axes_are_drawn_on(plot, rows):
    """A figure of one's own takes the chart."""
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    assert plot(rows, ax=axes) is axes


def test_what_cannot_be_drawn_is_told(rows):
    """Unknown families and parameters name the nearest; a single value is no sweep."""
    with pytest.raises(InputError, match="family: there is no 'rask'; did you mean rasq?"):
        of_family(rows, "rask")
    with pytest.raises(InputError, match="rasq has no 'lood'; did you mean load?"):
        by_value(rows, "lood")
    one = [row for row in rows if row.parameters["load"] == "0.8"]
    with pytest.raises(InputError, match="parameter: none takes several values"):
        swept(one)
    with pytest.raises(InputError, match="load has a single value"):
        plot_phase(one, "load")
    with pytest.raises(InputError, match="no stream has a ratio yet"):
        plot_ratios([])

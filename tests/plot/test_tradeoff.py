"""Tests of the figure of the least percentile for each ceiling."""

from dataclasses import replace
from decimal import Decimal

import pytest
from legible import assert_legible
from matplotlib.figure import Figure

from prefixsched.generate.rasq import rasq
from prefixsched.model.errors import InputError
from prefixsched.model.status import Status
from prefixsched.plot.tradeoff import plot_tradeoff
from prefixsched.studies.tradeoff import AtCeiling, sweep_ceilings

INSTANCE = rasq(users=3, per_user=3, load=Decimal("1.2"), seed=1)


@pytest.fixture(scope="module")
def swept():
    """Six ceilings and two policies."""
    return sweep_ceilings(INSTANCE, ("fcfs", "lpm"), "p75", 6, 600.0)


def line(axes, label):
    """The points of a line."""
    (found,) = [each for each in axes.get_lines() if each.get_label() == label]
    return [(x, y) for x, y in zip(*found.get_data(), strict=True)]


def test_a_staircase_with_policies_above_it(swept):
    """Steps down at the schedules found, and no policy below the lower bound."""
    axes = Figure(layout="constrained").add_subplot()
    assert plot_tradeoff(swept, ax=axes) is axes
    assert_legible(axes)
    upper, lower = line(axes, "least P75 found"), line(axes, "lower bound")
    for points in (upper, lower):
        assert points == sorted(points, key=lambda at: (at[0], -at[1]))
    assert [y for _, y in upper] == sorted((y for _, y in upper), reverse=True)
    for (x, low), (_, high) in zip(lower, upper, strict=True):
        assert low <= high
        for point in swept.points[:-1]:
            if point.schedule.max_ttft <= 1000 * x:
                assert high <= point.upper / 1000
    for run in swept.runs:
        below = [low for x, low in lower if 1000 * x <= run.max]
        assert swept.percentile(run) / 1000 >= below[-1]
    said = [text.get_text() for text in axes.get_legend().get_texts()]
    assert said[:3] == ["least P75 found", "lower bound", "found without ceiling"]
    assert sum("fcfs" in name for name in said) == 1


def test_what_is_open_or_impossible_has_a_place(swept):
    """Nothing known of one ceiling, none possible for another, and a bound of 0."""
    far = 50 * swept.points[-2].ceiling
    points = [
        AtCeiling(1, Status.INFEASIBLE, None, None, None),
        replace(swept.points[0], lower=0, status=Status.FEASIBLE),
        AtCeiling(far, Status.UNKNOWN, 0, None, None),
        replace(swept.points[-1], lower=0, status=Status.FEASIBLE),
    ]
    for runs in (swept.runs, ()):
        axes = plot_tradeoff(replace(swept, points=points, runs=runs))
        assert_legible(axes)
        assert axes.get_xscale() == "log"


def test_something_else_is_refused(swept):
    """In one line."""
    with pytest.raises(InputError, match="what ps.studies.sweep_ceilings returned"):
        plot_tradeoff(swept.largest)

"""Tests of the least percentile for each of several ceilings."""

from dataclasses import replace
from decimal import Decimal

import pytest

import prefixsched as ps
from prefixsched.generate.rasq import rasq
from prefixsched.model.errors import InputError
from prefixsched.model.status import Status
from prefixsched.studies.tradeoff import sweep_ceilings

INSTANCE = rasq(users=3, per_user=3, load=Decimal("1.2"), seed=1)


@pytest.fixture(scope="module")
def swept():
    """Ten ceilings that the study chose, all of them closed."""
    return sweep_ceilings(INSTANCE, ("fcfs", "lpm"), "p75", 10, 600.0)


def test_from_the_least_largest_to_where_nothing_is_gained(swept):
    """The first ceiling is the least there is, and the last costs nothing."""
    first, *_, last, bare = swept.points
    assert first.ceiling == swept.largest.lower_bound == first.schedule.max_ttft
    assert (bare.ceiling, bare.upper) == (None, last.upper)
    assert bare.upper == ps.solve(INSTANCE, objective="p75").value
    assert 3 <= len(swept.points) <= 11


def test_each_is_what_a_solve_says(swept):
    """Whatever it began from; and the least percentile falls as the ceiling rises."""
    for point in swept.points:
        found = ps.solve(INSTANCE, objective="p75", ceiling=point.ceiling)
        assert point.status is Status.OPTIMAL
        assert point.lower == point.upper == found.value
        assert point.ceiling is None or point.schedule.max_ttft <= point.ceiling
    had = [point.upper for point in swept.points]
    assert had == sorted(had, reverse=True)


def test_given_ceilings_are_asked_about_alone(swept):
    """In any order, those that nobody can keep to among them; twice the same counts once."""
    least = swept.largest.value
    found = sweep_ceilings(INSTANCE, objective="p75", ceilings=[2 * least, least - 1, 2 * least])
    assert [point.ceiling for point in found.points] == [least - 1, 2 * least, None]
    assert found.points[0].as_dict() == {
        "ceiling": least - 1,
        "status": "infeasible",
        "lower_bound": None,
        "upper_bound": None,
        "max": None,
    }
    assert [row["ceiling"] for row in found.records()] == [least - 1, 2 * least, None]


def test_no_time_leaves_what_policies_have():
    """A bracket for each, from policies and from bounds at sight."""
    found = sweep_ceilings(INSTANCE, ("fcfs",), "p75", 4, 0.0)
    for point in found.points:
        assert 0 <= point.lower <= point.upper
    assert found.points[0].ceiling >= found.largest.lower_bound


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"objective": "max"}, "objective max: there is no trade-off; give a percentile"),
        ({"objective": "p99"}, "of 9 queries that is the largest TTFT itself"),
        ({"ceilings": 1}, "ceilings: 1 is too small; give 2 or more"),
        ({"ceilings": 101}, "ceilings: 101 is too large; give 100 or less"),
        ({"ceilings": (5, -1)}, "ceilings: -1 is too small; give 0 or more"),
        ({"ceilings": (5, 0.5)}, "ceilings: 0.5 is not a whole number"),
    ],
)
def test_what_makes_no_sense_is_refused(asked, says):
    """One line each."""
    with pytest.raises(InputError, match=says):
        sweep_ceilings(INSTANCE, **{"objective": "p75"} | asked)
    with pytest.raises(InputError, match="give an Instance"):
        sweep_ceilings("rasq.json")


def test_an_interrupt_leaves_what_is_known(monkeypatch):
    """Whenever it comes: each ceiling that was asked about has its bracket, and the rest none."""
    for calls in range(4):
        left = [calls]

        def interrupted(*args, left=left, **kwargs):
            found = ps.solve(*args, **kwargs)
            left[0] -= 1
            return found if left[0] >= 0 else replace(found, interrupted=True)

        monkeypatch.setattr("prefixsched.studies.tradeoff.solve", interrupted)
        found = sweep_ceilings(INSTANCE, ("fcfs",), "p75", [10**6, 10**7], 600.0)
        assert found.interrupted == (calls < 4)
        assert found.points[-1].ceiling is None
        assert len(found.points) == max(1, calls)
        assert all(point.upper is not None for point in found.points)

"""Tests of objectives as they are written and measured."""

from fractions import Fraction

import pytest
from strategies import stream

import prefixsched as ps
from prefixsched.verifier.objective import Objective


@pytest.mark.parametrize(
    ("text", "kind", "share"),
    [
        ("max", "max", None),
        ("percentile:100", "max", None),
        ("percentile:99.9", "percentile", Fraction(999, 10)),
        ("p50", "percentile", Fraction(50)),
        ("P99", "percentile", Fraction(99)),
        ("Goodput", "goodput", None),
        ("goodput", "goodput", None),
        ("mean", "mean", None),
    ],
)
def test_objectives_are_read_exactly(text, kind, share):
    """A percentile is a rational, and the 100th is the maximum."""
    objective = Objective.parse(text)
    assert (objective.kind, objective.share) == (kind, share)
    assert Objective.parse(str(objective)) == objective


@pytest.mark.parametrize(
    "text", ["percentile", "percentile:0", "percentile:101", "percentile:nan", "p0", "p101", "p1e9"]
)
def test_wrong_percentiles_are_refused(text):
    """One line names the range."""
    with pytest.raises(ps.InputError, match="give more than 0 and at most 100"):
        Objective.parse(text)


@pytest.mark.parametrize("text", ["goodput:3", "", "p", "best", "p-1", "px"])
def test_unknown_objectives_are_refused(text):
    """One line lists what there is."""
    with pytest.raises(ps.InputError, match=r"give max, percentile:Q \(.*\), goodput or mean"):
        Objective.parse(text)


@pytest.mark.parametrize(("share", "rank"), [("0.1", 1), ("50", 4), ("87.5", 7), ("87.6", 8)])
def test_the_rank_is_rounded_up(share, rank):
    """⌈Q n / 100⌉, with no float in between."""
    assert Objective.parse(f"percentile:{share}").rank(8) == rank


def test_each_measure_of_one_schedule():
    """Three prompts one after another: 3, 6 and 9 ticks."""
    instance = stream((0, "aaa"), (0, "bbb"), (0, "ccc"))
    schedule = ps.evaluate(instance, [0, 1, 2])
    assert Objective.parse("max").measure(instance, schedule) == 9
    assert Objective.parse("percentile:50").measure(instance, schedule) == 6
    assert Objective.parse("goodput").measure(instance, schedule, 6) == 2
    assert Objective.parse("mean").measure(instance, schedule) == 18

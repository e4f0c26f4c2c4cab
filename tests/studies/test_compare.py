"""Tests of policies held against the certified optimum."""

from decimal import Decimal
from fractions import Fraction

import pytest

import prefixsched as ps
from prefixsched.generate.rasq import rasq
from prefixsched.studies.compare import compare

INSTANCE = rasq(users=3, per_user=3, load=Decimal("1.2"), seed=1)


class Newest:
    """A policy of one's own."""

    def pick(self, view):
        """The query that arrived last."""
        return int(view.waiting[-1])


def test_ratios_are_over_the_proven_optimum():
    """Every ratio is exact where the optimum is, and none is below 1."""
    held = compare(INSTANCE, ["fcfs", "lpm"], time_limit=None)
    optimum = ps.solve(INSTANCE, backend="brute").ttft
    assert held.instance is INSTANCE
    assert (held.result.ttft, held.interrupted, held.two) == (optimum, False, False)
    for run in held.runs:
        assert held.ratio(run) == held.p99_ratio(run) == (Fraction(run.max, optimum),) * 2
        assert held.ratio(run)[0] >= 1


def test_policies_of_ones_own_are_compared_as_objects_and_classes():
    """Not only what the command line can name."""
    held = compare(INSTANCE, [Newest, Newest(), "fcfs"])
    assert [run.policy for run in held.runs] == ["Newest", "Newest", "fcfs"]
    assert held.runs[0].order.tolist() == held.runs[1].order.tolist()


def test_no_time_leaves_a_bracket_that_holds_the_best_policy():
    """The upper bound is never above what a policy did."""
    held = compare(INSTANCE, time_limit=0)
    assert held.result.upper_bound <= min(run.max for run in held.runs)


def test_nothing_to_compare_is_refused():
    """A comparison has at least one policy."""
    with pytest.raises(ps.InputError, match="there is none to compare"):
        compare(INSTANCE, [])

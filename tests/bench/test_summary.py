"""Tests of what a benchmark comes to."""

from fractions import Fraction

from prefixsched.bench.row import OPTIMUM, Row
from prefixsched.bench.summary import efforts, ratios


def row(policy, seed, largest, lower, upper, asked=None, seconds=0.0):
    """A row with the figures that matter here."""
    return Row(
        family="f", parameters={}, seed=seed, instance=f"s{seed}", n=1, tokens=1, time_unit="us",
        policy=policy, max=largest, p50=1, p90=1, p95=1, p99=1, mean=1.0, makespan=1,
        reused_tokens=0, status="optimal", lower_bound=lower, upper_bound=upper, backend="dp",
        solve_seconds=seconds, asked=asked,
    )  # fmt: skip


def test_ratios_are_intervals_where_optima_are_bracketed():
    """Median (nearest-rank) and worst of both ends, exact; the optimum is no policy."""
    rows = [
        row("a", 0, 10, 10, 10), row("a", 1, 15, 10, 12), row("a", 2, 30, 10, 10),
        row("a", 3, 20, 8, 10), row(OPTIMUM, 0, 10, 10, 10),
    ]  # fmt: skip
    (found,) = ratios(rows)
    assert (found.policy, found.streams, found.exact) == ("a", 4, 2)
    assert (found.median_low, found.median_high) == (Fraction(15, 12), Fraction(15, 10))
    assert (found.worst_low, found.worst_high) == (3, 3)


def test_streams_with_an_optimum_of_zero_have_no_ratio():
    """Where every query costs nothing there is nothing to divide by."""
    rows = [row("a", 0, 0, 0, 0), row("b", 0, 0, 0, 0), row("b", 1, 3, 2, 2)]
    assert [(each.policy, each.streams) for each in ratios(rows)] == [("b", 1)]


def test_the_better_policy_comes_first():
    """By the certified median, then by the worst."""
    rows = [row("a", 0, 3, 2, 2), row("b", 0, 2, 2, 2), row("c", 0, 3, 2, 2), row("c", 1, 5, 1, 1)]
    assert [each.policy for each in ratios(rows)] == ["b", "a", "c"]


def test_what_each_backend_proved():
    """Instances, those proven, and medians by backend; open brackets from 0 are the widest."""
    rows = [
        row(OPTIMUM, 0, 10, 10, 10, "dp", 1.0), row(OPTIMUM, 0, 12, 8, 12, "cpsat", 5.0),
        row("a", 0, 15, 10, 10),
        row(OPTIMUM, 1, 12, 10, 12, "dp", 3.0), row(OPTIMUM, 1, 12, 0, 12, "cpsat", 4.0),
        row(OPTIMUM, 2, 13, 10, 13, "dp", 2.0), row(OPTIMUM, 2, 12, 0, 12, "cpsat", 6.0),
    ]  # fmt: skip
    dp, cpsat = efforts(rows)
    assert (dp.backend, dp.streams, dp.proven, dp.median_seconds) == ("dp", 3, 1, 2.0)
    assert dp.median_gap == Fraction(2, 10)
    assert (cpsat.streams, cpsat.proven, cpsat.median_seconds) == (3, 0, 5.0)
    assert cpsat.median_gap is None
    assert efforts([row(OPTIMUM, 0, 1, 1, 1)]) == []

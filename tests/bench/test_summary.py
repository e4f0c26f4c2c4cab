"""Tests of what a benchmark comes to."""

from fractions import Fraction

from prefixsched.bench.row import OPTIMUM, Row
from prefixsched.bench.summary import ratios


def row(policy, seed, largest, lower, upper):
    """A row with the figures that matter here."""
    return Row(
        family="f", parameters={}, seed=seed, instance=f"s{seed}", n=1, tokens=1, time_unit="us",
        policy=policy, max=largest, p50=1, p90=1, p95=1, p99=1, mean=1.0, makespan=1,
        reused_tokens=0, status="optimal", lower_bound=lower, upper_bound=upper, backend="dp",
        solve_seconds=0.0,
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

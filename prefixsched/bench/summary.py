"""What a benchmark comes to: certified competitive ratios by policy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from prefixsched.bench.row import OPTIMUM, Row


@dataclass(frozen=True)
class Ratios:
    """A policy's competitive ratios over some streams.

    Where an optimum is only bracketed a ratio is an interval: over the best
    schedule known, and over the proven lower bound, which certifies it.

    Parameters
    ----------
    policy
        Its name.
    streams
        How many streams, those without a ratio (an optimum of 0) left out.
    median_low, median_high
        Of the low and of the high ends; nearest-rank.
    worst_low, worst_high
        The largest of each; a policy is never worse than ``worst_high``.
    exact
        On how many streams the optimum is certified.
    """

    policy: str
    streams: int
    median_low: Fraction
    median_high: Fraction
    worst_low: Fraction
    worst_high: Fraction
    exact: int

    def as_dict(self) -> dict[str, Any]:
        """The fields that ``--json`` prints."""
        return {
            "policy": self.policy,
            "streams": self.streams,
            "exact": self.exact,
            "median_low": float(self.median_low),
            "median_high": float(self.median_high),
            "worst_low": float(self.worst_low),
            "worst_high": float(self.worst_high),
        }


def ratios(rows: Iterable[Row]) -> list[Ratios]:
    """The ratios of each policy, the least certified median first."""
    by_policy: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.policy != OPTIMUM and row.lower_bound > 0:
            by_policy[row.policy].append(row)
    made = []
    for policy, own in by_policy.items():
        low = sorted(Fraction(row.max, row.upper_bound) for row in own)
        high = sorted(Fraction(row.max, row.lower_bound) for row in own)
        exact = sum(row.lower_bound == row.upper_bound for row in own)
        made.append(Ratios(policy, len(own), _median(low), _median(high), low[-1], high[-1], exact))
    return sorted(made, key=lambda r: (r.median_high, r.worst_high, r.policy))


def _median(ordered: Sequence[Fraction]) -> Fraction:
    return ordered[(len(ordered) + 1) // 2 - 1]

"""What a benchmark comes to: certified ratios by policy, and what each backend proved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar

from prefixsched.bench.row import OPTIMUM, Row

T = TypeVar("T", float, Fraction)


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


@dataclass(frozen=True)
class Effort:
    """What a backend proved, each instance for itself.

    Bounds and local search that come before any backend are counted with it,
    as in :func:`~prefixsched.offline.solve.solve`.

    Parameters
    ----------
    backend
        As the suite has it.
    streams
        How many it was asked about.
    proven
        On how many it certified the optimum.
    median_seconds
        Of all, those that met a limit too; nearest-rank.
    median_gap
        Of (upper - lower) / lower; nearest-rank. None where the median bracket
        begins at 0 and is open.
    """

    backend: str
    streams: int
    proven: int
    median_seconds: float
    median_gap: Fraction | None

    def as_dict(self) -> dict[str, Any]:
        """The fields that ``--json`` prints."""
        return {
            "backend": self.backend,
            "streams": self.streams,
            "proven": self.proven,
            "median_seconds": self.median_seconds,
            "median_gap": None if self.median_gap is None else float(self.median_gap),
        }


def efforts(rows: Iterable[Row]) -> list[Effort]:
    """What each backend did, as far as rows name it, in the order in which they came."""
    by_backend: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.asked is not None:
            by_backend[row.asked].append(row)
    return [
        Effort(
            backend,
            len(own),
            sum(row.lower_bound == row.upper_bound for row in own),
            _median(sorted(row.solve_seconds for row in own)),
            _median_gap(own),
        )
        for backend, own in by_backend.items()
    ]


def _median_gap(rows: Sequence[Row]) -> Fraction | None:
    """The nearest-rank median; open brackets from 0 are wider than any other."""
    gaps = [
        Fraction(row.upper_bound - row.lower_bound, row.lower_bound or 1)
        for row in rows
        if row.lower_bound or not row.upper_bound
    ]
    rank = (len(rows) + 1) // 2 - 1
    return sorted(gaps)[rank] if rank < len(gaps) else None


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


def _median(ordered: Sequence[T]) -> T:
    return ordered[(len(ordered) + 1) // 2 - 1]

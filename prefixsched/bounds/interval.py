"""Interval bound: a lower bound on the largest TTFT, and the queries that prove it."""

from __future__ import annotations

from dataclasses import dataclass, field

from prefixsched.arrays import IntArray


@dataclass(frozen=True, eq=False)
class IntervalBound:
    """A proven lower bound on the least possible largest TTFT.

    Parameters
    ----------
    ticks
        The bound.
    interval
        The queries that prove it, oldest first: all that arrive between two
        times. Empty where nothing was proven.
    """

    ticks: int
    interval: IntArray = field(repr=False)

    @property
    def queries(self) -> tuple[int, ...]:
        """The queries of the interval."""
        return tuple(self.interval.tolist())

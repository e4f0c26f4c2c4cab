"""Interval bound: a lower bound on the largest TTFT, and the queries that prove it."""

from __future__ import annotations

from collections.abc import Callable
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


def bisect_refutations(
    refute: Callable[[int], IntArray | None], best: IntervalBound, upper: int
) -> IntervalBound:
    """The bound that refuted T prove; the first one tried is the best bound known.

    No T has to be monotone in what it refutes; the bisection only decides where to look.

    Parameters
    ----------
    refute
        The queries that can't all have their first token within T; None if they may.
    best
        What is proven already.
    upper
        A TTFT that can be met.
    """
    lower, middle = best.ticks, best.ticks
    while lower < upper:
        interval = refute(middle)
        if interval is None:
            upper = middle
        else:
            lower = middle + 1
            best = IntervalBound(lower, interval)
        middle = (lower + upper) // 2
    return best

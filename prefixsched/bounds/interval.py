"""Interval bound: a lower bound on the largest TTFT, and the queries that prove it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from prefixsched.arrays import IntArray
from prefixsched.bounds.late_windows import FewestLate, LateWindow
from prefixsched.model.instance import Instance


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

    def reason(self, instance: Instance) -> FewestLate | None:
        """Who is late where every TTFT but theirs is less than the bound; None for no interval.

        The interval's work ends no sooner than with a TTFT of ``ticks``: that says how much it is.
        """
        if not len(self.interval):
            return None
        arrival = instance.arrival[self.interval]
        begin, last = int(arrival.min()), int(arrival.max())
        work = self.ticks + last - begin
        window = LateWindow(self.interval, begin, last + self.ticks - 1, work, late=1)
        return FewestLate(1, (window,))


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

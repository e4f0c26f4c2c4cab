"""Where most TTFT was lost."""

from __future__ import annotations

from dataclasses import dataclass

from prefixsched.arrays import IntArray


@dataclass(frozen=True)
class WorstStretch:
    """Queries that arrived one after another; times in ticks.

    Parameters
    ----------
    first, last
        Their places in order of arrival, from 0, both included.
    begin, end
        When the first and the last of them arrived.
    lost
        Their TTFTs less the bound, in sum.
    """

    first: int
    last: int
    begin: int
    end: int
    lost: int

    @property
    def queries(self) -> int:
        """How many there are."""
        return self.last - self.first + 1


def worst_stretch(arrival: IntArray, ttft: IntArray, bound: int) -> WorstStretch | None:
    """The run of arrivals whose TTFTs are most above ``bound``, in sum.

    With ``bound`` the largest TTFT of some schedule, no query needed to wait for
    longer, so TTFT - bound is what a query lost for certain where it is above 0;
    below, it counts against the run, so that a run ends where the waiting does.
    The largest sum of a run is found in one pass (Bentley, Programming Pearls,
    Communications of the ACM 27(9), 1984: a run that has come down to 0 is
    dropped). Of runs with one sum the first that ends is taken.

    Parameters
    ----------
    arrival
        ``[n]``; never falling.
    ttft
        ``[n]``; what was had.
    bound
        What nobody needed to exceed.

    Returns
    -------
    WorstStretch or None
        None where no TTFT is above ``bound``.
    """
    best, found = 0, None
    total, first = 0, 0
    for k, excess in enumerate((ttft - bound).tolist()):
        if total <= 0:
            total, first = 0, k
        total += excess
        if total > best:
            best, found = total, (first, k)
    if found is None:
        return None
    begin, end = (int(arrival[k]) for k in found)
    return WorstStretch(*found, begin, end, best)

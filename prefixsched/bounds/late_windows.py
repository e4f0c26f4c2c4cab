"""Windows of queries some of which are late: what a lower bound rests on."""

from __future__ import annotations

from dataclasses import dataclass, field

from prefixsched.arrays import IntArray


@dataclass(frozen=True, eq=False)
class LateWindow:
    """Queries some of which are late in every schedule.

    Parameters
    ----------
    queries
        Who arrives from ``begin`` on and is due by ``end``, oldest first.
    begin, end
        Ticks.
    work
        What the server needs at least for all of them between these, in ticks.
    late
        So many of them are late.
    """

    queries: IntArray = field(repr=False)
    begin: int
    end: int
    work: int
    late: int


@dataclass(frozen=True, eq=False)
class FewestLate:
    """A proven number of late queries, and disjoint windows that prove it, oldest first.

    There are none where late queries had to count by halves.
    """

    late: int
    windows: tuple[LateWindow, ...] = field(repr=False)

"""Idle time that reuse across long gaps needs, in disjoint cells of time.

The cells of a stream serve the stack-distance bound, whose docstring has the proof:
:func:`prefixsched.bounds.stack_distance.stack_distance_bound`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import INFINITY, IntArray

CELL_ROOMS = (2, 4)
"""Lengths of cells that are tried, in units of the time that it takes to fill the cache: shorter
ones cut gaps, and longer ones count idle time once that is needed twice. Of 1.2 to 4 these
gave most on a public trace."""
CELL_SHIFTS = 4
"""Places that are tried for a grid of cells to begin."""


class Gaps(NamedTuple):
    """Gaps that are longer than the work that has room in them, one for each edge and use.

    Parameters
    ----------
    begin, end
        Times between which no user of the edge is served.
    room
        The most work that can be done while the edge stays cached.
    work
        What the edge takes to be computed again.
    """

    begin: IntArray
    end: IntArray
    room: IntArray
    work: IntArray


class Cells(NamedTuple):
    """Disjoint cells of time, in order.

    Parameters
    ----------
    begin, end
        Of each.
    due
        An interval of queries gets the cost if the first arrives by ``begin``, the last at
        ``due`` or later; ascending.
    cost
        Ticks without work in the cell, and of work after gaps, at least.
    """

    begin: IntArray
    end: IntArray
    due: IntArray
    cost: IntArray


_NONE = np.zeros(0, np.int64)
NO_CELLS = Cells(_NONE, _NONE, _NONE, _NONE)


def costliest_cells(gaps: Gaps, room: int, ttft: int) -> Cells:
    """The cells of the grid on which reuse costs most in all.

    Parameters
    ----------
    gaps
        In any order.
    room
        Work that fills the cache.
    ttft
        The bound on all.
    """
    if not len(gaps.begin):
        return NO_CELLS
    lengths = [min(max(1, room) * times, int(INFINITY) // 2) for times in CELL_ROOMS]
    grids = [(x, x * k // CELL_SHIFTS) for x in lengths for k in range(CELL_SHIFTS)]
    return max((cells_of(gaps, *grid, ttft) for grid in grids), key=lambda c: int(c.cost.sum()))


def cells_of(gaps: Gaps, length: int, first: int, ttft: int) -> Cells:
    """What reuse costs in the cells of one grid.

    A gap belongs to the cell that holds its middle. The edge stays cached only if what the
    gap has in the cell and the ``room`` doesn't hold is idle. If the cell idles for y ticks,
    then all gaps that need more are followed by their work; the cost is the least of
    the sums over y, which is 0 or what one of the gaps needs.

    Parameters
    ----------
    gaps
        In any order.
    length, first
        Of the cells, and where one of them begins.
    ttft
        The bound on all: an interval ends so long after its last arrival.
    """
    middle = gaps.begin + (gaps.end - gaps.begin) // 2
    left = middle - (middle - first) % length
    idle = np.minimum(gaps.end, left + length) - np.maximum(gaps.begin, left) - gaps.room
    order = np.lexsort((idle, left))
    order = order[idle[order] > 0]
    if not len(order):
        return NO_CELLS
    left, idle, work = left[order], idle[order], gaps.work[order]
    head = np.flatnonzero(np.diff(left, prepend=left[0] - 1))
    done = np.cumsum(work)
    whole = np.add.reduceat(work, head)
    before = done[head] - work[head]
    more = np.repeat(before + whole, np.diff(head, append=len(left))) - done
    cost = np.minimum(whole, np.minimum.reduceat(idle + more, head))
    begin = left[head]
    last = np.maximum.reduceat(gaps.end[order], head)
    due = np.maximum.accumulate(np.maximum(last, begin + length - ttft))
    return Cells(begin, begin + length, due, cost)

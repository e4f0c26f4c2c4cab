"""Deletion bound for the cache ``lru``, where a prefix that is used now and then may stay cached.

Stack distances between queries that aren't neighbours, and a packing of idle time (the dual of a
covering problem with intervals).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.bounds.late_windows import FewestLate, LateWindow
from prefixsched.bounds.stack_distance import StackDistances

MAX_QUERIES = 2_000
"""Of a stream: the packing is quadratic in gaps."""
MOST_BETWEEN = 8
"""Users between the two of a gap: each allows for as much work as the cache holds."""
SHARE_BITS = 30
"""Shares of a moment are counted in so many binary places."""


class _Gap(NamedTuple):
    begin: int
    end: int
    need: int
    work: int


class RefreshedGaps:
    """Bounds T that more than ``spare`` queries exceed in every schedule with the cache ``lru``.

    Words are those of :mod:`prefixsched.bounds.stack_distance` and
    :mod:`prefixsched.bounds.late_stack_distance`: let at most ``spare`` be late, D, and all others
    on time. All work here is on edges, as far as they can be cached.

    *Gaps between any two users.* Let p and q use e, with r_p + T < r_q, and m users between them
    by age. The gap is [r_p + T, r_q]. It is spoiled if q is late or a late user of e is
    served at some time of it; let it not be. Users up to p are complete by its begin, and q
    and later ones start at its end or later, so only the m are served in it. Let e be cached in
    all of the gap (or be computed by one of the m who began before). From one use of e to the next,
    all edges used are kept, and hold at most what is left of C tokens beside e's path, so they are
    computed once: work of at most room(e). Each of the m works at most below(e) on what it has
    below e, and if one began before the gap, on e's path, too. So in the gap

        need = r_q - r_p - T - (m + 1) room(e) - m below(e) - path(e) if m > 0

    ticks at least are *idle*, without work on edges. Or else e isn't cached at some time
    of the gap. Then the next user to start computes it, within [r_p + T, r_q + T], as q is
    on time.

    *Gaps of an edge* are chosen so that each begins with the user with which the one before ended,
    or a later one: their computations differ. They also differ from the first of e, which is done
    by the deadline of its first user, if that one is on time.

    *Packing.* Choose a(g) ≤ w(e) for each gap g such that no moment is in gaps whose a / need sum
    up to more than 1. Then idle time, and w(e) of gaps after which e is computed again, sum up to
    the sum of a(g) at least: a gap with less than its need of idle time has the work. So with all
    first computations it is no more than the time from the first arrival to T after the last.

    *Late ones save* the first computation or the gap that ends with them, of each edge on their
    path, and the gaps that they are served in, up to 1 + ⌊F / T⌋ of each edge. Who is served in a
    gap, and takes no more than T, is complete by T after the last arrival; it has then done
    what only its own prompt has, and saves the work of other edges only. T is refuted where the
    work exceeds the time by more than the ``spare`` largest savings.

    Parameters
    ----------
    distances
        The stream, with a cache ``lru``.
    """

    def __init__(self, distances: StackDistances) -> None:
        d = self.distances = distances
        self.users: dict[int, list[int]] = {}
        for edge, query in zip(d.edges.tolist(), d.owner.tolist(), strict=True):
            self.users.setdefault(edge, []).append(query)
        n, nodes = len(d.age), len(d.work)
        path = np.zeros(nodes, dtype=np.int64)
        self.below = np.zeros(nodes, dtype=np.int64)
        for q in range(n):
            steps = d.edges[d.start[q] : d.start[q + 1]]
            down = np.cumsum(d.work[steps][::-1])[::-1]  # from the root to each
            path[steps] = down
            self.below[steps] = np.maximum(self.below[steps], down[0] - down)
        self.path = path
        self.first = int(d.work[list(self.users)].sum())
        self.alone = d.deep + d.last[d.edges[d.start[:-1]]] + path[d.edges[d.start[:-1]]]

    def refuted(self, ttft: int, spare: int) -> FewestLate | None:
        """Who shows that more than ``spare`` are later than ``ttft``; None if nobody does."""
        d, n = self.distances, len(self.distances.age)
        if ttft < 1 or d.slack or n > MAX_QUERIES:
            return None
        gaps = [gap for edge in self.users for gap in self._gaps(edge, ttft)]
        work = self.first + _packed(gaps)
        begin, end = int(d.release[0]), int(d.release[-1]) + ttft
        saved = int(np.sort(self._savings(ttft))[::-1][:spare].sum())
        if work - (end - begin) <= saved:
            return None
        return FewestLate(spare + 1, (LateWindow(d.age, begin, end, work, spare + 1),))

    def _gaps(self, edge: int, ttft: int) -> list[_Gap]:
        """As many gaps of an edge that need idle time as there can be, from its first user on."""
        d, users, gaps = self.distances, self.users[edge], []
        room, below, path = int(d.room[edge]), int(self.below[edge]), int(self.path[edge])
        release = d.release[users].tolist()
        first = 0
        for last in range(1, len(users)):
            best = 0, 0
            for begin in range(max(first, last - MOST_BETWEEN - 1), last):
                between = last - begin - 1
                need = release[last] - release[begin] - ttft - (between + 1) * room
                need -= between * below + (path if between else 0)
                best = max(best, (need, begin))
            if best[0] > 0 and d.work[edge]:
                begin = release[best[1]] + ttft
                gaps.append(_Gap(begin, release[last], best[0], int(d.work[edge])))
                first = last
        return gaps

    def _savings(self, ttft: int) -> IntArray:
        """``[n]``; by age, what each query saves at most by being late."""
        d, n = self.distances, len(self.distances.age)
        count = np.bincount(d.edges, minlength=len(d.work))[d.edges]
        work, meets = d.work[d.edges], 1 + self.alone // ttft
        own = np.zeros(n, dtype=np.int64)
        shared = own.copy()
        spoiled = own.copy()
        np.add.at(own, d.owner, np.where(count == 1, work, 0))
        np.add.at(shared, d.owner, np.where(count > 1, work, 0))
        np.add.at(
            spoiled, d.owner, np.where(count > 1, np.minimum(count, 1 + meets[d.owner]) * work, 0)
        )
        short = np.maximum(own + shared, spoiled)
        saved: IntArray = np.where(self.alone <= ttft, short, own + spoiled)
        return saved


def _packed(gaps: list[_Gap]) -> int:
    """The sum of a for some choice: what needs nearly all of its time first."""
    if not gaps:
        return 0
    times = np.unique([time for gap in gaps for time in gap[:2]])
    taken, total = np.zeros(len(times), dtype=np.int64), 0
    for gap in sorted(gaps, key=lambda g: g.need / (g.begin - g.end)):
        some = slice(*np.searchsorted(times, (gap.begin, gap.end)).tolist())
        free = (1 << SHARE_BITS) - int(taken[some].max())
        part = min(gap.work, gap.need * free >> SHARE_BITS)
        taken[some] += -(-(part << SHARE_BITS) // gap.need)
        total += part
    return total

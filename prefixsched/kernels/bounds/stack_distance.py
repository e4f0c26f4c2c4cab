"""Stack-distance bound: which edges of the trie an LRU cache has lost when they are used again.

Queries are numbered by release; *steps* are those of
:func:`prefixsched.kernels.bounds.recomputation.steps`.
"""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import INFINITY, BoolArray, IntArray
from prefixsched.kernels.bounds.work import NO_INTERVAL, add, argmax, maxima
from prefixsched.kernels.jit import kernel


@kernel
def previous_users(start: IntArray, edges: IntArray, nodes: int) -> IntArray:
    """For each step, the last query before that uses its edge; -1 if none does."""
    latest = np.full(nodes, -1, np.int64)
    before = np.empty(edges.size, np.int64)
    for q in range(start.size - 1):
        for k in range(start[q], start[q + 1]):
            before[k] = latest[edges[k]]
            latest[edges[k]] = q
    return before


@kernel
def lost_to_others(
    start: IntArray,
    edges: IntArray,
    before: IntArray,
    release: IntArray,
    tokens: IntArray,
    kept: IntArray,
    capacity: int,
    ttft: int,
    slack: int,
) -> BoolArray:
    """For each step, whether its edge is new or lost to queries that are served in between.

    Parameters
    ----------
    start, edges, before
        Steps, and each edge's user before.
    release
        ``[n]``; arrivals.
    tokens, kept
        ``[N]``; of the edge above each node, and from the root down to it, that
        lie among the first ``capacity`` tokens.
    capacity
        Tokens that the cache holds.
    ttft
        The bound on all.
    slack
        Ticks more that must lie between two queries before their order is sure.
    """
    n = release.size
    gone = np.zeros(edges.size, np.bool_)
    latest = np.full(tokens.size, -1, np.int64)  # the last query counted that uses an edge
    sums = np.zeros(n + 1, np.int64)  # a Fenwick tree of tokens by that query
    counted = 0
    held = np.int64(0)
    for q in range(n):
        while counted < n and release[counted] + ttft + slack <= release[q]:
            k = start[counted]
            while k < start[counted + 1]:
                old = latest[edges[k]]
                more = np.int64(0)
                while k < start[counted + 1] and latest[edges[k]] == old:
                    more += tokens[edges[k]]
                    latest[edges[k]] = counted
                    k += 1
                held += more
                place = counted + 1
                while place <= n:
                    sums[place] += more
                    place += place & -place
                if old >= 0:
                    held -= more
                    place = old + 1
                    while place <= n:
                        sums[place] -= more
                        place += place & -place
            counted += 1
        last, first, distinct = -2, 0, np.int64(0)
        for k in range(start[q], start[q + 1]):
            if before[k] < 0:
                gone[k] = True
                continue
            if before[k] != last:
                last = before[k]
                since = release[last] + ttft + slack
                first = np.searchsorted(release, since)
                if first >= counted:
                    break
                distinct = held
                place = first
                while place > 0:
                    distinct -= sums[place]
                    place -= place & -place
            own = kept[edges[k]]  # but for what others may use, too
            for above in range(k + 1, start[q + 1]):
                if before[above] >= first:
                    own -= kept[edges[above]]
                    break
            if distinct + own <= capacity:
                break
            gone[k] = True
    return gone


@kernel
def new_work(start: IntArray, edges: IntArray, gone: BoolArray, work: IntArray) -> IntArray:
    """For each query, the work of the edges on its path that are gone.

    Parameters
    ----------
    start, edges, gone
        Steps, and those whose edges must be computed.
    work
        ``[N]``; of the edge above each node, as far as it can be cached.
    """
    computed = np.zeros(start.size - 1, np.int64)
    for q in range(computed.size):
        for k in range(start[q], start[q + 1]):
            if gone[k]:
                computed[q] += work[edges[k]]
    return computed


@kernel
def lost_to_time(
    start: IntArray,
    edges: IntArray,
    before: IntArray,
    gone: BoolArray,
    release: IntArray,
    work: IntArray,
    room: IntArray,
    cell_begin: IntArray,
    cell_end: IntArray,
    cell_due: IntArray,
    cell_cost: IntArray,
    ttft: int,
    slack: int,
) -> int:
    """Mark more steps as gone: those whose edge can't outlast the work done in between.

    Parameters
    ----------
    start, edges, before, gone
        Steps, each edge's user before, and those known to be gone.
    release
        ``[n]``; arrivals.
    work
        ``[N]``; of the edge above each node, as far as it can be cached.
    room
        ``[N]``; the most work that can be done while the edge above each node stays cached.
    cell_begin, cell_end, cell_due, cell_cost
        Disjoint cells of time, and ticks that are lost in each to intervals that hold it
        and have a query that arrives at ``cell_due`` or later; all but the costs ascend.
    ttft
        The bound on all.
    slack
        Ticks more that must lie between two queries before their order is sure.

    Returns
    -------
    int
        How many were added.
    """
    n = release.size
    done = np.zeros(n + 1, np.int64)  # work of the queries before each
    done[1:] = np.cumsum(new_work(start, edges, gone, work))
    lost = np.zeros(cell_cost.size + 1, np.int64)  # the same of cells
    lost[1:] = np.cumsum(cell_cost)
    # The most that a begin up to a query gives, and an end from it on; with cells and without.
    begun, begun_cells = np.empty(n, np.int64), np.empty(n, np.int64)
    ended, ended_cells = np.empty(n, np.int64), np.empty(n, np.int64)
    top, top_cells, cell = -INFINITY, -INFINITY, 0
    for q in range(n):
        while cell < cell_cost.size and cell_begin[cell] < release[q]:
            cell += 1
        top = max(top, release[q] - done[q])
        top_cells = max(top_cells, release[q] - done[q] - lost[cell])
        begun[q], begun_cells[q] = top, top_cells
    top, top_cells, cell = -INFINITY, -INFINITY, cell_cost.size
    for q in range(n - 1, -1, -1):
        while cell > 0 and cell_due[cell - 1] > release[q]:
            cell -= 1
        top = max(top, done[q + 1] - release[q] - ttft)
        top_cells = max(top_cells, done[q + 1] - release[q] - ttft + lost[cell])
        ended[q], ended_cells[q] = top, top_cells
    added = 0
    for q in range(n):
        by = release[q]
        # The first due at or after ``by``; all before it are due by then.
        due = np.searchsorted(release, by - ttft)
        right, right_cells = done[due], -INFINITY
        if due < n:
            right = max(right, ended[due] + by)
            right_cells = ended_cells[due] + by - lost[np.searchsorted(cell_begin, by)]
        last, busy = -2, np.int64(0)
        for k in range(start[q], start[q + 1]):
            if gone[k]:
                continue
            if before[k] != last:
                last = before[k]
                since = release[last] + ttft
                if since + slack > by:
                    break
                after = np.searchsorted(release, since, side="right")
                left, left_cells = -done[after], -INFINITY
                if after > 0:
                    left = max(left, begun[after - 1] - since)
                    left_cells = begun_cells[after - 1] - since
                    left_cells += lost[np.searchsorted(cell_end, since, side="right")]
                busy = left + right
                if due < n:
                    busy = max(busy, max(left, left_cells) + right_cells)
            if busy <= room[edges[k]]:
                break
            gone[k] = True
            added += 1
    return added


@kernel
def long_gaps(
    start: IntArray,
    edges: IntArray,
    before: IntArray,
    gone: BoolArray,
    release: IntArray,
    work: IntArray,
    room: IntArray,
    ttft: int,
    slack: int,
) -> tuple[IntArray, IntArray]:
    """Steps whose edge outlasts its gap only if less than all of that is spent on work.

    Parameters are those of :func:`lost_to_time`.

    Returns
    -------
    array
        The steps.
    array
        When the gap of each begins.
    """
    step = np.empty(edges.size, np.int64)
    since = np.empty(edges.size, np.int64)
    count = 0
    for q in range(release.size):
        for k in range(start[q], start[q + 1]):
            if gone[k] or work[edges[k]] == 0:
                continue
            begin = release[before[k]] + ttft
            if begin + slack > release[q]:
                break
            if release[q] - begin > room[edges[k]]:
                step[count], since[count] = k, begin
                count += 1
    return step[:count], since[:count]


@kernel
def largest_excess(
    start: IntArray,
    edges: IntArray,
    gone: BoolArray,
    release: IntArray,
    work: IntArray,
    last: IntArray,
    deep: IntArray,
    cell_begin: IntArray,
    cell_due: IntArray,
    cell_cost: IntArray,
    ttft: int,
) -> tuple[int, int, int]:
    """The most by which the work of an interval exceeds its time; and its first and last query.

    Parameters
    ----------
    start, edges, gone
        Steps, and those whose edges must be computed.
    release
        ``[n]``; arrivals.
    work, last
        ``[N]``; of the edge above each node as far as it can be cached, and of its last
        token, 0 where that is never cached.
    deep
        ``[n]``; work on what each query has below the depth that can be cached.
    cell_begin, cell_due, cell_cost
        As in :func:`lost_to_time`.
    ttft
        The bound on all.
    """
    n = release.size
    best, extra, size = maxima(n)
    since = np.full(work.size, -1, np.int64)  # when each edge was gone last
    ended = np.full(work.size, -1, np.int64)  # the last query that ends there
    computed = new_work(start, edges, gone, work)
    excess, begin, end = NO_INTERVAL, 0, 0
    cell = 0
    for q in range(n):
        add(best, extra, size, q, q + 1, release[q] - NO_INTERVAL)
        for k in range(start[q], start[q + 1]):
            if gone[k]:
                since[edges[k]] = q
        v = edges[start[q]]
        # The first to end there may be the one that computes the edge; all others, and it,
        # too, where the interval begins after the edge was gone, compute their last token.
        if ended[v] >= since[v] and ended[v] >= 0:
            add(best, extra, size, 0, q + 1, last[v])
        else:
            add(best, extra, size, since[v] + 1, q + 1, last[v])
        ended[v] = q
        add(best, extra, size, 0, q + 1, computed[q] + deep[q])
        while cell < cell_due.size and cell_due[cell] <= release[q]:
            before = np.searchsorted(release, cell_begin[cell], side="right")
            add(best, extra, size, 0, before, cell_cost[cell])
            cell += 1
        if best[1] - release[q] - ttft > excess:
            excess, begin, end = best[1] - release[q] - ttft, argmax(best, size), q
    return excess, begin, end

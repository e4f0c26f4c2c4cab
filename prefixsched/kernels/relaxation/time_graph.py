"""Cheapest paths, completion bounds and refinement of the time-expanded graph.

The passes over (query, completion) nodes in topological order, by which
:mod:`prefixsched.exact.relaxation.time_graph` builds, splits and prices its graph.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.jit import kernel

Index = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


@kernel
def completion(ready: int, release: int, setup: int, residual: int, earliest: int) -> int:
    """When a query ends that is served at once after ``ready``, and not before ``earliest``."""
    return max(ready + setup, release + min(setup, residual), earliest)


@kernel
def labels(
    release: IntArray,
    setup: IntArray,
    earliest: IntArray,
    latest: IntArray,
    arcs: Flags,
    rank: IntArray,
    grid: int,
    buckets: int,
    residual: IntArray,
    limit: int,
) -> tuple[IntArray, int]:
    """The least completion of each query in each bucket of ``grid`` ticks.

    Parameters
    ----------
    release, setup, earliest, latest, arcs, residual
        See :class:`prefixsched.exact.relaxation.time_windows.Windows`; ``residual`` is ``[n]``,
        what is left of a set-up at its query's arrival.
    rank
        ``[n]``; queries in an order such that an arc within a bucket goes forward.
    grid, buckets
        Ticks in a bucket, and the number of buckets.
    limit
        Arcs that are of use: at twice as many on the way there it ends.

    Returns
    -------
    IntArray
        ``[buckets, n]``; ``INFINITY`` where the query can't end, or all that follows is too late.
    int
        The number of arcs between what remains, or more than ``limit``: about as
        many as there would have been.
    """
    n = release.size
    label = np.full((buckets, n), INFINITY)
    for j in range(n):
        if arcs[n, j]:
            end = completion(0, release[j], setup[n, j], residual[j], earliest[j])
            if end <= latest[j]:
                label[end // grid, j] = end
    count = 0
    for b in range(buckets):
        for i in rank:
            if label[b, i] == INFINITY:
                continue
            for j in range(n):
                if arcs[i, j]:
                    end = completion(label[b, i], release[j], setup[i, j], residual[j], earliest[j])
                    if end <= latest[j]:
                        c = end // grid
                        label[c, j] = min(label[c, j], end)
                        count += 1
        if count > 2 * limit:
            return label, count * buckets // (b + 1)
    count = 0
    for b in range(buckets - 1, -1, -1):
        for k in range(n - 1, -1, -1):
            i = rank[k]
            if label[b, i] == INFINITY:
                continue
            found = 0
            for j in range(n):
                if arcs[i, j]:
                    end = completion(label[b, i], release[j], setup[i, j], residual[j], earliest[j])
                    if end <= latest[j] and label[end // grid, j] < INFINITY:
                        found += 1
            count += found
            if found == 0 and not arcs[i, n]:
                label[b, i] = INFINITY
    return label, count


@kernel
def graph(
    label: IntArray,
    release: IntArray,
    setup: IntArray,
    earliest: IntArray,
    latest: IntArray,
    arcs: Flags,
    rank: IntArray,
    grid: int,
    residual: IntArray,
    size: int,
) -> tuple[IntArray, IntArray, Index, Index]:
    """The nodes and arcs that ``label`` stands for, in topological order.

    Returns
    -------
    tuple of arrays
        Each node's query and completion; each arc's tail and head, by tail.
    """
    buckets, n = label.shape
    number = np.full((buckets, n), -1, np.int32)
    count = 0
    for b in range(buckets):
        for i in rank:
            if label[b, i] < INFINITY:
                number[b, i] = count
                count += 1
    query = np.empty(count, np.int64)
    time = np.empty(count, np.int64)
    tail = np.empty(size, np.int32)
    head = np.empty(size, np.int32)
    arc = 0
    for b in range(buckets):
        for i in rank:
            v = number[b, i]
            if v < 0:
                continue
            query[v] = i
            time[v] = label[b, i]
            for j in range(n):
                if arcs[i, j]:
                    end = completion(label[b, i], release[j], setup[i, j], residual[j], earliest[j])
                    if end <= latest[j] and label[end // grid, j] < INFINITY:
                        tail[arc] = v
                        head[arc] = number[end // grid, j]
                        arc += 1
    return query, time, tail, head


@kernel
def unfold(
    query: IntArray,
    tail: Index,
    head: Index,
    first: Index,
    last: Index,
    release: IntArray,
    setup: IntArray,
    earliest: IntArray,
    latest: IntArray,
    arcs: Flags,
    residual: IntArray,
    grid: int,
    blocked: IntArray,
    shared: IntArray,
    own: IntArray,
    limit: int,
) -> tuple[Index, IntArray, Index, Index, Index, int]:
    """Copies of each node, told apart by when paths come to it and what they remember: ng-routes.

    Parameters
    ----------
    query, tail, head, first, last
        A graph in topological order, arcs by tail.
    release, setup, earliest, latest, arcs, residual, grid
        As for :func:`labels`; ``grid`` may be finer than the graph's own.
    blocked, shared
        ``[n, n]``; bits that forbid to go from row to column, and those that
        column keeps of row's.
    own
        ``[n]``; each query's bit.
    limit
        The most arcs.

    Returns
    -------
    tuple
        For each copy its original and its completion, in topological order; the
        copies in which paths start; each arc's tail and head; and their number,
        -1 if above ``limit``.
    """
    nodes, n = query.size, release.size
    begin = np.zeros(nodes + 1, np.int64)
    for a in range(tail.size):
        begin[tail[a] + 1] += 1
    for v in range(nodes):
        begin[v + 1] += begin[v]
    newest = np.full(nodes, -1, np.int32)
    size = limit + first.size
    memory = np.empty(size, np.int64)
    time = np.empty(size, np.int64)
    cell = np.empty(size, np.int64)  # of the grid, where a copy's times lie
    older = np.empty(size, np.int32)
    origin = np.empty(size, np.int32)
    new_tail = np.empty(limit, np.int32)
    new_head = np.empty(limit, np.int32)
    copies, count = 0, 0
    for v in first:
        j = query[v]
        end = completion(0, release[j], setup[n, j], residual[j], earliest[j])
        if end <= latest[j] and arcs[n, j]:
            newest[v] = copies
            memory[copies], time[copies], older[copies], origin[copies] = own[j], end, -1, v
            cell[copies] = end // grid
            copies += 1
    starts = copies
    for u in range(nodes):
        i = query[u]
        copy = newest[u]
        while copy >= 0:
            for a in range(begin[u], begin[u + 1]):
                v = head[a]
                j = query[v]
                if memory[copy] & blocked[i, j] or not arcs[i, j]:
                    continue
                end = completion(time[copy], release[j], setup[i, j], residual[j], earliest[j])
                if end > latest[j]:
                    continue
                if count == limit:
                    return origin, time, first, new_tail, new_head, -1
                kept = (memory[copy] & shared[i, j]) | own[j]
                at = end // grid
                found = newest[v]
                while found >= 0 and (cell[found] != at or memory[found] != kept):
                    found = older[found]
                if found < 0:
                    found = copies
                    memory[found], time[found], cell[found] = kept, end, at
                    older[found], origin[found] = newest[v], v
                    newest[v] = found
                    copies += 1
                time[found] = min(time[found], end)
                new_tail[count], new_head[count] = copy, found
                count += 1
            copy = older[copy]
    # Copies were numbered as they were found: number them in the order of their originals.
    useful = np.zeros(copies, np.bool_)
    for v in last:
        copy = newest[v]
        while copy >= 0:
            useful[copy] = arcs[query[v], n]
            copy = older[copy]
    for a in range(count - 1, -1, -1):
        if useful[new_head[a]]:
            useful[new_tail[a]] = True
    number = np.full(copies, -1, np.int32)
    total = 0
    for u in range(nodes):
        copy = newest[u]
        while copy >= 0:
            if useful[copy]:
                number[copy] = total
                total += 1
            copy = older[copy]
    originals = np.empty(total, np.int32)
    times = np.empty(total, np.int64)
    for copy in range(copies):
        if number[copy] >= 0:
            originals[number[copy]] = origin[copy]
            times[number[copy]] = time[copy]
    kept_arcs = 0
    for a in range(count):
        if number[new_tail[a]] >= 0 and number[new_head[a]] >= 0:
            new_tail[kept_arcs], new_head[kept_arcs] = number[new_tail[a]], number[new_head[a]]
            kept_arcs += 1
    begins = number[:starts]
    return (
        originals,
        times,
        begins[begins >= 0],
        new_tail[:kept_arcs].copy(),
        new_head[:kept_arcs].copy(),
        kept_arcs,
    )


@kernel
def cheapest(
    multiplier: IntArray,
    query: IntArray,
    tail: Index,
    head: Index,
    first: Index,
    last: Index,
    cost: IntArray,
    via: Index,
) -> int:
    """The end of a cheapest path, -1 without any path.

    A path starts in ``first``, ends in ``last`` and pays ``multiplier[query[v]]`` at
    each node v. ``cost`` and ``via`` are filled: ``[N]`` the least cost up to
    each node, and the arc by which it comes, -1 for the first.
    """
    for v in range(query.size):
        cost[v] = INFINITY
        via[v] = -1
    for v in first:
        cost[v] = multiplier[query[v]]
    for a in range(tail.size):
        if cost[tail[a]] < INFINITY:
            v = head[a]
            through = cost[tail[a]] + multiplier[query[v]]
            if through < cost[v]:
                cost[v] = through
                via[v] = a
    best, end = INFINITY, -1
    for v in last:
        if cost[v] < best:
            best, end = cost[v], v
    return end


@kernel
def completion_bounds(
    multiplier: IntArray, query: IntArray, tail: Index, head: Index, last: Index, bound: IntArray
) -> None:
    """Fill ``bound``, ``[N]``: the least cost from after each node to an end, else ``INFINITY``."""
    for v in range(query.size):
        bound[v] = INFINITY
    for v in last:
        bound[v] = 0
    for a in range(tail.size - 1, -1, -1):
        v = head[a]
        if bound[v] < INFINITY:
            through = bound[v] + multiplier[query[v]]
            if through < bound[tail[a]]:
                bound[tail[a]] = through


@kernel
def arcs_within(
    most: int,
    multiplier: IntArray,
    query: IntArray,
    tail: Index,
    head: Index,
    cost: IntArray,
    bound: IntArray,
) -> Flags:
    """``[arcs]``; whether some path through each arc costs at most ``most``."""
    keep = np.zeros(tail.size, np.bool_)
    for a in range(tail.size):
        v = head[a]
        if cost[tail[a]] < INFINITY and bound[v] < INFINITY:
            keep[a] = cost[tail[a]] + multiplier[query[v]] + bound[v] <= most
    return keep

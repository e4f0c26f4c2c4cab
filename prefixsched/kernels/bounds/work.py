"""Work bound: sweeps over the queue that find the interval with most work for its length."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.jit import kernel

NO_INTERVAL = -INFINITY
"""The value of an interval that isn't there: less than that of any."""


@kernel
def maxima(n: int) -> tuple[IntArray, IntArray, int]:
    """A tree of maxima over ``n`` leaves or more, with their number: see :func:`add`."""
    size = 1
    while size < n:
        size *= 2
    return np.full(2 * size, NO_INTERVAL), np.zeros(2 * size, np.int64), size


@kernel
def add(best: IntArray, extra: IntArray, size: int, begin: int, end: int, value: int) -> None:
    """Add ``value`` to the leaves ``begin`` to ``end - 1`` of a tree of maxima.

    A node's maximum is that of its children plus its own ``extra``.
    """
    if begin >= end or value == 0:
        return
    a = size + begin
    b = size + end
    while a < b:
        if a & 1:
            best[a] += value
            extra[a] += value
            a += 1
        if b & 1:
            b -= 1
            best[b] += value
            extra[b] += value
        a >>= 1
        b >>= 1
    for leaf in (size + begin, size + end - 1):
        i = leaf >> 1
        while i >= 1:
            best[i] = max(best[2 * i], best[2 * i + 1]) + extra[i]
            i >>= 1


@kernel
def argmax(best: IntArray, size: int) -> int:
    """The first leaf that attains the maximum."""
    i = 1
    while i < size:
        i = 2 * i if best[2 * i] >= best[2 * i + 1] else 2 * i + 1
    return i - size


@kernel
def sweep_cold(
    release: IntArray,
    node: IntArray,
    parent: IntArray,
    edge: IntArray,
    token: IntArray,
) -> tuple[IntArray, IntArray]:
    """For each end t, the largest release(i) + trie work of i to t - release(t), and its i.

    Parameters
    ----------
    release, node
        ``[n]``; by age: release times, and the nodes where prompts end.
    parent, edge, token
        ``[N]``; each trie node's parent, the weight of the edge above it, and of
        that edge's last token.

    Returns
    -------
    tuple of arrays
        ``[n]`` values, which suppose an empty cache at release(i), and ``[n]`` i's.
    """
    n = release.size
    best, extra, size = maxima(n)
    latest = np.full(parent.size, -1, np.int64)  # the last query so far below each node
    latest_end = np.full(parent.size, -1, np.int64)  # and the last that ends at it
    value = np.empty(n, np.int64)
    begin = np.empty(n, np.int64)
    for t in range(n):
        add(best, extra, size, t, t + 1, release[t] - NO_INTERVAL)
        v = node[t]
        add(best, extra, size, 0, latest_end[v] + 1, token[v])
        latest_end[v] = t
        weight = np.int64(0)
        while v > 0:  # edges with one latest query change the same entries: add them at once
            weight += edge[v]
            before = latest[v]
            latest[v] = t
            v = parent[v]
            if v == 0 or latest[v] != before:
                add(best, extra, size, before + 1, t + 1, weight)
                weight = np.int64(0)
        value[t] = best[1] - release[t]
        begin[t] = argmax(best, size)
    return value, begin


@kernel
def first_release(release: IntArray, node: IntArray, parent: IntArray) -> IntArray:
    """``[N]``; the earliest release below each trie node."""
    first = np.full(parent.size, INFINITY)
    for t in range(release.size):
        first[node[t]] = min(first[node[t]], release[t])
    for v in range(parent.size - 1, 0, -1):  # preorder: children have larger numbers
        first[parent[v]] = min(first[parent[v]], first[v])
    return first


@kernel
def interval_warm(
    i: int,
    release: IntArray,
    node: IntArray,
    parent: IntArray,
    edge: IntArray,
    token: IntArray,
    potential: IntArray,
    first: IntArray,
    seen: IntArray,
    ended: IntArray,
) -> tuple[int, int]:
    """The largest value over ends t of the interval from i, less the path that may be cached.

    ``first`` comes from :func:`first_release`; ``seen`` and ``ended`` are
    scratch, ``[N]`` each, that hold no i on entry.

    Returns
    -------
    tuple of int
        The bound and the end that gives it.
    """
    bound, end = NO_INTERVAL, i
    work, cached = np.int64(0), np.int64(0)
    for t in range(i, release.size):
        v = node[t]
        if ended[v] == i:
            work += token[v]
        ended[v] = i
        while v > 0 and seen[v] != i:
            seen[v] = i
            work += edge[v]
            v = parent[v]
        v = node[t]
        while first[v] >= release[i] and v > 0:
            v = parent[v]
        cached = max(cached, potential[v])
        if release[i] + work - cached - release[t] > bound:
            bound, end = release[i] + work - cached - release[t], t
    return bound, end


@kernel
def sweep_fresh(
    release: IntArray,
    node: IntArray,
    parent: IntArray,
    edge: IntArray,
    token: IntArray,
) -> tuple[int, int, int]:
    """The interval with most work on edges that no query before it has.

    Parameters are those of :func:`sweep_cold`.

    Returns
    -------
    tuple of int
        The bound, and the first and last age of the interval.
    """
    n = release.size
    best, extra, size = maxima(n)
    eldest = np.full(parent.size, -1, np.int64)  # the first query below each node
    ended = np.zeros(parent.size, np.bool_)
    bound, begin, end = NO_INTERVAL, 0, 0
    for t in range(n):
        add(best, extra, size, t, t + 1, release[t] - NO_INTERVAL)
        v = node[t]
        if ended[v]:
            add(best, extra, size, 0, t + 1, token[v])
        elif eldest[v] >= 0:
            add(best, extra, size, eldest[v] + 1, t + 1, token[v])
        ended[v] = True
        weight = np.int64(0)
        while v > 0 and eldest[v] < 0:
            eldest[v] = t
            weight += edge[v]
            v = parent[v]
        add(best, extra, size, 0, t + 1, weight)
        if best[1] - release[t] > bound:
            bound, begin, end = best[1] - release[t], argmax(best, size), t
    return bound, begin, end


@kernel
def sweep_least(release: IntArray, least: IntArray) -> tuple[int, int, int]:
    """As :func:`sweep_fresh`, with a work of ``least[t]`` for each query wherever it is served.

    The best first query for each end is the one with the largest release less
    the work of all before it.
    """
    bound, begin, end = NO_INTERVAL, 0, 0
    work = np.int64(0)
    top, where = NO_INTERVAL, 0
    for t in range(release.size):
        if release[t] - work > top:
            top, where = release[t] - work, t
        work += least[t]
        if top + work - release[t] > bound:
            bound, begin, end = top + work - release[t], where, t
    return bound, begin, end

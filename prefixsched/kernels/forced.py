"""Which edges of the trie have to be computed again, and how much time that takes."""

from __future__ import annotations

import numpy as np

from prefixsched.kernels.jit import kernel
from prefixsched.prompts import IntArray

LOOK = 256
"""Queries that are looked back on from one: past them its edge counts as never left."""


@kernel
def below(node: IntArray, parent: IntArray) -> tuple[IntArray, IntArray]:
    """The queries below each edge, ragged, in the order of ``node``.

    Parameters
    ----------
    node
        ``[n]``; where each query ends.
    parent
        ``[N]``; nodes in preorder, the root first.

    Returns
    -------
    array
        ``[N + 1]``; node v owns the entries ``start[v]:start[v + 1]``; the root has none.
    array
        The queries, ascending for each node.
    """
    start = np.zeros(parent.size + 1, np.int64)
    for q in range(node.size):
        v = node[q]
        while v > 0:
            start[v + 1] += 1
            v = parent[v]
    start = np.cumsum(start)
    fill = start.copy()
    queries = np.empty(start[-1], np.int64)
    for q in range(node.size):
        v = node[q]
        while v > 0:
            queries[fill[v]] = q
            fill[v] += 1
            v = parent[v]
    return start, queries


@kernel
def openings(
    start: IntArray,
    queries: IntArray,
    release: IntArray,
    alone: IntArray,
    last: IntArray,
    reach: IntArray,
    depth: IntArray,
    ttft: int,
) -> IntArray:
    """From when on time spent on an edge can count for each query below it.

    Parameters
    ----------
    start, queries
        From :func:`below`, with queries numbered by release.
    release, alone, last
        ``[n]``; arrivals; costs with nothing cached, and of the last token alone.
    reach, depth
        ``[N]``; work from the root to the deepest query below each node, and to
        the node.
    ttft
        The bound on all.

    Returns
    -------
    array
        Aligned with ``queries``: the latest time s such that r - s holds ``reach``
        and the work below the edge of all that can be served from s to r, but not
        before the first of them arrives.
    """
    opening = np.empty(queries.size, np.int64)
    for v in range(1, start.size - 1):
        first = release[queries[start[v]]] if start[v] < start[v + 1] else 0
        for k in range(start[v], start[v + 1]):
            since = release[queries[k]] - reach[v]
            j = k - 1
            while j >= start[v] and release[queries[j]] + ttft > since and since > first:
                other = queries[j]
                since -= max(alone[other] - depth[v], last[other])
                j -= 1
                if k - j > LOOK:
                    since = first
            opening[k] = max(since, first)
    return opening


@kernel
def forced_excess(
    start: IntArray,
    queries: IntArray,
    opening: IntArray,
    release: IntArray,
    edge: IntArray,
    ttft: int,
    begin: int,
) -> tuple[int, int]:
    """The most that forced work from ``begin`` on exceeds the time there is for it.

    Parameters
    ----------
    start, queries, opening
        From :func:`below` and :func:`openings`.
    release, edge
        ``[n]`` and ``[N]``, as there.
    ttft
        The bound on all.
    begin
        When the interval begins.

    Returns
    -------
    int
        The largest excess over all ends, in ticks.
    int
        The last query due by that end.
    """
    work = np.zeros(release.size, np.int64)
    for v in range(1, start.size - 1):
        free = begin
        for k in range(start[v], start[v + 1]):
            if opening[k] >= free:
                free = release[queries[k]] + ttft
                work[queries[k]] += edge[v]
    best, end, total = np.int64(-(2**62)), 0, np.int64(0)
    for q in range(release.size):
        if work[q] > 0:
            total += work[q]
            excess = total - (release[q] + ttft - begin)
            if excess > best:
                best, end = excess, q
    return best, end

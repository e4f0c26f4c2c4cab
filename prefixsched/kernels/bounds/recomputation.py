"""Recomputation bound: which edges of the trie are computed again, and how long that takes.

Queries are numbered by release. A query's *steps* are the edges from its node up
to the root, ragged: query q owns the entries ``start[q]:start[q + 1]``.
"""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.jit import kernel

MAX_LOOK_BACK = 256
"""Queries that are looked back on from one; past so many its edge counts as never left, which only
weakens the bound."""


@kernel
def steps(node: IntArray, parent: IntArray) -> tuple[IntArray, IntArray]:
    """Every query's steps: ``[n + 1]`` starts, and the lower ends of the edges.

    Parameters
    ----------
    node
        ``[n]``; where each query ends.
    parent
        ``[N]``; nodes in preorder, the root first.
    """
    start = np.zeros(node.size + 1, np.int64)
    for q in range(node.size):
        v = node[q]
        count = 0
        while v > 0:
            count += 1
            v = parent[v]
        start[q + 1] = start[q] + count
    edges = np.empty(start[-1], np.int64)
    for q in range(node.size):
        v = node[q]
        for k in range(start[q], start[q + 1]):
            edges[k] = v
            v = parent[v]
    return start, edges


@kernel
def openings(
    by_edge: IntArray,
    owner: IntArray,
    edges: IntArray,
    release: IntArray,
    alone: IntArray,
    last: IntArray,
    reach: IntArray,
    depth: IntArray,
    ttft: int,
) -> IntArray:
    """From when on time spent on an edge can count for a query below it.

    Parameters
    ----------
    by_edge
        All steps, by edge and then by query.
    owner, edges
        Each step's query and edge.
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
        For each step: the latest time s such that r - s holds ``reach`` and the
        work below the edge of all that can be served from s to r, but not before
        the first of them arrives.
    """
    opening = np.empty(edges.size, np.int64)
    begin = 0
    for place in range(by_edge.size):
        k = by_edge[place]
        v = edges[k]
        if edges[by_edge[begin]] != v:
            begin = place
        first = release[owner[by_edge[begin]]]
        since = release[owner[k]] - reach[v]
        other = place - 1
        while other >= begin and since > first:
            j = owner[by_edge[other]]
            if release[j] + ttft <= since:
                break
            since -= max(alone[j] - depth[v], last[j])
            other -= 1
            if place - other > MAX_LOOK_BACK:
                since = first
        opening[k] = max(since, first)
    return opening


@kernel
def recomputation_excess(
    start: IntArray,
    edges: IntArray,
    opening: IntArray,
    release: IntArray,
    edge: IntArray,
    ttft: int,
    first: IntArray,
    most: int,
) -> tuple[IntArray, IntArray]:
    """For each begin, the most that work which must be done exceeds the time there is for it.

    Parameters
    ----------
    start, edges, opening
        From :func:`steps` and :func:`openings`.
    release, edge
        ``[n]`` and ``[N]``; arrivals, and the work of the edge above each node.
    ttft
        The bound on all.
    first
        Queries, at whose releases intervals begin; each the first with its release.
    most
        Queries looked at from each on.

    Returns
    -------
    array
        The largest excess over all ends, in ticks, for each of ``first``.
    array
        The last query due by that end.
    """
    n = release.size
    excess = np.empty(first.size, np.int64)
    end = np.empty(first.size, np.int64)
    seen = np.full(edge.size, -1, np.int64)  # the begin that an edge's entries below are of
    free = np.empty(edge.size, np.int64)  # when the last span counted ends...
    free_cached = np.empty(edge.size, np.int64)  # ...if the edge may be cached at the begin
    ahead = np.empty(edge.size, np.int64)  # spans counted beyond those
    gain = np.empty(edge.size, np.int64)  # what the edge loses if it is cached at the begin
    work = np.empty(min(n, most), np.int64)
    for i in range(first.size):
        begin = release[first[i]]
        stop = min(n, first[i] + most)
        for q in range(first[i], stop):
            due = release[q] + ttft
            work[q - first[i]] = 0
            for k in range(start[q], start[q + 1]):
                v = edges[k]
                if seen[v] != i:
                    seen[v] = i
                    free[v] = begin
                    free_cached[v] = begin
                    ahead[v] = 0
                    gain[v] = 0
                if max(opening[k], begin) >= free[v]:
                    free[v] = due
                    work[q - first[i]] += edge[v]
                    ahead[v] += 1
                if opening[k] >= free_cached[v]:
                    free_cached[v] = due
                    ahead[v] -= 1
                if ahead[v] > 0:
                    gain[v] = edge[v]
        total = -_most_cached(start, edges, release, ttft, first[i], seen, i, gain)
        excess[i], end[i] = -INFINITY, first[i]
        for q in range(first[i], stop):
            if work[q - first[i]] > 0:
                total += work[q - first[i]]
                over = total - (release[q] + ttft - begin)
                if over > excess[i]:
                    excess[i], end[i] = over, q
    return excess, end


@kernel
def oldest_cached(release: IntArray, ttft: int, first: int) -> int:
    """The oldest query that can be cached, or computed just then, when ``first`` arrives.

    Who is due before has been served, and it came no earlier than they: so it is
    due when the last of them arrives, or later.
    """
    served = np.searchsorted(release, release[first] - ttft)
    return np.searchsorted(release, release[served - 1] - ttft) if served > 0 else 0


@kernel
def _most_cached(
    start: IntArray,
    edges: IntArray,
    release: IntArray,
    ttft: int,
    first: int,
    seen: IntArray,
    mark: int,
    gain: IntArray,
) -> int:
    """The most that one path loses if it is cached when ``first`` arrives."""
    most = np.int64(0)
    for q in range(oldest_cached(release, ttft, first), first):
        loss = np.int64(0)
        for k in range(start[q], start[q + 1]):
            if seen[edges[k]] == mark:
                loss += gain[edges[k]]
        most = max(most, loss)
    return most

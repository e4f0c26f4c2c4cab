"""Simulated annealing of a long order, place by place, for a sum over its queries.

A move rearranges a few consecutive queries. What that changes is counted from the first of them
until the order is served as it was before: from there on the caches agree, and once the server
is as far as it was, all is as before. So a move costs time in the size of the move, not of the
stream, unless it delays a long busy period, and then it is soon refused.
"""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.heuristics.stream import Stream, cost_below, count_below, shared_with
from prefixsched.kernels.heuristics.window import exponential
from prefixsched.kernels.jit import kernel

KINDS = 4
"""Kinds of move: bring one forward, put one back, exchange two, bring a relative near."""


@kernel
def loss(stream: Stream, j: int, end: int) -> int:
    """What query ``j`` loses where it ends at ``end``."""
    late = end - stream.due[j]
    return 0 if late <= 0 else stream.step[j] + min(late, stream.cap[j])


@kernel
def cost_after(stream: Stream, j: int, before: int, served: IntArray) -> int:
    """What query ``j`` costs after ``before``, -1 for none, with so many served below each node."""
    if not stream.unbounded:
        return cost_below(stream, j, shared_with(stream, j, before))
    v = stream.node[j]
    while v > 0 and served[v] == 0:
        v = stream.parent[v]
    return cost_below(stream, j, v)


@kernel
def count(stream: Stream, j: int, by: int, served: IntArray) -> None:
    """Add to the number of queries served below each node, where that says what is cached."""
    if stream.unbounded:
        count_below(stream, served, j, by)


@kernel
def serve_all(
    stream: Stream, order: IntArray, spent: IntArray, ends: IntArray, place: IntArray
) -> int:
    """Fill in costs and completions by place, and places by query; the sum of all losses."""
    served = np.zeros(stream.parent.size, np.int64)
    now = np.int64(0)
    total = np.int64(0)
    before = -1
    for k in range(order.size):
        j = order[k]
        spent[k] = cost_after(stream, j, before, served)
        count(stream, j, 1, served)
        now = max(now, stream.release[j]) + spent[k]
        ends[k] = now
        place[j] = k
        total += loss(stream, j, now)
        before = j
    return total


@kernel
def _propose(
    stream: Stream,
    order: IntArray,
    place: IntArray,
    p: int,
    width: int,
    trial: IntArray,
    rng: np.random.Generator,
) -> int:
    """Write into ``trial`` a rearrangement of the queries from place ``p`` on; of how many."""
    most = min(width, order.size - p)
    kind = rng.integers(0, KINDS)
    if kind == KINDS - 1:
        a = place[stream.near[order[p], rng.integers(0, 2)]] - p
        if a < 2 or a >= most:
            return 0
        trial[0] = order[p]
        trial[1] = order[p + a]
        trial[2 : a + 1] = order[p + 1 : p + a]
        return a + 1
    a = rng.integers(1, most)
    if kind == 0:
        trial[0] = order[p + a]
        trial[1 : a + 1] = order[p : p + a]
    elif kind == 1:
        trial[:a] = order[p + 1 : p + a + 1]
        trial[a] = order[p]
    else:
        trial[: a + 1] = order[p : p + a + 1]
        trial[0] = order[p + a]
        trial[a] = order[p]
    return a + 1


@kernel
def _change(
    stream: Stream,
    order: IntArray,
    spent: IntArray,
    ends: IntArray,
    served: IntArray,
    p: int,
    trial: IntArray,
    size: int,
    allowed: int,
    new_spent: IntArray,
    new_ends: IntArray,
) -> tuple[int, int]:
    """By how much a rearrangement raises the sum, and up to which place it changes times.

    Given up where the sum is sure to rise by more than ``allowed``: the place is then -1. From the
    first query behind that costs what it did, and begins later than it did, sums only grow.
    """
    n = order.size
    now = ends[p - 1] if p > 0 else np.int64(0)
    before = order[p - 1] if p > 0 else -1
    change = np.int64(0)
    for x in range(size):
        j = trial[x]
        new_spent[x] = cost_after(stream, j, before, served)
        count(stream, j, 1, served)
        now = max(now, stream.release[j]) + new_spent[x]
        new_ends[x] = now
        change += loss(stream, j, now) - loss(stream, order[p + x], ends[p + x])
        before = j
    for x in range(size):
        count(stream, trial[x], -1, served)
    k = p + size
    while k < n:
        j = order[k]
        x = k - p
        same = stream.unbounded or k > p + size
        if same and now == ends[k - 1]:
            break
        if same and now > ends[k - 1] and change > allowed:
            return change, -1
        new_spent[x] = spent[k] if same else cost_after(stream, j, before, served)
        now = max(now, stream.release[j]) + new_spent[x]
        new_ends[x] = now
        change += loss(stream, j, now) - loss(stream, j, ends[k])
        k += 1
    return change, k if change <= allowed else -1


@kernel
def anneal_places(
    stream: Stream,
    order: IntArray,
    spent: IntArray,
    ends: IntArray,
    place: IntArray,
    served: IntArray,
    begin: int,
    end: int,
    width: int,
    moves: int,
    heat: int,
    rng: np.random.Generator,
) -> int:
    """Try ``moves`` moves at each place from ``begin`` to ``end`` - 1.

    Parameters
    ----------
    stream
        What is served.
    order, spent, ends, place
        The present order, and what :func:`serve_all` says of it; all are updated.
    served
        ``[N]``; how many of those before ``begin`` are below each node; those up to ``end`` are
        added. Not used for a cache of the last prompt.
    begin, end
        Places.
    width
        The most queries that a move rearranges.
    moves
        At each place.
    heat
        Mean growth of the sum that is accepted.
    rng
        Of all draws.

    Returns
    -------
    int
        By how much the sum has changed.
    """
    n = order.size
    trial = np.empty(width, np.int64)
    new_spent = np.empty(n, np.int64)
    new_ends = np.empty(n, np.int64)
    total = np.int64(0)
    for p in range(begin, end):
        for _ in range(moves if p + 1 < n else 0):
            size = _propose(stream, order, place, p, width, trial, rng)
            if size == 0:
                continue
            allowed = exponential(rng, heat)
            change, until = _change(
                stream, order, spent, ends, served, p, trial, size, allowed, new_spent, new_ends
            )
            if until < 0:
                continue
            order[p : p + size] = trial[:size]
            for k in range(p, p + size):
                place[order[k]] = k
            spent[p:until] = new_spent[: until - p]
            ends[p:until] = new_ends[: until - p]
            total += change
        count(stream, order[p], 1, served)
    return total

"""List scheduling with due times and foresight, for the cache ``lru``: one pass over a stream."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import INFINITY, FloatArray, IntArray
from prefixsched.kernels.heuristics.lru_stream import NOBODY, LruStream
from prefixsched.kernels.jit import kernel
from prefixsched.kernels.online.lru_cache import (
    OLDEST,
    SERVED,
    STAMP,
    TOKENS,
    deepest_cached,
    insert,
    pin,
    remove_oldest,
)

MOST_CANDIDATES = 2000
"""Waiting queries that a pick looks at, those due first, so that a pick takes constant time. The
longest queue of the streams measured was 1,100."""
HIT_FACTOR = 1.0
"""A query may go before more urgent ones that it makes late if it costs at most so much for each
tick that it saves now. Factors of 0.1 to infinity did equally well."""

SERVED_SO_FAR, ARRIVED, STEP, NOW = 0, 1, 2, 3
"""Entries of a pass's counters: queries served, and arrived; picks; the time."""


class Pass(NamedTuple):
    """A pass that can be stopped and gone on with.

    Parameters
    ----------
    due, hold
        ``[n]``, in ticks: when each query should be complete, and from when on
        it may be served without loss (:func:`hold_times`).
    noise
        ``[n]``; factors of the time that is left until ``hold``.
    by_age, rank, by_due
        ``[n]``; queries by arrival, each one's rank by due time, and queries by that rank.
    state, leaf, rest
        Of the cache (:mod:`prefixsched.kernels.online.lru_cache`).
    stamped, queued
        Sums (Fenwick trees): cached tokens by stamp, and waiting queries by rank.
    later
        ``[n + 1]``; the next waiting query by rank, ``n`` for the end; entry n is the first.
    mark, above
        ``[N]``; the step that came by a node last, and the cached node above it then.
    order
        ``[n]``; the result.
    counters
        ``[4]``.
    """

    due: IntArray
    hold: IntArray
    noise: FloatArray
    by_age: IntArray
    rank: IntArray
    by_due: IntArray
    state: IntArray
    leaf: IntArray
    rest: IntArray
    stamped: IntArray
    queued: IntArray
    later: IntArray
    mark: IntArray
    above: IntArray
    order: IntArray
    counters: IntArray


@kernel
def hold_times(
    by_age: IntArray, release: IntArray, allowance: IntArray, after: IntArray, lifetime: IntArray
) -> IntArray:
    """From when on each query's prefix would live until the next query that shares it arrives.

    A prefix is taken to stay cached for ``lifetime`` ticks after its last use. A
    query that is served at its hold time, or later, keeps its prefix alive until
    the next user arrives, who can then wait until *its* hold time, and so on. Where that
    needs more than the allowance, the chain is cut.
    """
    hold = release.copy()
    for i in range(by_age.size - 1, -1, -1):
        j = by_age[i]
        k = after[j]
        if k != NOBODY:
            needed = hold[k] - lifetime[j]
            if release[j] < needed <= release[j] + allowance[j]:
                hold[j] = needed
    return hold


@kernel
def _add(sums: IntArray, i: int, amount: int) -> None:
    while i < sums.size:
        sums[i] += amount
        i += i & -i


@kernel
def _up_to(sums: IntArray, i: int) -> int:
    total = 0
    while i > 0:
        total += sums[i]
        i -= i & -i
    return total


@kernel
def _select(sums: IntArray, count: int) -> int:
    """The entry with which the sum reaches ``count``."""
    i = 0
    step = 1
    while step * 2 < sums.size:
        step *= 2
    while step > 0:
        if i + step < sums.size and sums[i + step] < count:
            i += step
            count -= sums[i]
        step //= 2
    return i + 1


@kernel
def _admit(p: Pass, release: IntArray) -> None:
    """Let those that have arrived wait."""
    n = p.order.size
    now = p.counters[NOW]
    while p.counters[ARRIVED] < n and release[p.by_age[p.counters[ARRIVED]]] <= now:
        rank = p.rank[p.by_age[p.counters[ARRIVED]]]
        before = _up_to(p.queued, rank)
        previous = n if before == 0 else _select(p.queued, before) - 1
        p.later[rank] = p.later[previous]
        p.later[previous] = rank
        _add(p.queued, rank + 1, 1)
        p.counters[ARRIVED] += 1


@kernel
def _serve(stream: LruStream, p: Pass, j: int) -> None:
    """Serve a query, and keep account of the stamps of what is cached."""
    parent, depth = stream.parent, stream.depth
    u = deepest_cached(stream.node[j], parent, p.state)
    while u != 0:
        _add(p.stamped, p.state[STAMP, u], depth[parent[u]] - depth[u])
        u = parent[u]
    pinned = pin(stream.node[j], parent, depth, p.state, p.leaf, p.rest)
    start = max(p.counters[NOW], stream.release[j])
    p.counters[NOW] = start + stream.path_cost[stream.path_start[j] + stream.level[pinned]]
    tokens = p.rest[TOKENS]
    while remove_oldest(stream.capacity, parent, depth, p.state, p.leaf, p.rest) != NOBODY:
        _add(p.stamped, p.rest[OLDEST], p.rest[TOKENS] - tokens)
        tokens = p.rest[TOKENS]
    insert(parent, depth, p.state, p.leaf, p.rest)
    _add(p.stamped, p.rest[SERVED], depth[pinned] + p.rest[TOKENS] - tokens)
    p.order[p.counters[SERVED_SO_FAR]] = j
    p.counters[SERVED_SO_FAR] += 1


@kernel
def serve_some(
    stream: LruStream,
    p: Pass,
    ticks_per_token: float,
    margin: float,
    matching: bool,
    idling: FloatArray,
    picks: int,
) -> bool:
    """Go on with a pass.

    A pick looks at those that wait, the one due first first. It adds up what they cost (what
    several of them share once), and so knows the least *slack* of those before each: by how
    much the server could come later without making one of them late. A query whose cost fits into
    the slack of all before it may be served, and so may the first, and one whose
    prefix is cached and saves more than it costs. Of these the pick takes
    one that is past its hold time with a cached prefix, or whose prefix is
    about to be evicted, the one that saves most; else the first that is past its hold time;
    else the one with the least time left until then.

    Parameters
    ----------
    stream, p
        The stream, and the pass, which is changed.
    ticks_per_token
        What a token costs, about; it turns tokens into time.
    margin
        So many ticks before its eviction a prefix is used.
    matching
        Whether cached prefixes matter; if not, they count like others.
    idling
        The server waits for the next arrival, rather than serve a query before
        its hold time, if that takes at most this share of the least slack.
    picks
        Queries to serve.

    Returns
    -------
    bool
        Whether all are served.
    """
    n = p.order.size
    parent, depth, level = stream.parent, stream.depth, stream.level
    stop = min(n, p.counters[SERVED_SO_FAR] + picks)
    while p.counters[SERVED_SO_FAR] < stop:
        arrived = p.counters[ARRIVED]
        if arrived == p.counters[SERVED_SO_FAR]:
            p.counters[NOW] = max(p.counters[NOW], stream.release[p.by_age[arrived]])
        _admit(p, stream.release)
        p.counters[STEP] += 1
        step, now = p.counters[STEP], p.counters[NOW]
        slack = np.int64(INFINITY)
        ahead = now
        best, before_best, best_score = NOBODY, n, 0.0
        previous, count = n, 0
        rank = p.later[n]
        while rank != n and count < MOST_CANDIDATES:
            j = p.by_due[rank]
            u = stream.node[j]
            while u != 0 and p.state[STAMP, u] == 0 and p.mark[u] != step:
                u = parent[u]
            cached = p.above[u] if u != 0 and p.mark[u] == step else u
            w = stream.node[j]
            while w != u:
                if depth[w] > depth[parent[w]]:
                    p.mark[w] = step
                    p.above[w] = cached
                w = parent[w]
            start = stream.path_start[j]
            cost = stream.path_cost[start + level[cached]]
            saved = stream.path_cost[start] - cost
            hit = not stream.hot[cached]
            if cost <= slack or count == 0 or (hit and cost <= HIT_FACTOR * saved):
                score = 1.0 * (p.hold[j] - now)
                if hit:
                    if score > 0:
                        newer = p.rest[TOKENS] - _up_to(p.stamped, p.state[STAMP, cached] - 1)
                        room = stream.capacity - newer
                        score = min(score, room * ticks_per_token - margin)
                    if score <= 0:
                        score = -1.0 * saved if matching else 0.0
                elif score <= 0:
                    score = 0.0
                if score > 0:
                    score *= p.noise[j]
                if best == NOBODY or score < best_score:
                    best, before_best, best_score = rank, previous, score
            ahead += stream.path_cost[start + level[u]]
            slack = min(slack, p.due[j] - ahead)
            previous = rank
            rank = p.later[rank]
            count += 1
        arrived = p.counters[ARRIVED]
        if best_score > 0 and arrived < n:
            gap = stream.release[p.by_age[arrived]] - now
            if gap <= idling[p.by_age[arrived]] * slack:
                p.counters[NOW] += gap
                continue
        p.later[before_best] = p.later[best]
        _add(p.queued, best + 1, -1)
        _serve(stream, p, p.by_due[best])
    return p.counters[SERVED_SO_FAR] == n

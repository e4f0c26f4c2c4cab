"""Shortest prefill first with foresight, for the cache ``lru``: one pass over a stream."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import FloatArray, IntArray
from prefixsched.kernels.heuristics.lru_replay import Replay, rewind, serve_next
from prefixsched.kernels.heuristics.lru_stream import LruStream
from prefixsched.kernels.jit import kernel

SERVED, ARRIVED, WAITING, NOW, TOTAL = 0, 1, 2, 3, 4
"""Entries of a pass's counters: queries served, arrived and waiting; the time; the sum of flow
times."""


class Pick(NamedTuple):
    """What a pick goes by: what a query costs now, and what holding it back is worth.

    Parameters
    ----------
    hold
        ``[n]``, in ticks: served by then, a query's prefix is gone when the next one comes
        (:func:`prefixsched.kernels.heuristics.lru_list_scheduling.hold_times`).
    worth
        ``[n]``, in ticks; what that one would save.
    weight
        A query counts as longer by what holding it is worth, times this...
    decline
        ...which is less by so much for each tick until ``hold``.
    noise
        ``[n]``; factors of all that.
    """

    hold: IntArray
    worth: FloatArray
    weight: float
    decline: float
    noise: FloatArray


@kernel
def pick(
    stream: LruStream, stamp: IntArray, rule: Pick, waiting: IntArray, count: int, now: int
) -> int:
    """The place in ``waiting[:count]`` of the query that counts as the shortest."""
    best, least = 0, np.inf
    for x in range(count):
        j = waiting[x]
        u = stream.node[j]
        while u != 0 and stamp[u] == 0:
            u = stream.parent[u]
        score = float(stream.path_cost[stream.path_start[j] + stream.level[u]])
        if rule.hold[j] > now:
            loss = rule.worth[j] - rule.decline * (rule.hold[j] - now)
            score += rule.weight * max(0.0, loss)
        score *= rule.noise[j]
        if score < least:
            best, least = x, score
    return best


@kernel
def serve_shortest(
    stream: LruStream,
    replay: Replay,
    by_age: IntArray,
    rule: Pick,
    waiting: IntArray,
    order: IntArray,
    counters: IntArray,
    picks: int,
) -> bool:
    """Go on with a pass by ``picks`` queries.

    Parameters
    ----------
    stream, replay
        ``replay`` is where the pass is.
    by_age
        ``[n]``; queries by arrival.
    rule
        What to go by.
    waiting, order, counters
        ``[n]``, ``[n]`` and ``[5]``; who waits, the result, and how far the pass is. All change.

    Returns
    -------
    bool
        Whether all are served.
    """
    n = order.size
    served, arrived, count = counters[SERVED], counters[ARRIVED], counters[WAITING]
    now = counters[NOW]
    if served == 0:
        rewind(replay, 0)
    stop = min(n, served + picks)
    while served < stop:
        if count == 0:
            now = max(now, stream.release[by_age[arrived]])
        while arrived < n and stream.release[by_age[arrived]] <= now:
            waiting[count] = by_age[arrived]
            count += 1
            arrived += 1
        x = pick(stream, replay.stamp, rule, waiting, count, now)
        j = waiting[x]
        count -= 1
        waiting[x] = waiting[count]
        now += serve_next(stream, replay, j)
        counters[TOTAL] += now - stream.release[j]
        order[served] = j
        served += 1
    counters[SERVED], counters[ARRIVED], counters[WAITING] = served, arrived, count
    counters[NOW] = now
    return served == n

"""Moves of simulated annealing on an order with the cache ``lru``, replayed in part."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.heuristics.lru_replay import Replay, rewind, serve_next
from prefixsched.kernels.heuristics.lru_shortest_first import Pick, pick
from prefixsched.kernels.heuristics.lru_stream import LruStream
from prefixsched.kernels.jit import kernel

RELOCATE, POSTPONE, SWAP, BLOCK, NEXT_USER, NEIGHBOUR = 0, 1, 2, 3, 4, 5
KINDS = 6
"""Kinds of moves; the last two bring users of a prefix together."""
UNTRIED_SHARE = 0.1
"""Share of the other moves that are replayed though they don't pay at the costs as they are."""


class Timed(NamedTuple):
    """An order with its times; n queries.

    Parameters
    ----------
    order, place
        Queries by place, and places by query.
    cost, ends
        By place, in ticks.
    digest
        ``[n + 1]``; the cache before each place, hashed.
    new_cost, new_ends, new_digest
        The same of an order that is tried.
    trial
        ``[n]``; queries in a new order.
    """

    order: IntArray
    place: IntArray
    cost: IntArray
    ends: IntArray
    digest: IntArray
    new_cost: IntArray
    new_ends: IntArray
    new_digest: IntArray
    trial: IntArray


@kernel
def serve_all(stream: LruStream, replay: Replay, timed: Timed) -> int:
    """Replay the whole order: O(n depth); the sum of completions less arrivals."""
    rewind(replay, 0)
    timed.digest[0] = replay.digest[0]
    now = np.int64(0)
    total = np.int64(0)
    for k in range(timed.order.size):
        j = timed.order[k]
        timed.place[j] = k
        timed.cost[k] = serve_next(stream, replay, j)
        timed.digest[k + 1] = replay.digest[k + 1]
        now = max(now, stream.release[j]) + timed.cost[k]
        timed.ends[k] = now
        total += now - stream.release[j]
    return total


@kernel
def _go_to(stream: LruStream, replay: Replay, timed: Timed, place: int) -> None:
    """Let the replay be at a place of the order."""
    if replay.at[0] > place:
        rewind(replay, place)
    while replay.at[0] < place:
        serve_next(stream, replay, timed.order[replay.at[0]])


@kernel
def _propose(
    timed: Timed, near: IntArray, after: IntArray, p: int, width: int, rng: np.random.Generator
) -> tuple[int, int]:
    """Write a rearrangement of the queries from place ``p`` on into ``trial``.

    Returns
    -------
    tuple
        Of how many, 0 for none; and its kind.
    """
    order, trial = timed.order, timed.trial
    most = min(width, order.size - p)
    kind = int(rng.integers(0, KINDS))
    if kind >= NEXT_USER:
        j = after[order[p]] if kind == NEXT_USER else near[order[p], rng.integers(0, 2)]
        a = timed.place[j] - p if j >= 0 else -1
        if a < 2 or a >= most:
            return 0, kind
        if kind == NEXT_USER:  # as late as just before the next user
            trial[: a - 1] = order[p + 1 : p + a]
            trial[a - 1] = order[p]
            return a, kind
        trial[0] = order[p]
        trial[1] = order[p + a]
        trial[2 : a + 1] = order[p + 1 : p + a]
        return a + 1, kind
    a = int(rng.integers(1, most))
    if kind == RELOCATE:
        trial[0] = order[p + a]
        trial[1 : a + 1] = order[p : p + a]
    elif kind == POSTPONE:
        trial[:a] = order[p + 1 : p + a + 1]
        trial[a] = order[p]
    elif kind == SWAP:
        trial[: a + 1] = order[p : p + a + 1]
        trial[0] = order[p + a]
        trial[a] = order[p]
    else:
        b = int(rng.integers(1, a + 1))
        trial[: a + 1 - b] = order[p + b : p + a + 1]
        trial[a + 1 - b : a + 1] = order[p : p + b]
    return a + 1, kind


@kernel
def _follow(stream: LruStream, timed: Timed, k: int, now: int, change: int, allowed: int) -> int:
    """The change of the sum if all from place ``k`` on cost what they do; early once too large."""
    while k < timed.order.size and now != timed.ends[k - 1]:
        if now > timed.ends[k - 1] and change > allowed:
            break
        now = max(now, stream.release[timed.order[k]]) + timed.cost[k]
        change += now - timed.ends[k]
        k += 1
    return change


@kernel
def _promises(stream: LruStream, timed: Timed, p: int, size: int, allowed: int) -> bool:
    """Whether a rearrangement is good enough if no cost changes."""
    now = timed.ends[p - 1] if p > 0 else np.int64(0)
    change = np.int64(0)
    for x in range(size):
        j = timed.trial[x]
        now = max(now, stream.release[j]) + timed.cost[timed.place[j]]
        change += now - timed.ends[p + x]
    return _follow(stream, timed, p + size, now, change, allowed) <= allowed


@kernel
def attempt(
    stream: LruStream, replay: Replay, timed: Timed, p: int, size: int, allowed: int, patience: int
) -> int:
    """Serve ``trial[:size]`` from place ``p`` on, and keep that if the sum grows by no more.

    The order is replayed until the cache is as it was: then all later costs are as they were. It
    is given up earlier where the sum grows by more than ``allowed`` if no further cost
    changes, after ``patience`` more places. The replay is at place ``p`` before and after.

    Returns
    -------
    int
        By how much the sum changed, 0 where it was not kept.
    """
    order, n = timed.order, timed.order.size
    now = timed.ends[p - 1] if p > 0 else np.int64(0)
    change = np.int64(0)
    k = p
    while k < n and (k < p + size or timed.new_digest[k] != timed.digest[k]):
        if k == p + size + patience:
            if _follow(stream, timed, k, now, change, allowed) > allowed:
                rewind(replay, p)
                return 0
        j = timed.trial[k - p] if k < p + size else order[k]
        timed.new_cost[k] = serve_next(stream, replay, j)
        now = max(now, stream.release[j]) + timed.new_cost[k]
        timed.new_ends[k] = now
        change += now - timed.ends[k]
        k += 1
        timed.new_digest[k] = replay.digest[k]
    again = k
    while k < n and now != timed.ends[k - 1]:
        if now > timed.ends[k - 1] and change > allowed:
            break
        now = max(now, stream.release[order[k]]) + timed.cost[k]
        timed.new_ends[k] = now
        change += now - timed.ends[k]
        k += 1
    rewind(replay, p)
    if change > allowed:
        return 0
    for x in range(size):
        order[p + x] = timed.trial[x]
        timed.place[timed.trial[x]] = p + x
    timed.cost[p:again] = timed.new_cost[p:again]
    timed.digest[p + 1 : again + 1] = timed.new_digest[p + 1 : again + 1]
    timed.ends[p:k] = timed.new_ends[p:k]
    return change


@kernel
def anneal_places(
    stream: LruStream,
    replay: Replay,
    timed: Timed,
    near: IntArray,
    after: IntArray,
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
    stream, replay, timed
        The present order; what it is changes.
    near
        ``[n, 2]``; each query's neighbours in lexicographic order.
    after
        ``[n]``; the next arrival that shares the deepest prefix, or -1.
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
    total = np.int64(0)
    for p in range(begin, end):
        _go_to(stream, replay, timed, p)
        for _ in range(moves if p + 1 < timed.order.size else 0):
            size, kind = _propose(timed, near, after, p, width, rng)
            allowed = int(rng.standard_exponential() * heat)
            if size == 0:
                continue
            if kind < NEXT_USER and rng.random() >= UNTRIED_SHARE:
                if not _promises(stream, timed, p, size, allowed):
                    continue
            total += attempt(stream, replay, timed, p, size, allowed, 0)
    return total


@kernel
def rebuild(
    stream: LruStream,
    replay: Replay,
    timed: Timed,
    rank: IntArray,
    rule: Pick,
    begin: int,
    end: int,
    allowed: int,
    patience: int,
) -> int:
    """List scheduling of the queries at places ``begin`` to ``end`` - 1, kept where it is good.

    Parameters
    ----------
    stream, replay, timed
        The present order; what it is changes.
    rank
        ``[n]``; queries by arrival.
    rule
        What the list goes by.
    begin, end
        Places.
    allowed, patience
        See :func:`attempt`.

    Returns
    -------
    int
        By how much the sum has changed.
    """
    _go_to(stream, replay, timed, begin)
    size = end - begin
    some = timed.order[begin:end].copy()
    some = some[np.argsort(rank[some])]
    waiting = np.empty(size, np.int64)
    count, arrived = 0, 0
    now = timed.ends[begin - 1] if begin > 0 else np.int64(0)
    for k in range(size):
        if count == 0:
            now = max(now, stream.release[some[arrived]])
        while arrived < size and stream.release[some[arrived]] <= now:
            waiting[count] = some[arrived]
            count += 1
            arrived += 1
        x = pick(stream, replay.stamp, rule, waiting, count, now)
        timed.trial[k] = waiting[x]
        count -= 1
        waiting[x] = waiting[count]
        now += serve_next(stream, replay, timed.trial[k])
    rewind(replay, begin)
    return int(attempt(stream, replay, timed, begin, size, allowed, patience))

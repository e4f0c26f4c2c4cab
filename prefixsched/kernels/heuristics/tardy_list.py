"""List scheduling that leaves out who makes others late, and serves them while the server idles.

Moore and Hodgson's rule on what has been served since the server last idled (Kise, Ibaraki and
Mine, Operations Research 26 (1978)), with the cache as it is. Who is left out is late already, but
may be worth serving before those who share its prompt arrive.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.heuristics.stream import Stream, cost_below, count_below, shared_with
from prefixsched.kernels.heuristics.window import exponential
from prefixsched.kernels.jit import kernel
from prefixsched.kernels.online.lru_cache import deepest_cached, serve

UNDER_REVIEW = 256
"""Once so many were served since the last mark, those before the mark stay. A busy period of
hundreds is served again and again where one has to go."""
MOST_LOOKED_AT = 512
"""Of those left out, the last so many are looked at each time that the server would idle: with
thousands left out of 12,031 queries, a list took a second before."""
FORESIGHT_SCALE = 16
"""Foresight is in these parts of the work that others who are still to come would have to do."""


class Lru(NamedTuple):
    """A cache as :mod:`prefixsched.kernels.online.lru_cache` has it; of capacity -1 where not used.

    Parameters
    ----------
    capacity
        Tokens.
    depth
        ``[N]``; clipped to the capacity.
    state, leaf, rest
        ``[3, N]``, ``[n + 1]`` and ``[5]``; what is cached.
    """

    capacity: int
    depth: IntArray
    state: IntArray
    leaf: IntArray
    rest: IntArray


class Served(NamedTuple):
    """What has been served.

    Parameters
    ----------
    query, cached, spent, ends
        ``[n]`` each, by place: who, the node down to which its prompt was cached, its cost, and its
        completion.
    below
        ``[N]``; how many of those under review are below each node.
    total
        ``[N]``; how many of all.
    """

    query: IntArray
    cached: IntArray
    spent: IntArray
    ends: IntArray
    below: IntArray
    total: IntArray


@kernel
def cached_node(stream: Stream, lru: Lru, served: Served, j: int, before: int) -> int:
    """The node down to which the prompt of query ``j`` is cached."""
    v = stream.node[j]
    if lru.capacity >= 0:
        return deepest_cached(v, stream.parent, lru.state)
    if stream.unbounded:
        while v > 0 and served.total[v] == 0:
            v = stream.parent[v]
        return v
    return shared_with(stream, j, before)


@kernel
def append(stream: Stream, lru: Lru, served: Served, place: int, j: int) -> None:
    """Serve query ``j`` at a place."""
    before = served.query[place - 1] if place > 0 else -1
    cached = cached_node(stream, lru, served, j, before)
    if lru.capacity >= 0:
        serve(stream.node[j], lru.capacity, stream.parent, lru.depth, lru.state, lru.leaf, lru.rest)
    count_below(stream, served.total, j, 1)
    count_below(stream, served.below, j, 1)
    end = served.ends[place - 1] if place > 0 else np.int64(0)
    served.query[place] = j
    served.cached[place] = cached
    served.spent[place] = cost_below(stream, j, cached)
    served.ends[place] = max(end, stream.release[j]) + served.spent[place]


@kernel
def copy(source: Lru, target: Lru) -> None:
    """Make a cache what another is."""
    if source.capacity >= 0:
        target.state[:] = source.state
        target.leaf[:] = source.leaf
        target.rest[:] = source.rest


@kernel
def saving(
    stream: Stream, served: Served, p: int, m: int, coming: IntArray, foresight: int
) -> tuple[int, int]:
    """About how much less there is to do without the query at place ``p`` of ``m``.

    And what of that others who are still to come would have to do, in parts.
    """
    j = served.query[p]
    if coming.size == 0:  # the cache of the last prompt
        if p + 1 == m:
            return served.spent[p], 0
        k = served.query[p + 1]
        before = shared_with(stream, k, served.query[p - 1] if p > 0 else -1)
        return served.spent[p] + served.spent[p + 1] - cost_below(stream, k, before), 0
    v = stream.node[j]
    while v != served.cached[p] and served.below[v] < 2:
        v = stream.parent[v]
    saved = cost_below(stream, j, v)
    if foresight == 0:
        return saved, 0
    w = stream.node[j]
    while w != v and coming[w] == 0:
        w = stream.parent[w]
    later = max(0, saved - cost_below(stream, j, w)) if w != v else 0
    return saved, foresight * later // FORESIGHT_SCALE


@kernel
def nothing_served(stream: Stream, lru: Lru) -> tuple[Served, IntArray]:
    """Nothing served, and how many are still to come below each node where that is of use."""
    n = stream.release.size
    nodes = stream.parent.size
    served = Served(
        np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64),
        np.zeros(nodes, np.int64), np.zeros(nodes, np.int64),
    )  # fmt: skip
    shared = stream.unbounded or lru.capacity >= 0
    coming = np.zeros(nodes if shared else 0, np.int64)
    if shared:
        for j in range(n):
            count_below(stream, coming, j, 1)
    return served, coming


@kernel
def move_marks(
    stream: Stream, lru: Lru, marks: tuple[Lru, Lru], served: Served, m: int, idle: bool,
    early: int, late: int,
) -> tuple[int, int]:  # fmt: skip
    """Where the marks are from now on: both here where the server idles, else a step further."""
    until = m if idle else late
    for p in range(early, until):
        count_below(stream, served.below, served.query[p], -1)
    if idle:
        copy(lru, marks[0])
    else:
        copy(marks[1], marks[0])
    copy(lru, marks[1])
    return until, m


@kernel
def take_out(
    stream: Stream, lru: Lru, marks: tuple[Lru, Lru], served: Served, best: int, m: int, early: int,
    late: int,
) -> int:  # fmt: skip
    """Serve ``m`` again without the one at place ``best``; where the later mark is then."""
    begin = best
    if lru.capacity >= 0:
        if best < late:
            late = early
            copy(marks[0], marks[1])
        begin = late
        copy(marks[1], lru)
    for p in range(begin, m):
        count_below(stream, served.total, served.query[p], -1)
        count_below(stream, served.below, served.query[p], -1)
    for p in range(best, m - 1):
        served.query[p] = served.query[p + 1]
    for p in range(begin, m - 1):
        append(stream, lru, served, p, served.query[p])
    return late


@kernel
def _whom_to_leave_out(
    stream: Stream,
    served: Served,
    begin: int,
    m: int,
    coming: IntArray,
    foresight: int,
    heat: int,
    rng: np.random.Generator,
) -> int:
    """The place from ``begin`` to ``m`` - 1 without which the last ends soonest, or so."""
    best = m - 1
    most = -int(INFINITY)
    slack = int(INFINITY)  # by how much all behind can move up
    for p in range(m - 1, begin - 1, -1):
        saved, later = saving(stream, served, p, m, coming, foresight)
        guess = min(saved, slack) - later + exponential(rng, heat)
        if guess > most:
            best = p
            most = guess
        start = served.ends[p] - served.spent[p]
        slack = min(slack, start - stream.release[served.query[p]])
        if slack <= 0:
            break
    return best


@kernel
def _fill(
    stream: Stream,
    lru: Lru,
    served: Served,
    m: int,
    until: int,
    pool: IntArray,
    size: int,
    coming: IntArray,
) -> int:
    """Serve those left out while the server idles, for others who share what they compute."""
    while True:
        chosen = -1
        most = 0
        for x in range(max(0, size - MOST_LOOKED_AT), size):
            j = pool[x]
            if j < 0:
                continue
            before = served.query[m - 1] if m > 0 else -1
            cached = cached_node(stream, lru, served, j, before)
            v = stream.node[j]
            while v != cached and coming[v] == 0:
                v = stream.parent[v]
            if v == cached:
                continue
            cost = cost_below(stream, j, cached)
            now = served.ends[m - 1] if m > 0 else np.int64(0)
            if max(now, stream.release[j]) + cost > until:
                continue
            reused = cost - cost_below(stream, j, v)
            if reused > most:
                chosen = x
                most = reused
        if chosen < 0:
            return m
        append(stream, lru, served, m, pool[chosen])
        m += 1
        pool[chosen] = -1


@kernel
def tardy_list(
    stream: Stream,
    lru: Lru,
    marks: tuple[Lru, Lru],
    sequence: IntArray,
    spare: int,
    foresight: int,
    heat: int,
    rng: np.random.Generator,
) -> tuple[IntArray, IntArray, int]:
    """Serve a sequence, and leave out whom Moore and Hodgson's rule says.

    Parameters
    ----------
    stream
        Queries, costs and deadlines; for ``lru`` by the trie clipped to the capacity.
    lru, marks
        An empty cache, and room for two more.
    sequence
        ``[n]``; all queries.
    spare
        It ends once more than so many are left out.
    foresight
        How much to mind what others would have to do, in parts of ``FORESIGHT_SCALE``.
    heat
        Mean of what is added to savings at random.
    rng
        Of all draws.

    Returns
    -------
    tuple
        The order, in which those left out and not served meanwhile come last; those left out; and
        how many come last. Where it ended early the order is of the queries served by then.
    """
    n = sequence.size
    served, coming = nothing_served(stream, lru)
    shared = coming.size > 0
    pool = np.empty(n, np.int64)  # those left out, -1 once served, and all of them
    left_out = np.empty(n, np.int64)
    lost = 0
    m = 0
    early = late = 0  # places of the two marks
    for i in range(n):
        j = sequence[i]
        if shared:
            count_below(stream, coming, j, -1)
        now = served.ends[m - 1] if m > 0 else np.int64(0)
        idle = now < stream.release[j]
        if idle and shared:
            m = _fill(stream, lru, served, m, stream.release[j], pool, lost, coming)
        if idle or m - late >= UNDER_REVIEW:
            early, late = move_marks(stream, lru, marks, served, m, idle, early, late)
        append(stream, lru, served, m, j)
        m += 1
        while m > early and served.query[m - 1] == j and served.ends[m - 1] > stream.due[j]:
            best = _whom_to_leave_out(stream, served, early, m, coming, foresight, heat, rng)
            pool[lost] = left_out[lost] = served.query[best]
            lost += 1
            if lost > spare:
                return served.query[:m], left_out[:lost], 0
            late = take_out(stream, lru, marks, served, best, m, early, late)
            m -= 1
    end = m
    for x in range(lost):
        if pool[x] >= 0:
            served.query[m] = pool[x]
            m += 1
    return served.query, left_out[:lost], n - end

"""List scheduling in which some miss a first deadline, and everybody keeps to a second one.

As in :mod:`prefixsched.kernels.heuristics.tardy_list` somebody is put off whenever a query would be
late, by Moore and Hodgson's rule; but who is put off is served by the second deadline, at the
expense of others who may be put off in turn.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import INFINITY, BoolArray, IntArray
from prefixsched.kernels.heuristics.stream import Stream, cost_below, count_below
from prefixsched.kernels.heuristics.tardy_list import (
    UNDER_REVIEW,
    Lru,
    Served,
    append,
    cached_node,
    move_marks,
    nothing_served,
    saving,
    take_out,
)
from prefixsched.kernels.heuristics.window import exponential
from prefixsched.kernels.jit import kernel

EAGER_SCALE = 16
"""Eagerness is in these parts of the time up to the first deadline."""


class Manner(NamedTuple):
    """How such a list is made.

    Parameters
    ----------
    foresight
        How much to mind what others would have to do, from 0 to 16.
    eager
        Who was put off is served once the next in the sequence can wait for it and has no more
        than this many parts of its time spent then, from 0 to 16.
    heat
        Mean of what is added to savings at random.
    """

    foresight: int
    eager: int
    heat: int


@kernel
def _whom_to_put_off(
    stream: Stream,
    latest: IntArray,
    served: Served,
    put_off: BoolArray,
    begin: int,
    m: int,
    coming: IntArray,
    manner: Manner,
    rng: np.random.Generator,
) -> int:
    """The place from ``begin`` to ``m`` - 1 without which the last ends soonest, or so; or -1."""
    best = -1
    most = -int(INFINITY)
    now = served.ends[m - 1]
    slack = int(INFINITY)  # by how much all behind can move up
    for p in range(m - 1, begin - 1, -1):
        j = served.query[p]
        relief = latest[j] - now
        if not put_off[j] and relief > 0:
            saved, later = saving(stream, served, p, m, coming, manner.foresight)
            guess = min(saved, slack) - later + exponential(rng, manner.heat)
            if guess > 0:  # what matters is for how long that much less is to be done
                guess = guess * relief // max(1, latest[j] - stream.due[j])
            if guess > most:
                best = p
                most = guess
        start = served.ends[p] - served.spent[p]
        slack = min(slack, start - stream.release[j])
        if slack <= 0:
            break
    return best


@kernel
def _insert(pool: IntArray, size: int, j: int, latest: IntArray) -> None:
    """Put a query in its place among those put off, the first to be due first."""
    x = size
    while x > 0 and latest[pool[x - 1]] > latest[j]:
        pool[x] = pool[x - 1]
        x -= 1
    pool[x] = j


@kernel
def _whom_to_serve(
    stream: Stream,
    lru: Lru,
    latest: IntArray,
    served: Served,
    m: int,
    pool: IntArray,
    size: int,
    j: int,
    eager: int,
) -> int:
    """The place in ``pool`` of who is served before the next in the sequence, ``j``; or -1."""
    if size == 0:
        return -1
    if j < 0:
        return 0
    now = served.ends[m - 1] if m > 0 else np.int64(0)
    if now >= stream.release[j] and latest[pool[0]] <= stream.due[j]:
        return 0
    until = stream.release[j] + eager * (stream.due[j] - stream.release[j]) // EAGER_SCALE
    if now >= until:
        return -1
    before = served.query[m - 1] if m > 0 else -1
    for x in range(size):
        k = pool[x]
        end = max(now, stream.release[k])
        end += cost_below(stream, k, cached_node(stream, lru, served, k, before))
        if end <= until:
            return x
    return -1


@kernel
def two_deadline_list(
    stream: Stream,
    latest: IntArray,
    lru: Lru,
    marks: tuple[Lru, Lru],
    sequence: IntArray,
    spare: int,
    manner: Manner,
    rng: np.random.Generator,
) -> tuple[IntArray, IntArray]:
    """Serve a sequence, and put off whom Moore and Hodgson's rule says.

    Parameters
    ----------
    stream
        Queries, costs and first deadlines; for ``lru`` by the trie clipped to the capacity.
    latest
        ``[n]``; second deadlines, no earlier.
    lru, marks
        An empty cache, and room for two more.
    sequence
        ``[n]``; all queries.
    spare
        It ends once more than so many are put off.
    manner
        How the list is made.
    rng
        Of all draws.

    Returns
    -------
    tuple
        The order, and completions by place; both cut short where it ended early.
    """
    n = sequence.size
    served, coming = nothing_served(stream, lru)
    shared = coming.size > 0
    put_off = np.zeros(n, np.bool_)
    pool = np.empty(n, np.int64)  # those put off and not served yet
    size = lost = 0
    i = m = 0
    early = late = 0  # places of the two marks
    while m < n:
        j = sequence[i] if i < n else -1
        x = _whom_to_serve(stream, lru, latest, served, m, pool, size, j, manner.eager)
        if x >= 0:
            j = pool[x]
            size -= 1
            for y in range(x, size):
                pool[y] = pool[y + 1]
            due = latest[j]
        else:
            i += 1
            if shared:
                count_below(stream, coming, j, -1)
            due = stream.due[j]
        now = served.ends[m - 1] if m > 0 else np.int64(0)
        idle = now < stream.release[j]
        if idle or m - late >= UNDER_REVIEW:
            early, late = move_marks(stream, lru, marks, served, m, idle, early, late)
        append(stream, lru, served, m, j)
        m += 1
        while served.query[m - 1] == j and served.ends[m - 1] > due:
            best = _whom_to_put_off(stream, latest, served, put_off, early, m, coming, manner, rng)
            lost += 1
            if best < 0 or lost > spare:
                return served.query[: m - 1], served.ends[: m - 1]
            gone = served.query[best]
            put_off[gone] = True
            _insert(pool, size, gone, latest)
            size += 1
            late = take_out(stream, lru, marks, served, best, m, early, late)
            m -= 1
            if m == 0 or gone == j:
                break
    return served.query, served.ends

"""Local search on how a stream is cut into visits, for a cache of the last prompt.

A *family* is a set of relatives; cuts divide it, in order of arrival, into
visits. What the server does follows from the cuts (:func:`serve`), so that a
query which is put off makes room for whatever else is there, before an idle
place as well as after it. A move makes or removes a cut, or shifts one; it is
judged by the tardiness beyond a target over the whole stream. It is squared, so that
few queries that are very late weigh as much as many that are a little late.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.heuristics.family_service import group_visits
from prefixsched.kernels.jit import kernel

NEAREST = 64
"""Queries up to which a visit begins with its oldest; longer ones are in the trie's order."""
TRIES = 64
"""Draws of a place where two visits might be one, before any place will do."""
UNIT = 16
"""Tardiness is counted in units of the target's 2^16-th part..."""
MOST = 2**20
"""...and no more of any query, so that the squares of a million queries don't overflow."""


class Grouping(NamedTuple):
    """A stream cut into visits; n queries, N trie nodes.

    *Places* number the queries by family, then by arrival; a visit is a run of
    places, known by its first one.

    Parameters
    ----------
    queries, place
        ``[n]``; the query at each place, and the place of each query.
    age, release
        ``[n]``; queries by arrival, and arrivals by query.
    node, position
        ``[n]``; where each query ends in the trie, and its lexicographic rank.
    parent, level
        ``[N]``; of the trie.
    path_start, path_cost
        What a query costs with an ancestor cached, as in :mod:`prefixsched.model.path_costs`.
    fresh, saved
        ``[n]`` and ``[n + 1]``; by place, the cost with nothing cached, and what
        is saved right after the one before; 0 for the first of a family and at the end.
    cut
        ``[n + 1]``; whether a visit begins at each place; true at the end.
    head
        ``[n]``; the first place of each place's visit.
    listed, warm
        ``[n]``; each visit's queries in depth-first order, and what each costs after
        the one before. The first of a visit has no cost here.
    urgency
        ``[n]``; at the first place of a visit, the least of its queries' arrivals
        plus what is left of the visit behind them.
    begun
        ``[n]``; while serving, at the first place of a visit its first unserved place, or -1.
    """

    queries: IntArray
    place: IntArray
    age: IntArray
    release: IntArray
    node: IntArray
    position: IntArray
    parent: IntArray
    level: IntArray
    path_start: IntArray
    path_cost: IntArray
    fresh: IntArray
    saved: IntArray
    cut: npt.NDArray[np.bool_]
    head: IntArray
    listed: IntArray
    warm: IntArray
    urgency: IntArray
    begun: IntArray


@kernel
def _shared(g: Grouping, cached: int, node: int) -> int:
    """The last common ancestor: in preorder the larger number is the deeper or the later."""
    while cached != node:
        if cached > node:
            cached = g.parent[cached]
        else:
            node = g.parent[node]
    return cached


@kernel
def _setup(g: Grouping, cached: int, query: int) -> int:
    return g.path_cost[g.path_start[query] + g.level[_shared(g, cached, g.node[query])]]


@kernel
def _line_up(g: Grouping, begin: int, stop: int, listed: IntArray, warm: IntArray) -> None:
    """Put the queries of some places of a visit into depth-first order.

    The oldest goes first, and then always the closest relative of the one
    before, ties to the oldest.
    """
    m = stop - begin
    listed[:m] = g.queries[begin:stop]
    if m > NEAREST:
        listed[:m] = listed[np.argsort(g.position[listed[:m]])]
    for i in range(1, m):
        before = g.node[listed[i - 1]]
        if m <= NEAREST:
            best, closest = i, -1
            for k in range(i, m):
                close = g.level[_shared(g, before, g.node[listed[k]])]
                if close > closest or (
                    close == closest and g.place[listed[k]] < g.place[listed[best]]
                ):
                    best, closest = k, close
            listed[i], listed[best] = listed[best], listed[i]
        warm[i] = _setup(g, before, listed[i])


@kernel
def _stop_of(g: Grouping, place: int) -> int:
    """Where the visit at a place ends."""
    stop = place + 1
    while not g.cut[stop]:
        stop += 1
    return stop


@kernel
def arrange(g: Grouping, begin: int, end: int) -> None:
    """Bring all that follows from the cuts up to date, from one cut to another."""
    k = begin
    while k < end:
        stop = _stop_of(g, k)
        g.head[k:stop] = k
        _line_up(g, k, stop, g.listed[k:stop], g.warm[k:stop])
        rest = 0
        g.urgency[k] = INFINITY
        for i in range(stop - 1, k - 1, -1):
            g.urgency[k] = min(g.urgency[k], g.release[g.listed[i]] + rest)
            rest += g.warm[i]
        k = stop


@kernel
def shorten(g: Grouping, span: int) -> None:
    """Cut again, together with their neighbours, visits whose arrivals are too far apart.

    Those of a visit then lie within ``span``.
    """
    k = 0
    while k < g.queries.size:
        stop = _stop_of(g, k)
        if g.release[g.queries[stop - 1]] - g.release[g.queries[k]] > span:
            begin = g.head[k - 1] if g.saved[k] > 0 else k
            if g.saved[stop] > 0:
                stop = _stop_of(g, stop)
            places = np.arange(stop - begin)
            release = g.release[g.queries[begin:stop]]
            visit, _ = group_visits(places, 0 * places, release, g.saved[begin:stop], span)
            for q in range(begin + 1, stop):
                g.cut[q] = visit[q - begin] != visit[q - 1 - begin]
            arrange(g, begin, stop)
        k = stop


@kernel
def _spare(g: Grouping, low: int, arrived: int, time: int) -> tuple[int, int, int]:
    """What to serve of the visits that aren't complete: head, stop and the reuse that it loses.

    Of all that is there, what loses least for the time that it fills.
    """
    head = stop = -1
    loss = work = 0
    for i in range(low, arrived):
        k = g.place[g.age[i]]
        h = g.head[k]
        if k != max(h, g.begun[h]):
            continue
        fills = int(g.fresh[k])
        k += 1
        while not g.cut[k] and g.release[g.queries[k]] <= time:
            fills += g.fresh[k] - g.saved[k]
            k += 1
        loses = int(g.saved[k])
        if head < 0 or float(loses) * float(work) < float(loss) * float(fills):
            head, stop, loss, work = h, k, loses, fills
    return head, stop, loss


@kernel
def _next_complete(g: Grouping, arrived: int) -> int:
    """When the next visit will be complete."""
    while not g.cut[g.place[g.age[arrived]] + 1]:
        arrived += 1
    return g.release[g.age[arrived]]


@kernel
def unit_of(target: int) -> int:
    """The unit of tardiness, of which a target has about 2^``UNIT``."""
    return max(1, target >> UNIT)


@kernel
def serve(g: Grouping, target: int, limit: int, order: IntArray) -> tuple[int, int]:
    """Serve visits whole, the most urgent of those complete first.

    While none is complete the server waits for one, or serves what is there of
    another if that loses less time. All times are those of the order that comes
    out: the wait is spent within the visit where its first queries were there before.

    Parameters
    ----------
    g
        The visits.
    target
        A largest TTFT to aim at.
    limit
        Ends the service once the tardiness is more.
    order
        ``[n]``; filled with the order of service.

    Returns
    -------
    int
        The total squared tardiness beyond ``target``, in units of :func:`unit_of`.
    int
        The largest TTFT; of those served, where ``limit`` was passed.
    """
    n = g.queries.size
    complete = [(INFINITY, np.int64(n))]  # with a guard that never leaves
    listed = np.empty(n, np.int64)  # of a visit that isn't served whole
    warm = np.empty(n, np.int64)
    g.begun[:] = -1
    unit = unit_of(target)
    now = time = total = cached = 0  # ``time`` is when the last service ended
    worst = -1
    count = arrived = low = 0
    while count < n and total <= limit:
        while arrived < n and g.release[g.age[arrived]] <= now:
            k = g.place[g.age[arrived]]
            if g.cut[k + 1]:
                head = g.head[k]
                whole = g.begun[head] < 0
                urgency = g.urgency[head] if whole else g.release[g.queries[g.begun[head]]]
                heapq.heappush(complete, (urgency, head))
            arrived += 1
        if complete[0][1] < n:
            head = heapq.heappop(complete)[1]
            stop = _stop_of(g, head)
        else:
            while low < arrived and g.begun[g.head[g.place[g.age[low]]]] > g.place[g.age[low]]:
                low += 1
            head, stop, loss = _spare(g, low, arrived, now)
            # Some visit is still to be complete, since all that are have been served.
            if head < 0:
                now = g.release[g.age[arrived]]
                continue
            until = _next_complete(g, arrived)
            if until - now <= loss:
                now = until
                continue
        begin = max(head, g.begun[head])
        whole = begin == head and g.cut[stop]
        if not whole:
            _line_up(g, begin, stop, listed, warm)
        for i in range(stop - begin):
            j = g.listed[begin + i] if whole else listed[i]
            time = max(time, g.release[j])
            if i == 0:
                time += _setup(g, cached, j)
            else:
                time += g.warm[begin + i] if whole else warm[i]
            worst = max(worst, time - g.release[j])
            excess = min(MOST, max(0, time - g.release[j] - target) // unit)
            total += excess * excess
            order[count] = j
            count += 1
        cached = g.node[order[count - 1]]
        g.begun[head] = stop
        now = max(now, time)
    return total, worst


@kernel
def _change(
    g: Grouping, joints: IntArray, span: int, rng: np.random.Generator
) -> tuple[int, int, int, int]:
    """Make or remove a cut, or shift one: two places changed, the second -1, and the range."""
    k = joints[rng.integers(0, joints.size)]
    if rng.integers(0, 2) == 0:
        tries = TRIES
        while tries > 0 and not (
            g.cut[k] and g.release[g.queries[k]] - g.release[g.queries[k - 1]] <= span
        ):
            k = joints[rng.integers(0, joints.size)]
            tries -= 1
    other = -1
    stop = _stop_of(g, k)
    if g.cut[k]:
        begin = g.head[k - 1]
        g.cut[k] = False
        long = g.release[g.queries[stop - 1]] - g.release[g.queries[begin]] > span
        if long or rng.integers(0, 4) == 0:
            drawn = rng.integers(begin + 1, stop)
            if drawn != k:
                other = drawn
                g.cut[other] = True
    else:
        begin = g.head[k]
        g.cut[k] = True
        if rng.integers(0, 2) == 0:
            if rng.integers(0, 2) == 0 and g.saved[begin] > 0:
                other = begin
                begin = g.head[begin - 1]
            elif g.saved[stop] > 0:
                other = stop
                stop = _stop_of(g, stop)
            if other >= 0:
                g.cut[other] = False
    return k, other, begin, stop


@kernel
def regroup(
    g: Grouping,
    joints: IntArray,
    target: int,
    moves: int,
    rng: np.random.Generator,
    order: IntArray,
    best: IntArray,
    worst: int,
) -> int:
    """Make ``moves`` moves, and keep those after which tardiness is no more.

    Parameters
    ----------
    g
        The visits, up to date; changed.
    joints
        Places where a cut can be made or removed: those where reuse is at stake.
    target
        A largest TTFT to aim at; arrivals of a visit are no farther apart.
    moves
        How many to make.
    rng
        Of all draws.
    order, best
        ``[n]`` each; scratch, and the best order so far, updated.
    worst
        The largest TTFT of ``best``.

    Returns
    -------
    int
        The largest TTFT of ``best`` now. It ends the moves when it falls to ``target``.
    """
    total, found = serve(g, target, INFINITY, order)
    if found < worst:
        worst = found
        best[:] = order
    for _ in range(moves):
        if worst <= target:
            break
        k, other, begin, stop = _change(g, joints, target, rng)
        arrange(g, begin, stop)
        fits = True
        for q in range(begin, stop):
            if g.cut[q + 1]:
                apart = g.release[g.queries[q]] - g.release[g.queries[g.head[q]]]
                fits = fits and apart <= target
        if fits:
            grown, found = serve(g, target, total, order)
            if grown <= total:
                total = grown
                if found < worst:
                    worst = found
                    best[:] = order
                continue
        g.cut[k] = not g.cut[k]
        if other >= 0:
            g.cut[other] = not g.cut[other]
        arrange(g, begin, stop)
    return worst

"""Local search on family batches, for a cache of the last prompt: boundaries made, removed, moved.

A *family* is a set of relatives; cuts divide it, in order of arrival, into
batches. What the server does follows from the cuts (:func:`serve_batches`), so that a
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
from prefixsched.kernels.heuristics.family_service import cut_families
from prefixsched.kernels.jit import kernel

NEAREST_NEIGHBOUR_UP_TO = 64
"""Queries up to which a batch begins with its oldest; longer ones are in the trie's order."""
MERGE_DRAWS = 64
"""Draws of a place where two batches might be one, before any place will do."""
UNIT_BITS = 16
"""Tardiness is counted in units of the target's 2^16-th part..."""
MAX_TARDINESS = 2**20
"""...and no more such units of any query: squares of a million queries don't overflow then."""


class FamilyBatches(NamedTuple):
    """A stream cut into batches; n queries, N trie nodes.

    *Places* number the queries by family, then by arrival; a batch is a run of
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
        ``[n + 1]``; whether a batch begins at each place; true at the end.
    head
        ``[n]``; the first place of each place's batch.
    listed, setup
        ``[n]``; each batch's queries in depth-first order, and what each costs after
        the one before. The first of a batch has no cost here.
    urgency
        ``[n]``; at the first place of a batch, the least of its queries' arrivals
        plus what is left of the batch behind them.
    begun
        ``[n]``; while serving, at the first place of a batch its first unserved place, or -1.
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
    setup: IntArray
    urgency: IntArray
    begun: IntArray


@kernel
def _shared(g: FamilyBatches, cached: int, node: int) -> int:
    """The last common ancestor: in preorder the larger number is the deeper or the later."""
    while cached != node:
        if cached > node:
            cached = g.parent[cached]
        else:
            node = g.parent[node]
    return cached


@kernel
def _setup(g: FamilyBatches, cached: int, query: int) -> int:
    return g.path_cost[g.path_start[query] + g.level[_shared(g, cached, g.node[query])]]


@kernel
def _depth_first(
    g: FamilyBatches, begin: int, stop: int, listed: IntArray, setup: IntArray
) -> None:
    """Put the queries of some places of a batch into depth-first order.

    The oldest goes first, and then always the closest relative of the one
    before, ties to the oldest.
    """
    m = stop - begin
    listed[:m] = g.queries[begin:stop]
    if m > NEAREST_NEIGHBOUR_UP_TO:
        listed[:m] = listed[np.argsort(g.position[listed[:m]])]
    for i in range(1, m):
        before = g.node[listed[i - 1]]
        if m <= NEAREST_NEIGHBOUR_UP_TO:
            best, closest = i, -1
            for k in range(i, m):
                close = g.level[_shared(g, before, g.node[listed[k]])]
                if close > closest or (
                    close == closest and g.place[listed[k]] < g.place[listed[best]]
                ):
                    best, closest = k, close
            listed[i], listed[best] = listed[best], listed[i]
        setup[i] = _setup(g, before, listed[i])


@kernel
def _stop_of(g: FamilyBatches, place: int) -> int:
    """Where the batch at a place ends."""
    stop = place + 1
    while not g.cut[stop]:
        stop += 1
    return stop


@kernel
def update_batches(g: FamilyBatches, begin: int, end: int) -> None:
    """Bring all that follows from the cuts up to date, from one cut to another."""
    k = begin
    while k < end:
        stop = _stop_of(g, k)
        g.head[k:stop] = k
        _depth_first(g, k, stop, g.listed[k:stop], g.setup[k:stop])
        rest = 0
        g.urgency[k] = INFINITY
        for i in range(stop - 1, k - 1, -1):
            g.urgency[k] = min(g.urgency[k], g.release[g.listed[i]] + rest)
            rest += g.setup[i]
        k = stop


@kernel
def split_long_batches(g: FamilyBatches, span: int) -> None:
    """Cut again, together with their neighbours, batches whose arrivals are too far apart.

    Those of a batch then lie within ``span``.
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
            batch, _ = cut_families(places, 0 * places, release, g.saved[begin:stop], span)
            for q in range(begin + 1, stop):
                g.cut[q] = batch[q - begin] != batch[q - 1 - begin]
            update_batches(g, begin, stop)
        k = stop


@kernel
def _spare(g: FamilyBatches, low: int, arrived: int, time: int) -> tuple[int, int, int]:
    """What to serve of the batches that aren't complete: head, stop and the reuse that it loses.

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
def _next_complete(g: FamilyBatches, arrived: int) -> int:
    """When the next batch will be complete."""
    while not g.cut[g.place[g.age[arrived]] + 1]:
        arrived += 1
    return g.release[g.age[arrived]]


@kernel
def unit_of(target: int) -> int:
    """The unit of tardiness, of which a target has about 2^``UNIT_BITS``."""
    return max(1, target >> UNIT_BITS)


@kernel
def serve_batches(g: FamilyBatches, target: int, limit: int, order: IntArray) -> tuple[int, int]:
    """Serve batches whole, the most urgent of those complete first.

    While none is complete the server waits for one, or serves what is there of
    another if that loses less time. All times are those of the order that comes
    out: the wait is spent within the batch where its first queries were there before.

    Parameters
    ----------
    g
        The batches.
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
    listed = np.empty(n, np.int64)  # of a batch that isn't served whole
    setup = np.empty(n, np.int64)
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
            # Some batch is still to be complete, since all that are have been served.
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
            _depth_first(g, begin, stop, listed, setup)
        for i in range(stop - begin):
            j = g.listed[begin + i] if whole else listed[i]
            time = max(time, g.release[j])
            if i == 0:
                time += _setup(g, cached, j)
            else:
                time += g.setup[begin + i] if whole else setup[i]
            worst = max(worst, time - g.release[j])
            excess = min(MAX_TARDINESS, max(0, time - g.release[j] - target) // unit)
            total += excess * excess
            order[count] = j
            count += 1
        cached = g.node[order[count - 1]]
        g.begun[head] = stop
        now = max(now, time)
    return total, worst


@kernel
def _change(
    g: FamilyBatches, boundaries: IntArray, span: int, rng: np.random.Generator
) -> tuple[int, int, int, int]:
    """Make or remove a cut, or shift one: two places changed, the second -1, and the range."""
    k = boundaries[rng.integers(0, boundaries.size)]
    if rng.integers(0, 2) == 0:
        draws = MERGE_DRAWS
        while draws > 0 and not (
            g.cut[k] and g.release[g.queries[k]] - g.release[g.queries[k - 1]] <= span
        ):
            k = boundaries[rng.integers(0, boundaries.size)]
            draws -= 1
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
def search_batches(
    g: FamilyBatches,
    boundaries: IntArray,
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
        The batches, up to date; changed.
    boundaries
        Places where a cut can be made or removed: those where reuse is at stake.
    target
        A largest TTFT to aim at; arrivals of a batch are no farther apart.
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
    total, found = serve_batches(g, target, INFINITY, order)
    if found < worst:
        worst = found
        best[:] = order
    for _ in range(moves):
        if worst <= target:
            break
        k, other, begin, stop = _change(g, boundaries, target, rng)
        update_batches(g, begin, stop)
        fits = True
        for q in range(begin, stop):
            if g.cut[q + 1]:
                apart = g.release[g.queries[q]] - g.release[g.queries[g.head[q]]]
                fits = fits and apart <= target
        if fits:
            grown, found = serve_batches(g, target, total, order)
            if grown <= total:
                total = grown
                if found < worst:
                    worst = found
                    best[:] = order
                continue
        g.cut[k] = not g.cut[k]
        if other >= 0:
            g.cut[other] = not g.cut[other]
        update_batches(g, begin, stop)
    return worst

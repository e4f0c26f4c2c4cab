"""Layered search over (queries served, last query) → earliest completion.

A layer holds all states with equally many queries served. Queries are numbered
by release; a state names its first unserved query f and keeps one bit for each
query after it, in as many 64-bit words as the time windows ask for.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.dp.layer import Layer, Queue
from prefixsched.kernels.dp.served_sets import Bits, child_bits, served, set_key, state_key
from prefixsched.kernels.jit import kernel

Number = TypeVar("Number", np.int32, np.int64)


@kernel
def _cost(queue: Queue, bits: Bits, s: int, first: int, last: int, j: int) -> int:
    """Set-up time of ``j`` served next in state ``s``."""
    if not queue.unbounded or last == queue.release.size:
        return queue.setup[last, j]
    for i in range(queue.near_start[j], queue.near_start[j + 1]):
        if served(bits, s, first, queue.near[i]):
            return queue.setup[queue.near[i], j]
    return queue.setup[queue.release.size, j]


@kernel
def _ready(queue: Queue, bits: Bits, s: int, first: int, c: int) -> bool:
    """Whether all that must be served before ``c`` has been."""
    for i in range(queue.pred_start[c], queue.pred_start[c + 1]):
        if not served(bits, s, first, queue.pred[i]):
            return False
    return True


@kernel
def _affordable(queue: Queue, layer: Layer, s: int, c: int, spot: int) -> bool:
    """Whether, under each guide, some path goes on from ``spot`` within the budget."""
    for k in range(queue.budget.size):
        if layer.paid[s, k] + queue.price[k, c] + queue.rest[k, spot] > queue.budget[k]:
            return False
    return True


@kernel
def _choices(
    queue: Queue, layer: Layer, s: int, latest: int, choice: IntArray, where: IntArray
) -> int:
    """Fill in which queries may be served next in state ``s``, and their nodes; their number."""
    f, n = layer.first[s], queue.release.size
    count = 0
    if queue.guided:
        v = layer.spot[s]
        for a in range(queue.arc_start[v], queue.arc_start[v + 1]):
            w = queue.arc_head[a]
            c = queue.spot_query[w]
            if queue.release[c] > latest or served(layer.bits, s, f, c):
                continue
            if _ready(queue, layer.bits, s, f, c) and _affordable(queue, layer, s, c, w):
                choice[count], where[count] = c, w
                count += 1
        return count
    for c in range(f, n):
        if queue.release[c] > latest:
            break
        if not served(layer.bits, s, f, c) and _ready(queue, layer.bits, s, f, c):
            choice[count], where[count] = c, 0
            count += 1
    return count


@kernel
def finish(queue: Queue, time: int, j: int, cost: int) -> int:
    """When ``j`` ends, started as soon as the server and the query are there."""
    return max(time + cost, queue.release[j] + min(cost, queue.warm[j]))


@kernel
def _idles_uselessly(
    queue: Queue, bits: Bits, s: int, first: int, last: int, time: int, c: int, end: int
) -> bool:
    """Whether another query fits into the idle gap before ``c`` at no loss.

    Let d start before c, and c then end no later than ``end``. Take any schedule that goes on with
    c and serves d later, between x and y. Serving d first delays neither c nor what comes between.
    Nor does it delay y: if the server is free after x only when y has arrived, by the triangle
    inequality p(x, y) ≤ p(x, d) + p(d, y); and y has arrived by ``end`` if p(d, y) is less than any
    other set-up of y (``kin``), else p(x, y) ≤ p(d, y) anyway. With an unbounded cache y finds the
    same cached. In a part (:mod:`prefixsched.exact.relaxation.sub_instance`) only the rest ``warm``
    of a set-up has to wait for an arrival: if p(d, y) is less than that and than p(x, y), then y
    has arrived by ``end`` as above; else the wait is as long as it was. So every completion is at
    most what it was. At the first place where orders differ, max(time, release) falls, so the rule
    can't go in circles.
    """
    n = queue.release.size
    start = queue.release[c]
    for d in range(first, n):
        if queue.release[d] >= start:
            return False
        if d == c or served(bits, s, first, d):
            continue
        if not _ready(queue, bits, s, first, d):
            continue
        e = max(time, queue.release[d]) + _cost(queue, bits, s, first, last, d)
        if e > queue.due[d]:
            continue
        after = queue.setup[d, c]
        if queue.unbounded:
            after = min(after, _cost(queue, bits, s, first, last, c))
        if max(e, start) + after > end:
            continue
        lost = False
        if not queue.unbounded:
            for k in range(queue.kin_start[d], queue.kin_start[d + 1]):
                y = queue.kin[k]
                if queue.release[y] <= end:
                    break  # kin is sorted by release, latest first
                if y != c and not served(bits, s, first, y):
                    lost = True
                    break
        if not lost:
            return True
    return False


@kernel
def _grown(array: npt.NDArray[Number], size: int) -> npt.NDArray[Number]:
    """A longer copy."""
    longer = np.empty(size, array.dtype)
    longer[: array.size] = array
    return longer


@kernel
def expand(
    queue: Queue, layer: Layer, limit: int, part: int, parts: int
) -> tuple[Layer, IntArray, bool]:
    """All states that one more query leads to, each once with its earliest completion.

    Only those whose set of served queries falls to ``part`` by its hash: parts
    can be made side by side, and states of one set stay together.

    Returns
    -------
    Layer
        The next layer, before cuts.
    array
        For each state the hash of what it has served.
    bool
        Whether ``limit`` states were reached, or a halt asked for, and the rest left out.
    """
    release, due, least = queue.release, queue.due, queue.least
    setup, old = queue.setup, layer.bits
    unbounded, potential = queue.unbounded, queue.potential
    n, words, guides = release.size, queue.words, queue.budget.size
    size = max(1024, 2 * layer.first.size)
    first = np.empty(size, np.int64)
    last = np.empty(size, np.int64)
    time = np.empty(size, np.int64)
    parent = np.empty(size, np.int64)
    keys = np.empty(size, np.int64)
    spot = np.empty(size, np.int32)
    bits = np.empty((size, words), np.uint64)
    choice = np.empty(n, np.int64)
    where = np.empty(choice.size, np.int64)
    mask = 2 * size - 1
    while mask & (mask + 1):  # round up to a power of two, less one
        mask |= mask >> 1
    # A slot holds a state's number below 2**32 and a tag of its key above: most
    # collisions are told apart without a look at the state.
    table = np.full(mask + 1, -1, np.int64)
    child = np.empty(words, np.uint64)
    low = np.int64(0xFFFFFFFF)
    count = 0
    full = False
    for s in range(layer.first.size):
        if queue.halt[0]:
            full = True
            break
        f, prompt, t = layer.first[s], layer.last[s], layer.time[s]
        latest = INFINITY  # when the next query must start at the latest, lest another be late
        for u in range(f, n):
            if release[u] > latest:
                break
            if not served(old, s, f, u):
                latest = min(latest, max(due[u] - least[u], release[u]))
        for i in range(_choices(queue, layer, s, latest, choice, where)):
            c = choice[i]
            cost = _cost(queue, old, s, f, prompt, c) if unbounded else setup[prompt, c]
            end = finish(queue, t, c, cost)
            if end > due[c] or (c != f and end > due[f]):
                continue
            g = child_bits(old, s, f, c, child)
            key = set_key(g, child)
            if key % parts != part:
                continue
            if potential and release[c] > t:
                if _idles_uselessly(queue, old, s, f, prompt, t, c, end):
                    continue
            mixed = key if unbounded else state_key(key, c)
            tag = mixed & ~low
            slot = mixed & mask
            found = -1
            while table[slot] >= 0:
                entry = table[slot]
                if entry & ~low == tag:
                    e = entry & low
                    if first[e] == g and (unbounded or last[e] == c):
                        same = True
                        for w in range(words):
                            if bits[e, w] != child[w]:
                                same = False
                                break
                        if same:
                            found = e
                            break
                slot = (slot + 1) & mask
            if found >= 0:
                if end < time[found]:
                    time[found] = end
                    parent[found] = s
                    last[found] = c
                    spot[found] = where[i]
                continue
            if count >= limit:
                full = True
                continue
            if count == size:
                size *= 2
                first, last = _grown(first, size), _grown(last, size)
                time, parent, keys = _grown(time, size), _grown(parent, size), _grown(keys, size)
                spot = _grown(spot, size)
                wider = np.empty((size, words), np.uint64)
                wider[:count] = bits
                bits = wider
                mask = 2 * mask + 1
                table = np.full(mask + 1, -1, np.int64)
                for e in range(count):
                    mixed = keys[e] if unbounded else state_key(keys[e], last[e])
                    slot = mixed & mask
                    while table[slot] >= 0:
                        slot = (slot + 1) & mask
                    table[slot] = (mixed & ~low) | e
                mixed = key if unbounded else state_key(key, c)
                slot = mixed & mask
                while table[slot] >= 0:
                    slot = (slot + 1) & mask
            first[count] = g
            last[count] = c
            time[count] = end
            parent[count] = s
            keys[count] = key
            spot[count] = where[i]
            for w in range(words):
                bits[count, w] = child[w]
            table[slot] = tag | count
            count += 1
    paid = np.empty((count, guides), np.int64)
    for i in range(count):
        for k in range(guides):
            paid[i, k] = layer.paid[parent[i], k] + queue.price[k, last[i]]
    out = Layer(
        first[:count], last[:count], time[:count], bits[:count], parent[:count], spot[:count], paid
    )
    return out, keys[:count], full


@kernel
def slacks(queue: Queue, layer: Layer) -> tuple[IntArray, IntArray, IntArray]:
    """How much time each state can still lose before a deadline is past; < 0 cuts it.

    Also, where it isn't cut, how long it can idle before any deadline, and before the
    last one: there forced revisits don't count, as they may be idling instead.

    For each deadline d: the server must still compute, between ``time`` and d,
    all edges of the trie of unserved queries due by d but those on the last
    prompt's path, a last token for each further query that ends at a node, and
    an edge again for each forced revisit (``chain``); see
    :mod:`prefixsched.exact.dp` for the proofs. Without a tree, each unserved
    query costs its least set-up.
    """
    n = queue.release.size
    nodes = queue.parent.size
    seen = np.full(nodes, -1, np.int64)
    ended = np.full(nodes, -1, np.int64)
    best = np.zeros(n, np.int64)
    clusters = queue.entry.size
    paid = np.zeros(clusters, np.int64)
    stamp = np.full(clusters, -1, np.int64)
    slack = np.empty(layer.first.size, np.int64)
    idle, whole = np.empty_like(slack), np.empty_like(slack)
    for s in range(layer.first.size):
        if queue.halt[0]:
            break
        f, prompt, t = layer.first[s], layer.last[s], layer.time[s]
        work, again = np.int64(0), np.int64(0)
        rest, last = INFINITY, INFINITY
        least = INFINITY
        if queue.potential and not queue.unbounded and prompt < n:
            v = queue.node[prompt]
            while v > 0:
                seen[v] = s
                ended[v] = s  # whoever ends at a cached node pays its last token
                v = queue.parent[v]
        for k in range(n):
            j = queue.by_due[k]
            if served(layer.bits, s, f, j):
                continue
            if queue.due[j] >= INFINITY:
                break
            if not queue.potential:
                work += queue.least[j]
            elif queue.unbounded:
                # What is cached is the top of j's path; its cost says how much is not.
                cost = _cost(queue, layer.bits, s, f, prompt, j)
                v = queue.node[j]
                if ended[v] == s:
                    work += queue.token[v]
                elif seen[v] != s and cost <= queue.token[v]:
                    work += cost
                    seen[v] = s
                else:
                    u = v
                    while cost > 0 and u > 0 and seen[u] != s:
                        seen[u] = s
                        work += queue.edge[u]
                        cost -= queue.edge[u]
                        u = queue.parent[u]
                ended[v] = s
            else:
                v = queue.node[j]
                if seen[v] == s and ended[v] == s:
                    work += queue.token[v]
                ended[v] = s
                while v > 0 and seen[v] != s:
                    seen[v] = s
                    work += queue.edge[v]
                    v = queue.parent[v]
                c = queue.cluster[j]
                if c >= 0:
                    if stamp[c] != s:
                        stamp[c] = s
                        paid[c] = 0
                    gain = np.int64(0)
                    for i in range(queue.chain_start[j], queue.chain_start[j + 1]):
                        p = queue.chain_query[i]
                        if not served(layer.bits, s, f, p):
                            gain = max(gain, best[p] + queue.chain_gain[i])
                    best[j] = gain
                    if gain > paid[c]:
                        again += gain - paid[c]
                        paid[c] = gain
            room = min(
                queue.due[j] - t - work - again,
                queue.due[j] - finish(queue, t, j, queue.least[j]),
            )
            least = min(least, room)
            last = queue.due[j] - t - work
            rest = min(rest, last)
            if least < 0:
                break
        slack[s], idle[s], whole[s] = least, rest, last
    return slack, idle, whole

"""Layered dynamic programming over (queries served, last query) → earliest completion.

After Held and Karp, "A dynamic programming approach to sequencing problems" (1962), layer by
layer with bounds, dominance and, where memory is short, beams.

A layer holds all states with equally many queries served. Queries are numbered
by release; a state names its first unserved query f and keeps one bit for each
query after it, in as many 64-bit words as the time windows ask for.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.dp.layer import DecisionData, Layer
from prefixsched.kernels.dp.served_sets import Bits, child_bits, served, set_key, state_key
from prefixsched.kernels.jit import kernel

Number = TypeVar("Number", np.int32, np.int64)


@kernel
def _cost(data: DecisionData, bits: Bits, s: int, first: int, last: int, j: int) -> int:
    """Set-up time of ``j`` served next in state ``s``."""
    if not data.unbounded or last == data.release.size:
        return data.setup[last, j]
    for i in range(data.sources_start[j], data.sources_start[j + 1]):
        if served(bits, s, first, data.sources[i]):
            return data.setup[data.sources[i], j]
    return data.setup[data.release.size, j]


@kernel
def _ready(data: DecisionData, bits: Bits, s: int, first: int, c: int) -> bool:
    """Whether all that must be served before ``c`` has been."""
    for i in range(data.pred_start[c], data.pred_start[c + 1]):
        if not served(bits, s, first, data.pred[i]):
            return False
    return True


@kernel
def _affordable(data: DecisionData, layer: Layer, s: int, c: int, graph_node: int) -> bool:
    """Whether, by each bound, a path goes on from ``graph_node`` within a schedule's cost."""
    for k in range(data.schedule_cost.size):
        if (
            layer.path_cost[s, k] + data.multipliers[k, c] + data.bound[k, graph_node]
            > data.schedule_cost[k]
        ):
            return False
    return True


@kernel
def _choices(
    data: DecisionData, layer: Layer, s: int, latest: int, choice: IntArray, where: IntArray
) -> int:
    """Fill in which queries may be served next in state ``s``, and their nodes; their number."""
    f, n = layer.first[s], data.release.size
    count = 0
    if data.has_graph:
        v = layer.graph_node[s]
        for a in range(data.arc_start[v], data.arc_start[v + 1]):
            w = data.arc_head[a]
            c = data.graph_query[w]
            if data.release[c] > latest or served(layer.bits, s, f, c):
                continue
            if _ready(data, layer.bits, s, f, c) and _affordable(data, layer, s, c, w):
                choice[count], where[count] = c, w
                count += 1
        return count
    for c in range(f, n):
        if data.release[c] > latest:
            break
        if not served(layer.bits, s, f, c) and _ready(data, layer.bits, s, f, c):
            choice[count], where[count] = c, 0
            count += 1
    return count


@kernel
def finish(data: DecisionData, time: int, j: int, cost: int) -> int:
    """When ``j`` ends, started as soon as the server and the query are there."""
    return max(time + cost, data.release[j] + min(cost, data.residual[j]))


@kernel
def _idles_uselessly(
    data: DecisionData, bits: Bits, s: int, first: int, last: int, time: int, c: int, end: int
) -> bool:
    """Whether another query fits into the idle gap before ``c`` at no loss.

    Its twin in the bitset stage is :func:`prefixsched.kernels.dp.bitset_layers._idles_uselessly`.

    Let d start before c, and c then end no later than ``end``. Take any schedule that goes on with
    c and serves d later, between x and y. Serving d first delays neither c nor what comes between.
    Nor does it delay y: if the server is free after x only when y has arrived, by the triangle
    inequality p(x, y) ≤ p(x, d) + p(d, y); and y has arrived by ``end`` if p(d, y) is less than any
    other set-up of y (``savers``), else p(x, y) ≤ p(d, y) anyway. With an unbounded cache y finds
    the same cached. In a sub-instance (:mod:`prefixsched.exact.relaxation.sub_instance`) only the
    residual of a set-up has to wait for an arrival: if p(d, y) is less than that and than p(x, y),
    then y has arrived by ``end`` as above; else the wait is as long as it was. So every completion
    is at most what it was. At the first place where orders differ, max(time, release) falls, so the
    rule can't go in circles.
    """
    n = data.release.size
    start = data.release[c]
    for d in range(first, n):
        if data.release[d] >= start:
            return False
        if d == c or served(bits, s, first, d):
            continue
        if not _ready(data, bits, s, first, d):
            continue
        e = max(time, data.release[d]) + _cost(data, bits, s, first, last, d)
        if e > data.due[d]:
            continue
        after = data.setup[d, c]
        if data.unbounded:
            after = min(after, _cost(data, bits, s, first, last, c))
        if max(e, start) + after > end:
            continue
        lost = False
        if not data.unbounded:
            for k in range(data.savers_start[d], data.savers_start[d + 1]):
                y = data.savers[k]
                if data.release[y] <= end:
                    break  # savers are sorted by release, latest first
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
    data: DecisionData, layer: Layer, limit: int, part: int, parts: int
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
    release, due, least = data.release, data.due, data.least_setup
    setup, old = data.setup, layer.bits
    unbounded, potential = data.unbounded, data.potential
    n, words, bounds = release.size, data.words, data.schedule_cost.size
    size = max(1024, 2 * layer.first.size)
    first = np.empty(size, np.int64)
    last = np.empty(size, np.int64)
    time = np.empty(size, np.int64)
    parent = np.empty(size, np.int64)
    keys = np.empty(size, np.int64)
    graph_node = np.empty(size, np.int32)
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
        if data.halt[0]:
            full = True
            break
        f, prompt, t = layer.first[s], layer.last[s], layer.time[s]
        latest = INFINITY  # when the next query must start at the latest, lest another be late
        for u in range(f, n):
            if release[u] > latest:
                break
            if not served(old, s, f, u):
                latest = min(latest, max(due[u] - least[u], release[u]))
        for i in range(_choices(data, layer, s, latest, choice, where)):
            c = choice[i]
            cost = _cost(data, old, s, f, prompt, c) if unbounded else setup[prompt, c]
            end = finish(data, t, c, cost)
            if end > due[c] or (c != f and end > due[f]):
                continue
            g = child_bits(old, s, f, c, child)
            key = set_key(g, child)
            if key % parts != part:
                continue
            if potential and release[c] > t:
                if _idles_uselessly(data, old, s, f, prompt, t, c, end):
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
                    graph_node[found] = where[i]
                continue
            if count >= limit:
                full = True
                continue
            if count == size:
                size *= 2
                first, last = _grown(first, size), _grown(last, size)
                time, parent, keys = _grown(time, size), _grown(parent, size), _grown(keys, size)
                graph_node = _grown(graph_node, size)
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
            graph_node[count] = where[i]
            for w in range(words):
                bits[count, w] = child[w]
            table[slot] = tag | count
            count += 1
    path_cost = np.empty((count, bounds), np.int64)
    for i in range(count):
        for k in range(bounds):
            path_cost[i, k] = layer.path_cost[parent[i], k] + data.multipliers[k, last[i]]
    out = Layer(
        first[:count],
        last[:count],
        time[:count],
        bits[:count],
        parent[:count],
        graph_node[:count],
        path_cost,
    )
    return out, keys[:count], full


@kernel
def slacks(data: DecisionData, layer: Layer) -> tuple[IntArray, IntArray, IntArray]:
    """How much time each state can still lose before a deadline is past; < 0 cuts it.

    Also, where it isn't cut, how long it can idle before any deadline, and before the
    last one: there recomputations don't count, as they may be idling instead.

    For each deadline d: the server must still compute, between ``time`` and d,
    all edges of the trie of unserved queries due by d but those on the last
    prompt's path, a last token for each further query that ends at a node, and
    an edge again for each recomputation (``chain``); see
    :mod:`prefixsched.exact.dp` for the proofs. Without a tree, each unserved
    query costs its least set-up. Its twin in the bitset stage, without chains, is
    :func:`prefixsched.kernels.dp.bitset_layers.cut_layer`.
    """
    n = data.release.size
    nodes = data.parent.size
    seen = np.full(nodes, -1, np.int64)
    ended = np.full(nodes, -1, np.int64)
    best = np.zeros(n, np.int64)
    clusters = data.entry.size
    paid = np.zeros(clusters, np.int64)
    stamp = np.full(clusters, -1, np.int64)
    slack = np.empty(layer.first.size, np.int64)
    idle, whole = np.empty_like(slack), np.empty_like(slack)
    for s in range(layer.first.size):
        if data.halt[0]:
            break
        f, prompt, t = layer.first[s], layer.last[s], layer.time[s]
        work, again = np.int64(0), np.int64(0)
        rest, last = INFINITY, INFINITY
        least = INFINITY
        if data.potential and not data.unbounded and prompt < n:
            v = data.node[prompt]
            while v > 0:
                seen[v] = s
                ended[v] = s  # whoever ends at a cached node pays its last token
                v = data.parent[v]
        for k in range(n):
            j = data.by_due[k]
            if served(layer.bits, s, f, j):
                continue
            if data.due[j] >= INFINITY:
                break
            if not data.potential:
                work += data.least_setup[j]
            elif data.unbounded:
                # What is cached is the top of j's path; its cost says how much is not.
                cost = _cost(data, layer.bits, s, f, prompt, j)
                v = data.node[j]
                if ended[v] == s:
                    work += data.token[v]
                elif seen[v] != s and cost <= data.token[v]:
                    work += cost
                    seen[v] = s
                else:
                    u = v
                    while cost > 0 and u > 0 and seen[u] != s:
                        seen[u] = s
                        work += data.edge[u]
                        cost -= data.edge[u]
                        u = data.parent[u]
                ended[v] = s
            else:
                v = data.node[j]
                if seen[v] == s and ended[v] == s:
                    work += data.token[v]
                ended[v] = s
                while v > 0 and seen[v] != s:
                    seen[v] = s
                    work += data.edge[v]
                    v = data.parent[v]
                c = data.cluster[j]
                if c >= 0:
                    if stamp[c] != s:
                        stamp[c] = s
                        paid[c] = 0
                    gain = np.int64(0)
                    for i in range(data.chain_start[j], data.chain_start[j + 1]):
                        p = data.chain_query[i]
                        if not served(layer.bits, s, f, p):
                            gain = max(gain, best[p] + data.chain_gain[i])
                    best[j] = gain
                    if gain > paid[c]:
                        again += gain - paid[c]
                        paid[c] = gain
            room = min(
                data.due[j] - t - work - again,
                data.due[j] - finish(data, t, j, data.least_setup[j]),
            )
            least = min(least, room)
            last = data.due[j] - t - work
            rest = min(rest, last)
            if least < 0:
                break
        slack[s], idle[s], whole[s] = least, rest, last
    return slack, idle, whole

"""Layered search for few queries: what has been served is one word, a decision is one call.

The states and most rules of :mod:`prefixsched.kernels.search`, whose proofs hold
here word for word; without guides, revisits, and precedences but those of twins.
Queries are numbered by release.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from prefixsched.kernels.jit import kernel
from prefixsched.kernels.served import Bits
from prefixsched.prompts import IntArray

FAR = np.int64(2**62)
PLENTY = np.int64(2**56)
"""More time to spare than this counts as this much, so that sums stay below ``FAR``."""
MOST = 64
"""Queries that a word has bits for."""
DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
"""Times a power of two, its top six bits differ for each."""
PLACE = np.zeros(MOST, np.int64)
for _k in range(MOST):
    PLACE[((0x03F79D71B4CB0A89 << _k) & (2**64 - 1)) >> 58] = _k
Number = TypeVar("Number", np.uint64, np.int64)


class Small(NamedTuple):
    """A problem of at most ``MOST`` queries, whatever its deadlines.

    Sets of queries are words. ``twins`` are those to be served before each query,
    ``kin`` those that cost less after it than after something else, ``cheaper[i, j]`` those
    that cost less after j than after i, ``below`` those
    that end at or below each node of the tree. ``step`` and ``residues`` say what flow
    times can be: see :class:`prefixsched.exact.dp.grid.Grid`.
    """

    release: IntArray
    setup: IntArray
    warm: IntArray
    parent: IntArray
    edge: IntArray
    token: IntArray
    node: IntArray
    bit: Bits
    least: IntArray
    twins: Bits
    kin: Bits
    cheaper: Bits
    below: Bits
    step: int
    residues: IntArray
    potential: bool
    unbounded: bool


class States(NamedTuple):
    """All states of a search, layer after layer.

    ``link`` is another state of the layer that has served the same; ``slack`` is
    below 0 where a state is needless.
    """

    mask: Bits
    last: IntArray
    time: IntArray
    parent: IntArray
    link: IntArray
    slack: IntArray


@kernel
def prepare(
    release: IntArray,
    due: IntArray,
    setup: IntArray,
    warm: IntArray,
    parent: IntArray,
    node: IntArray,
    anticipatory: bool,
) -> tuple[Bits, IntArray, Bits, Bits, Bits, Bits, int, IntArray]:
    """What :class:`Small` holds from ``bit`` to ``residues``."""
    n = release.size
    bit = np.empty(n, np.uint64)
    for j in range(n):
        bit[j] = np.uint64(1) << np.uint64(j)
    least = np.full(n, FAR)
    worst = np.zeros(n, np.int64)
    step = np.int64(0)
    for i in range(n + 1):
        for j in range(n):
            if i != j:
                least[j] = min(least[j], setup[i, j])
                worst[j] = max(worst[j], setup[i, j])
                step = np.int64(_divisor(step, setup[i, j]))
    kin = np.zeros(n, np.uint64)
    twins = np.zeros(n, np.uint64)
    for j in range(n):
        for k in range(n):
            if k != j and setup[j, k] < worst[k]:
                kin[j] |= bit[k]
        for i in range(j - 1, -1, -1):
            if _alike(setup, i, j):
                if due[i] <= due[j] and warm[i] <= warm[j]:
                    twins[j] |= bit[i]
                break
    cheaper = np.zeros((n, n), np.uint64)
    for i in range(n):
        for j in range(n):
            rest = kin[j]
            while rest != 0:
                k = _lowest(rest)
                if setup[j, k] < setup[i, k]:
                    cheaper[i, j] |= bit[k]
                rest &= rest - np.uint64(1)
    below = np.zeros(parent.size, np.uint64)
    for j in range(n):
        below[node[j]] |= bit[j]
    for v in range(parent.size - 1, 0, -1):
        below[parent[v]] |= below[v]
    step = max(step, 1)
    return bit, least, twins, kin, cheaper, below, step, _residues(release, step, anticipatory)


@kernel
def _divisor(a: int, b: int) -> int:
    """The greatest common divisor."""
    while b != 0:
        a, b = b, a % b
    return a


@kernel
def _residues(release: IntArray, step: int, anticipatory: bool) -> IntArray:
    """What a flow time can be modulo ``step``: a difference of two releases, sorted."""
    if step == 1:
        return np.zeros(1, np.int64)
    used = np.unique(release % step)
    base = np.append(used, 0) if anticipatory else used
    found = np.empty((base.size, used.size), np.int64)
    for i in range(base.size):
        for j in range(used.size):
            found[i, j] = (base[i] - used[j]) % step
    return np.unique(found)


@kernel
def _down(step: int, residues: IntArray, value: int) -> int:
    """The largest flow time possible that is at most ``value``."""
    rest = value % step
    k = residues.size - 1
    while k >= 0 and residues[k] > rest:
        k -= 1
    return value - rest + (residues[k] if k >= 0 else residues[-1] - step)


@kernel
def _alike(setup: IntArray, i: int, j: int) -> bool:
    """Whether swapping the names of two queries leaves every set-up time as it is."""
    n = setup.shape[1]
    if setup[i, j] != setup[j, i] or setup[n, i] != setup[n, j]:
        return False
    for k in range(n):
        if k != i and k != j:
            if setup[i, k] != setup[j, k] or setup[k, i] != setup[k, j]:
                return False
    return True


@kernel
def _cost(setup: IntArray, bit: Bits, unbounded: bool, mask: int, last: int, c: int) -> int:
    n = bit.size
    if not unbounded or last == n:
        return setup[last, c]
    best = setup[n, c]
    for i in range(n):
        if mask & bit[i] != 0:
            best = min(best, setup[i, c])
    return best


@kernel
def _idles_uselessly(
    q: Small, due: IntArray, mask: int, last: int, time: int, c: int, end: int
) -> bool:
    """Whether another query fits into the idle gap before ``c`` at no loss."""
    release, setup, bit = q.release, q.setup, q.bit
    n = bit.size
    start = release[c]
    for d in range(n):
        if release[d] >= start:
            return False
        if d == c or mask & bit[d] != 0 or q.twins[d] & ~mask != 0:
            continue
        e = max(time, release[d]) + _cost(setup, bit, q.unbounded, mask, last, d)
        if e > due[d]:
            continue
        after = setup[d, c]
        if q.unbounded:
            after = min(after, _cost(setup, bit, True, mask, last, c))
        if max(e, start) + after > end:
            continue
        lost = False
        if not q.unbounded:
            for y in range(n - 1, -1, -1):
                if release[y] <= end:
                    break
                if y != c and mask & bit[y] == 0 and q.kin[d] & bit[y] != 0:
                    lost = True
                    break
        if not lost:
            return True
    return False


@kernel
def _lowest(word: int) -> int:
    """The number of the lowest bit that is set."""
    alone = word & (~word + np.uint64(1))
    return PLACE[np.int64((alone * DE_BRUIJN) >> np.uint64(58))]


@kernel
def _outlives(
    release: IntArray,
    setup: IntArray,
    warm: IntArray,
    rest: int,
    la: int,
    ta: int,
    lb: int,
    tb: int,
) -> bool:
    """Whether being at ``ta`` after ``la`` is at least as good as at ``tb`` after ``lb``.

    ``rest`` are the unserved queries that cost less after ``lb``: others can't fail.
    """
    while rest != 0:
        y = _lowest(rest)
        a = max(ta + setup[la, y], release[y] + min(setup[la, y], warm[y]))
        b = max(tb + setup[lb, y], release[y] + min(setup[lb, y], warm[y]))
        if a > b:
            return False
        rest &= rest - np.uint64(1)  # type: ignore[assignment]
    return True


@kernel
def _slot(mask: Bits, table: IntArray, child: int) -> int:
    h = child * np.uint64(0x9E3779B97F4A7C15)
    h ^= h >> np.uint64(29)
    h *= np.uint64(0xBF58476D1CE4E5B9)
    h ^= h >> np.uint64(32)
    low = table.size - 1
    slot = np.int64(h >> np.uint64(2)) & low
    while table[slot] >= 0 and mask[table[slot]] != child:
        slot = (slot + 1) & low
    return slot


@kernel
def _expand(
    q: Small, due: IntArray, states: States, table: IntArray, begin: int, end: int, count: int
) -> tuple[int, int]:
    """Append what states ``begin`` to ``end`` lead to, as long as there is room for it.

    Returns
    -------
    tuple of int
        The first state that there was no room for, and the number of states then.
    """
    release, setup, warm, bit, twins = q.release, q.setup, q.warm, q.bit, q.twins
    cheaper = q.cheaper
    unbounded, potential, least = q.unbounded, q.potential, q.least
    mask, last, time, parent = states.mask, states.last, states.time, states.parent
    link, slack = states.link, states.slack
    n = bit.size
    left = np.empty(n, np.int64)
    for s in range(begin, end):
        if count + n > mask.size or 2 * (count + n - end) > table.size:
            return s, count
        had, prompt, t = mask[s], last[s], time[s]
        first, second, who = FAR, FAR, -1  # by when the most urgent must start
        lefts = 0
        for u in range(n):
            if had & bit[u] == 0:
                left[lefts] = u
                lefts += 1
                spare = due[u] - least[u]
                if spare < first:
                    first, second, who = spare, first, u
                elif spare < second:
                    second = spare
        for i in range(lefts):
            c = left[i]
            if release[c] > second:
                break
            if twins[c] & ~had != 0:
                continue
            cost = setup[prompt, c]
            if unbounded and prompt < n:
                cost = _cost(setup, bit, True, had, prompt, c)
            finish = max(t + cost, release[c] + min(cost, warm[c]))
            if finish > due[c] or finish > (second if c == who else first):
                continue
            if potential and release[c] > t:
                if _idles_uselessly(q, due, had, prompt, t, c, finish):
                    continue
            child = had | bit[c]
            slot = _slot(mask, table, child)
            head = table[slot]
            lost = False
            e = head
            while e >= 0:
                if slack[e] >= 0:
                    if time[e] <= finish and (
                        unbounded
                        or last[e] == c
                        or _outlives(
                            release,
                            setup,
                            warm,
                            cheaper[last[e], c] & ~child,
                            last[e],
                            time[e],
                            c,
                            finish,
                        )
                    ):
                        lost = True
                        break
                    if finish <= time[e] and (
                        unbounded
                        or last[e] == c
                        or _outlives(
                            release,
                            setup,
                            warm,
                            cheaper[c, last[e]] & ~child,
                            c,
                            finish,
                            last[e],
                            time[e],
                        )
                    ):
                        slack[e] = -1
                e = link[e]
            if lost:
                continue
            mask[count], last[count], time[count] = child, c, finish
            parent[count], link[count], slack[count] = s, head, 0
            table[slot] = count
            count += 1
    return end, count


@kernel
def _cut(
    q: Small,
    due: IntArray,
    by_due: IntArray,
    states: States,
    begin: int,
    end: int,
    seen: IntArray,
    ended: IntArray,
    stamp: int,
) -> int:
    """Drop needless and hopeless states from ``begin`` on; the number of states then."""
    bit, least, below, up = q.bit, q.least, q.below, q.parent
    edge, token, node = q.edge, q.token, q.node
    unbounded, potential = q.unbounded, q.potential
    mask, last, time, parent = states.mask, states.last, states.time, states.parent
    slack = states.slack
    n = bit.size
    left = np.empty(n, np.int64)
    lefts, of = 0, -2
    kept = begin
    for e in range(begin, end):
        if slack[e] < 0:
            continue
        if parent[e] != of:
            of = parent[e]
            had = mask[of] if of >= 0 else np.uint64(0)
            lefts = 0
            for k in range(n):
                if had & bit[by_due[k]] == 0:
                    left[lefts] = by_due[k]
                    lefts += 1
        stamp += 1
        if potential:
            if unbounded:
                for v in range(1, up.size):
                    if below[v] & mask[e] != 0:
                        seen[v] = ended[v] = stamp
            elif last[e] < n:
                v = node[last[e]]
                while v > 0:
                    seen[v] = ended[v] = stamp
                    v = up[v]
        work = time[e]
        room, total = FAR, np.int64(0)
        for i in range(lefts):
            j = left[i]
            if j == last[e]:
                continue
            if due[j] >= FAR:
                break
            if potential:
                v = node[j]
                if ended[v] == stamp:
                    work += token[v]
                else:
                    ended[v] = stamp
                    while v > 0 and seen[v] != stamp:
                        seen[v] = stamp
                        work += edge[v]
                        v = up[v]
            else:
                work += least[j]
            room = due[j] - max(work, time[e] + least[j])
            if room < 0:
                break
            total += min(room, PLENTY)
        if room < 0:
            continue
        mask[kept], last[kept], time[kept] = mask[e], last[e], time[e]
        parent[kept], slack[kept] = parent[e], total
        kept += 1
    return kept


@kernel
def _select(states: States, begin: int, end: int, beam: int) -> int:
    """Keep those of a layer with most slack; the number of states then."""
    mask, last, time, parent, slack = (
        states.mask,
        states.last,
        states.time,
        states.parent,
        states.slack,
    )
    ranked = np.sort(slack[begin:end])
    worst = ranked[end - begin - beam]
    equal = 0  # of those that just make it, how many there is room for
    for k in range(end - begin - beam, end - begin):
        if ranked[k] == worst:
            equal += 1
    kept = begin
    for e in range(begin, end):
        if slack[e] < worst:
            continue
        if slack[e] == worst:
            if equal == 0:
                continue
            equal -= 1
        mask[kept], last[kept], time[kept] = mask[e], last[e], time[e]
        parent[kept] = parent[e]
        kept += 1
    return kept


@kernel
def _longer(array: npt.NDArray[Number]) -> npt.NDArray[Number]:
    longer = np.empty(2 * array.size, array.dtype)
    longer[: array.size] = array
    return longer


@kernel
def _roomier(states: States) -> States:
    """The same with room for twice as many."""
    return States(
        _longer(states.mask),
        _longer(states.last),
        _longer(states.time),
        _longer(states.parent),
        _longer(states.link),
        _longer(states.slack),
    )


@kernel
def attempt(
    q: Small, due: IntArray, by_due: IntArray, beam: int, prove: bool, limit: int
) -> tuple[IntArray, int, bool, int]:
    """Search for an order that meets every deadline.

    Parameters
    ----------
    due, by_due
        ``[n]``; deadlines, and the queries sorted by them.
    beam
        States kept in each layer, those with most time to spare.
    prove
        Whether to end where a state is left out, as only a refutation is of use.
    limit
        States expanded at most.

    Returns
    -------
    array
        The order, or nothing.
    int
        Its largest completion less release.
    bool
        Whether nothing was left out, so that no order means that there is none.
    int
        States expanded.
    """
    n = q.release.size
    none = np.empty(0, np.int64)
    size = 1_024
    states = States(
        np.zeros(size, np.uint64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
        np.empty(size, np.int64),
    )
    table = np.full(256, -1, np.int64)
    seen = np.full(q.parent.size, -1, np.int64)
    ended = np.full(q.parent.size, -1, np.int64)
    states.last[0], states.time[0], states.parent[0], states.slack[0] = n, 0, -1, 0
    begin, end = 0, _cut(q, due, by_due, states, 0, 1, seen, ended, 0)
    if end == 0:
        return none, 0, True, 1
    complete = True
    nodes, made = 0, 1
    for _ in range(n):
        nodes += end - begin
        if nodes > limit:
            return none, 0, False, nodes
        table[:] = -1
        s, count = begin, end
        while s < end:
            s, count = _expand(q, due, states, table, s, end, count)
            if count + n > states.last.size:
                states = _roomier(states)
            if 2 * (count + n - end) > table.size:
                table = np.full(2 * table.size, -1, np.int64)
                for e in range(end, count):
                    table[_slot(states.mask, table, states.mask[e])] = e
        kept = _cut(q, due, by_due, states, end, count, seen, ended, made)
        made += count - end
        if kept - end > beam:
            complete = False
            if prove:
                return none, 0, False, nodes
            kept = _select(states, end, kept, beam)
        begin, end = end, kept
        if begin == end:
            return none, 0, complete, nodes
    order = np.empty(n, np.int64)
    s, flow = begin, np.int64(0)
    for k in range(n - 1, -1, -1):
        order[k] = states.last[s]
        flow = max(flow, states.time[s] - q.release[order[k]])
        s = states.parent[s]
    return order, flow, complete, nodes


@kernel
def _flow(q: Small, order: IntArray) -> int:
    """The largest flow time of an order."""
    n = q.release.size
    mask, last = np.uint64(0), n
    time, flow = np.int64(0), np.int64(0)
    for k in range(n):
        j = order[k]
        cost = _cost(q.setup, q.bit, q.unbounded, mask, last, j)
        time = max(time + cost, q.release[j] + min(cost, q.warm[j]))
        flow = max(flow, time - q.release[j])
        mask |= q.bit[j]
        last = j
    return flow


@kernel
def climb(
    q: Small, order: IntArray, lower: int, beams: IntArray, level: int, pause: int, limit: int
) -> tuple[IntArray, int, bool, int, int]:
    """Ask for ever better orders, and for a proof that there is none.

    A beam that leaves states out and finds nothing is followed by the next.

    Parameters
    ----------
    order
        The best order known.
    lower
        A proven lower bound on the largest flow time.
    beams, level
        States kept in each layer of a search, and which of these is next. The last is
        for proofs.
    pause, limit
        Between two searches it returns after ``pause`` states expanded, and in the
        midst of one after ``limit``.

    Returns
    -------
    array
        The best order.
    int
        Its largest flow time.
    bool
        Whether it is proven best possible.
    int
        The next level.
    int
        States expanded.
    """
    n = q.release.size
    upper = _flow(q, order)
    by_release = np.arange(n)
    nodes = 0
    while upper > lower:
        bound = _down(q.step, q.residues, upper - 1)
        if bound < lower:
            break
        if nodes >= min(pause, limit) or level >= beams.size:
            return order, upper, False, level, nodes
        due, last = q.release + bound, level == beams.size - 1
        found, flow, complete, spent = attempt(
            q, due, by_release, beams[level], last, limit - nodes
        )
        nodes += spent
        if found.size == 0 and complete:
            break
        if found.size > 0:
            order, upper = found, flow
        if found.size == 0 or beams[level] == 1:  # a beam of one seldom finds a second
            level += 1
    return order, upper, True, level, nodes

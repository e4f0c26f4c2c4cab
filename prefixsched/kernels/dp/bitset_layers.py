"""Layers of the bitset stage, in which what has been served is one word.

The states and most rules of :mod:`prefixsched.kernels.dp.layered_search` and
:mod:`prefixsched.kernels.dp.dominance`, whose proofs hold here word for word; without a time graph,
recomputations, and precedences but those of twins. Each names its twin there. Queries are numbered
by release.

Arguments are arrays rather than a :class:`BitsetProblem` where a function is called often:
handing that over takes longer than what such a function does.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.dp.bitset_problem import BitsetProblem, cost_of, lowest
from prefixsched.kernels.dp.served_sets import Bits
from prefixsched.kernels.jit import kernel

MAX_SPARE = np.int64(2**56)
"""Ticks; more time to spare than this counts as this much, so that sums stay below ``INFINITY``."""
Number = TypeVar("Number", np.uint64, np.int64)


class States(NamedTuple):
    """All states of a search, layer after layer.

    ``parent`` is the state before, ``link`` another of the layer that has served the
    same, or -1. ``slack`` is below 0 where a state is needless, else its rank in a beam:
    the time to spare before the deadlines of all that it has not served.
    """

    mask: Bits
    last: IntArray
    time: IntArray
    parent: IntArray
    link: IntArray
    slack: IntArray


@kernel
def _idles_uselessly(
    release: IntArray,
    setup: IntArray,
    bit: Bits,
    twins: Bits,
    savers: Bits,
    unbounded: bool,
    due: IntArray,
    mask: int,
    last: int,
    time: int,
    c: int,
    end: int,
) -> bool:
    """Whether another query fits into the idle gap before ``c`` at no loss.

    Only under a potential cost: the proof, which stands with the twin of this rule,
    :func:`prefixsched.kernels.dp.layered_search._idles_uselessly`, needs the triangle inequality.
    """
    n = bit.size
    start = release[c]
    for d in range(n):
        if release[d] >= start:
            return False
        if d == c or mask & bit[d] != 0 or twins[d] & ~mask != 0:
            continue
        e = max(time, release[d]) + cost_of(setup, bit, unbounded, mask, last, d)
        if e > due[d]:
            continue
        after = setup[d, c]
        if unbounded:
            after = min(after, cost_of(setup, bit, True, mask, last, c))
        if max(e, start) + after > end:
            continue
        lost = False
        if not unbounded:
            for y in range(n - 1, -1, -1):
                if release[y] <= end:
                    break
                if y != c and mask & bit[y] == 0 and savers[d] & bit[y] != 0:
                    lost = True
                    break
        if not lost:
            return True
    return False


@kernel
def _dominates(
    release: IntArray,
    setup: IntArray,
    residual: IntArray,
    cheaper: Bits,
    unbounded: bool,
    mask: int,
    la: int,
    ta: int,
    lb: int,
    tb: int,
) -> bool:
    """Whether being at ``ta`` after ``la`` is at least as good as at ``tb`` after ``lb``.

    Both have served ``mask``. Only unserved queries that cost less after ``lb`` can fail. The
    twin of :func:`prefixsched.kernels.dp.dominance._dominates`.
    """
    if ta > tb:
        return False
    if unbounded or la == lb:
        return True
    rest = cheaper[la, lb] & ~mask
    while rest != 0:
        y = lowest(rest)
        a = max(ta + setup[la, y], release[y] + min(setup[la, y], residual[y]))
        b = max(tb + setup[lb, y], release[y] + min(setup[lb, y], residual[y]))
        if a > b:
            return False
        rest &= rest - np.uint64(1)
    return True


@kernel
def slot_of(mask: Bits, table: IntArray, child: int) -> int:
    """Where a hash table has the states that have served ``child``, or room for the first."""
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
def expand_layer(
    q: BitsetProblem,
    due: IntArray,
    states: States,
    table: IntArray,
    begin: int,
    end: int,
    count: int,
) -> tuple[int, int]:
    """Append what states ``begin`` to ``end`` lead to, as long as there is room for it.

    What is served next must end so early that each query left has time for its
    least set-up from then on; the most urgent of them, or the second if that is the
    one served, tells it at once.

    Returns
    -------
    tuple of int
        The first state that there was no room for, and the number of states then.
    """
    release, setup, residual, bit, twins = q.release, q.setup, q.residual, q.bit, q.twins
    cheaper, savers = q.cheaper, q.savers
    unbounded, potential, least = q.unbounded, q.potential, q.least
    mask, last, time, parent = states.mask, states.last, states.time, states.parent
    link, slack = states.link, states.slack
    n = bit.size
    left = np.empty(n, np.int64)
    for s in range(begin, end):
        if count + n > mask.size or 2 * (count + n - end) > table.size:
            return s, count
        had, prompt, t = mask[s], last[s], time[s]
        first, second, who = INFINITY, INFINITY, -1  # by when the most urgent must start
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
                cost = cost_of(setup, bit, True, had, prompt, c)
            finish = max(t + cost, release[c] + min(cost, residual[c]))
            if finish > due[c] or finish > (second if c == who else first):
                continue
            if potential and release[c] > t:
                if _idles_uselessly(
                    release, setup, bit, twins, savers, unbounded, due, had, prompt, t, c, finish
                ):
                    continue
            child = had | bit[c]
            slot = slot_of(mask, table, child)
            head = table[slot]
            lost = False
            e = head
            while e >= 0:
                if slack[e] >= 0:
                    le, te = last[e], time[e]
                    if _dominates(
                        release, setup, residual, cheaper, unbounded, child, le, te, c, finish
                    ):
                        lost = True
                        break
                    if _dominates(
                        release, setup, residual, cheaper, unbounded, child, c, finish, le, te
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
def cut_layer(
    q: BitsetProblem,
    due: IntArray,
    by_due: IntArray,
    states: States,
    begin: int,
    end: int,
    seen: IntArray,
    ended: IntArray,
    stamp: int,
) -> int:
    """Drop needless and hopeless states from ``begin`` on; the number of states then.

    A state is hopeless where the work until some deadline, as :func:`slacks
    <prefixsched.kernels.dp.layered_search.slacks>` counts it, ends too late. ``seen`` and ``ended``
    are scratch, ``[N]`` each, with no entry above ``stamp``.
    """
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
        room, total = INFINITY, np.int64(0)
        for i in range(lefts):
            j = left[i]
            if j == last[e]:
                continue
            if due[j] >= INFINITY:
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
            total += min(room, MAX_SPARE)
        if room < 0:
            continue
        mask[kept], last[kept], time[kept] = mask[e], last[e], time[e]
        parent[kept], slack[kept] = parent[e], total
        kept += 1
    return kept


@kernel
def select_best(states: States, begin: int, end: int, beam: int) -> int:
    """Keep those of a layer with most slack; the number of states then."""
    mask, last, time, parent = states.mask, states.last, states.time, states.parent
    slack = states.slack
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
    """A copy twice as long."""
    longer = np.empty(2 * array.size, array.dtype)
    longer[: array.size] = array
    return longer


@kernel
def roomier(states: States) -> States:
    """The same with room for twice as many."""
    return States(
        _longer(states.mask),
        _longer(states.last),
        _longer(states.time),
        _longer(states.parent),
        _longer(states.link),
        _longer(states.slack),
    )

"""Data of the bitset stage: a problem of up to 64 queries, whose sets are machine words."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.dp.served_sets import Bits
from prefixsched.kernels.jit import kernel

MAX_QUERIES = 64
"""Queries that a word has bits for."""
DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
"""Times a power of two, its top six bits differ for each."""
BIT_INDEX = np.zeros(MAX_QUERIES, np.int64)
for _k in range(MAX_QUERIES):
    BIT_INDEX[((0x03F79D71B4CB0A89 << _k) & (2**64 - 1)) >> 58] = _k


class BitsetProblem(NamedTuple):
    """A problem of at most ``MAX_QUERIES`` queries, whatever its deadlines.

    Sets of queries are 64-bit words. Times are in ticks; the tree has N nodes in preorder.

    Parameters
    ----------
    release, setup, residual
        ``[n]``, ``[n + 1, n]``, ``[n]``; as in
        :class:`prefixsched.kernels.dp.layer.DecisionData`.
    parent, edge, token, node
        ``[N]``, ``[N]``, ``[N]``, ``[n]``; of the tree, as there.
    bit
        ``[n]``; the set of each query alone.
    least
        ``[n]``; the least that each query can cost.
    twins
        ``[n]``; those to be served before each query, which are interchangeable with it.
    savers
        ``[n]``; those that cost less right after each query than after something else.
    cheaper
        ``[n, n]``; those that cost less after column than after row.
    below
        ``[N]``; those that end at or below each node.
    step, residues
        What flow times can be: see :class:`prefixsched.exact.dp.value_grid.Grid`.
    potential
        Whether set-ups come from the tree.
    unbounded
        Whether all that was served is cached.
    """

    release: IntArray
    setup: IntArray
    residual: IntArray
    parent: IntArray
    edge: IntArray
    token: IntArray
    node: IntArray
    bit: Bits
    least: IntArray
    twins: Bits
    savers: Bits
    cheaper: Bits
    below: Bits
    step: int
    residues: IntArray
    potential: bool
    unbounded: bool


@kernel
def prepare(
    release: IntArray,
    due: IntArray,
    setup: IntArray,
    residual: IntArray,
    parent: IntArray,
    node: IntArray,
    anticipatory: bool,
) -> tuple[Bits, IntArray, Bits, Bits, Bits, Bits, int, IntArray]:
    """What :class:`BitsetProblem` holds from ``bit`` to ``residues``."""
    n = release.size
    bit = np.empty(n, np.uint64)
    for j in range(n):
        bit[j] = np.uint64(1) << np.uint64(j)
    least = np.full(n, INFINITY)
    worst = np.zeros(n, np.int64)
    step = np.int64(0)
    for i in range(n + 1):
        for j in range(n):
            if i != j:
                least[j] = min(least[j], setup[i, j])
                worst[j] = max(worst[j], setup[i, j])
                step = np.gcd(step, setup[i, j])
    savers = np.zeros(n, np.uint64)
    twins = np.zeros(n, np.uint64)
    for j in range(n):
        for k in range(n):
            if k != j and setup[j, k] < worst[k]:
                savers[j] |= bit[k]
        for i in range(j - 1, -1, -1):
            if _alike(setup, i, j):
                if due[i] <= due[j] and residual[i] <= residual[j]:
                    twins[j] |= bit[i]
                    break
    cheaper = np.zeros((n, n), np.uint64)
    for i in range(n):
        for j in range(n):
            rest = savers[j]
            while rest != 0:
                k = lowest(rest)
                if setup[j, k] < setup[i, k]:
                    cheaper[i, j] |= bit[k]
                rest &= rest - np.uint64(1)
    below = np.zeros(parent.size, np.uint64)
    for j in range(n):
        below[node[j]] |= bit[j]
    for v in range(parent.size - 1, 0, -1):
        below[parent[v]] |= below[v]
    step = max(step, 1)
    return bit, least, twins, savers, cheaper, below, step, _residues(release, step, anticipatory)


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
def down(step: int, residues: IntArray, value: int) -> int:
    """The largest flow time possible that is at most ``value``."""
    rest = value % step
    k = residues.size - 1
    while k >= 0 and residues[k] > rest:
        k -= 1
    return value - rest + (residues[k] if k >= 0 else residues[-1] - step)


@kernel
def lowest(word: int) -> int:
    """The number of the lowest bit that is set."""
    alone = word & (~word + np.uint64(1))
    return BIT_INDEX[np.int64((alone * DE_BRUIJN) >> np.uint64(58))]


@kernel
def cost_of(setup: IntArray, bit: Bits, unbounded: bool, mask: int, last: int, c: int) -> int:
    """Set-up time of ``c`` once ``mask`` has been served, ``last`` at the end."""
    n = bit.size
    if not unbounded or last == n:
        return setup[last, c]
    best = setup[n, c]
    for i in range(n):
        if mask & bit[i] != 0:
            best = min(best, setup[i, c])
    return best


@kernel
def flow_of(q: BitsetProblem, order: IntArray) -> int:
    """The largest flow time of an order."""
    n = q.release.size
    mask, last = np.uint64(0), n
    time, flow = np.int64(0), np.int64(0)
    for k in range(n):
        j = order[k]
        cost = cost_of(q.setup, q.bit, q.unbounded, mask, last, j)
        time = max(time + cost, q.release[j] + min(cost, q.residual[j]))
        flow = max(flow, time - q.release[j])
        mask |= q.bit[j]
        last = j
    return flow

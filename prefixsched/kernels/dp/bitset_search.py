"""Bitset stage: dynamic programming over sets as words, one compiled call a decision or optimum.

After Held and Karp (1962), as :mod:`prefixsched.kernels.dp.layered_search` for more queries.
"""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.dp.bitset_layers import (
    States,
    cut_layer,
    expand_layer,
    roomier,
    select_best,
    slot_of,
)
from prefixsched.kernels.dp.bitset_problem import BitsetProblem, down, flow_of
from prefixsched.kernels.jit import kernel


@kernel
def search(
    q: BitsetProblem, due: IntArray, by_due: IntArray, beam: int, prove: bool, limit: int
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
    begin, end = 0, cut_layer(q, due, by_due, states, 0, 1, seen, ended, 0)
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
            s, count = expand_layer(q, due, states, table, s, end, count)
            if count + n > states.last.size:
                states = roomier(states)
            if 2 * (count + n - end) > table.size:
                table = np.full(2 * table.size, -1, np.int64)
                for e in range(end, count):
                    table[slot_of(states.mask, table, states.mask[e])] = e
        kept = cut_layer(q, due, by_due, states, end, count, seen, ended, made)
        made += count - end
        if kept - end > beam:
            complete = False
            if prove:
                return none, 0, False, nodes
            kept = select_best(states, end, kept, beam)
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
def minimise(
    q: BitsetProblem,
    order: IntArray,
    lower: int,
    beams: IntArray,
    level: int,
    pause: int,
    limit: int,
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
    upper = flow_of(q, order)
    by_release = np.arange(n)
    nodes = 0
    while upper > lower:
        bound = down(q.step, q.residues, upper - 1)
        if bound < lower:
            break
        if nodes >= min(pause, limit) or level >= beams.size:
            return order, upper, False, level, nodes
        due, last = q.release + bound, level == beams.size - 1
        found, flow, complete, spent = search(q, due, by_release, beams[level], last, limit - nodes)
        nodes += spent
        if found.size == 0 and complete:
            break
        if found.size > 0:
            order, upper = found, flow
        if found.size == 0 or beams[level] == 1:  # a beam of one seldom finds a second
            level += 1
    return order, upper, True, level, nodes

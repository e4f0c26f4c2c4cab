"""Reuse distances of a stream, and what queries add to a dual bound on the sum of flow times."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.jit import kernel

NONE = -1
SHARES = 1024
"""Parts of a flow time in which a share of it is given."""
SLOPE_BITS = 16
"""Binary places of what a query loses by a tick of work more."""
DENSITY_BITS = 16
"""Binary places of the prices of machine time beyond those of shares of a flow time."""
RATE_BITS = 20
"""Binary places of the price of an excess token."""
NEAR = 256
"""Arrivals after a query that are looked at one by one. Then steps grow..."""
GROWTH = 32
"""...by one part in so many of the arrivals so far; a step counts as made when it begins."""
CHAIN = 64
"""Gaps of an edge that a query can pay for one by one; the others count when the last of these
does."""


class Gaps(NamedTuple):
    """Consecutive users of an edge; queries are numbered by age. Rows ascend by query.

    Parameters
    ----------
    start
        ``[n + 1]``; each query's rows.
    query, edge, before
        The query, the edge, and the user before.
    excess
        By how many tokens what is used in between, with the edge's path, exceeds the capacity.
    price
        In ticks, 0 for none; what reuse across the gap pays.
    heirs, heirs_start
        Rows by user before, and ``[n + 1]`` where they begin.
    later
        The next row of the same edge that has a price, or ``NONE``.
    total
        The prices of the same edge's rows from each on, summed.
    """

    start: IntArray
    query: IntArray
    edge: IntArray
    before: IntArray
    excess: IntArray
    price: IntArray
    heirs: IntArray
    heirs_start: IntArray
    later: IntArray
    total: IntArray


class Prices(NamedTuple):
    """Prices of machine time: sums of triangles, one over each busy period of small jobs.

    Parameters
    ----------
    density
        ``[K]``; of each class of jobs, the widest first, in 2^-(bits + DENSITY_BITS) a tick.
    left
        ``[K, n]``; what is left of the class's busy period when each query arrives.
    bits
        Binary places of a share of a flow time.
    """

    density: IntArray
    left: IntArray
    bits: int


@kernel
def _add(sums: IntArray, i: int, amount: int) -> None:
    while i < sums.size:
        sums[i] += amount
        i += i & -i


@kernel
def _up_to(sums: IntArray, i: int) -> int:
    total = np.int64(0)
    while i > 0:
        total += sums[i]
        i -= i & -i
    return total


@kernel
def reuse_distances(
    node: IntArray, parent: IntArray, depth: IntArray, level: IntArray
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Each edge that a query shares with an earlier one, and the tokens used in between.

    Parameters
    ----------
    node
        ``[n]``; where prompts end, by age.
    parent, depth, level
        ``[N]``; depths in tokens are clipped to the capacity.

    Returns
    -------
    start
        ``[n + 1]``; rows of each query.
    edge, before, tokens
        By row, deep ones first: the edge, the last query before that uses it, and the distinct
        tokens of the queries strictly between the two and of the edge's path.
    """
    n = node.size
    most = 0
    for t in range(n):
        most += level[node[t]]
    edge = np.empty(most, np.int64)
    before = np.empty(most, np.int64)
    tokens = np.empty(most, np.int64)
    start = np.zeros(n + 1, np.int64)
    stamp = np.zeros(parent.size, np.int64)
    sums = np.zeros(n + 2, np.int64)
    used = np.int64(0)
    count = 0
    for t in range(n):
        v = node[t]
        while v != 0:
            if stamp[v] > 0 and depth[v] > depth[parent[v]]:
                own = np.int64(0)
                u = v
                while u != 0 and stamp[u] == stamp[v]:
                    own += depth[u] - depth[parent[u]]
                    u = parent[u]
                edge[count] = v
                before[count] = stamp[v] - 1
                tokens[count] = used - _up_to(sums, stamp[v]) + own
                count += 1
            v = parent[v]
        v = node[t]
        while v != 0:
            size = depth[v] - depth[parent[v]]
            if stamp[v] > 0:
                _add(sums, stamp[v], -size)
                used -= size
            stamp[v] = t + 1
            _add(sums, t + 1, size)
            used += size
            v = parent[v]
        start[t + 1] = count
    return start, edge[:count], before[:count], tokens[:count]


@kernel
def link(edge: IntArray, price: IntArray, nodes: int) -> tuple[IntArray, IntArray]:
    """``Gaps.later`` and ``Gaps.total`` of rows, where there are so many nodes."""
    later = np.empty(edge.size, np.int64)
    total = np.empty(edge.size, np.int64)
    known = np.full(nodes, NONE, np.int64)
    for k in range(edge.size - 1, -1, -1):
        e = edge[k]
        later[k] = known[e]
        total[k] = price[k]
        if known[e] != NONE:
            total[k] += total[known[e]]
        if price[k] > 0:
            known[e] = k
    return later, total


@kernel
def busy_periods(release: IntArray, work: IntArray, most: int) -> tuple[IntArray, IntArray]:
    """When the jobs of at most so much work keep a server busy; and what is left at each release.

    Returns
    -------
    lengths
        Of the busy periods.
    left
        ``[n]``; until the end of the busy period in which each job, of any work, is released.
    """
    n = release.size
    begin = np.empty(n, np.int64)
    end = np.empty(n, np.int64)
    left = np.zeros(n, np.int64)
    count = 0
    for j in range(n):
        if 0 < work[j] <= most:
            if count == 0 or release[j] > end[count - 1]:
                begin[count] = release[j]
                end[count] = release[j]
                count += 1
            end[count - 1] += work[j]
    k = 0
    for j in range(n):
        while k < count and end[k] <= release[j]:
            k += 1
        if k < count and begin[k] <= release[j]:
            left[j] = end[k] - release[j]
    return end[:count] - begin[:count], left


@kernel
def least_loss(prices: Prices, j: int, work: int, share: int) -> int:
    """A bound on what query ``j`` pays, rounded down: ``SHARES - share`` parts of its flow time.

    And the price of the time in which its job, of so much ``work``, is done.
    """
    free = ((SHARES - share) << prices.bits) // SHARES
    total = free * work // 2
    for k in range(prices.density.size):
        part = min(free, (work * prices.density[k]) >> DENSITY_BITS)
        total += part * prices.left[k, j]
        free -= part
        if free == 0:
            break
    return total >> prices.bits


@kernel
def slopes(prices: Prices, new: IntArray, lost: IntArray) -> IntArray:
    """``[n]``; the price of a tick of lost work at which to pay it or to do the work is the same.

    In 2^-SLOPE_BITS, rounded up.
    """
    slope = np.zeros(new.size, np.int64)
    for j in range(new.size):
        if lost[j] > 0:
            more = least_loss(prices, j, new[j] + lost[j], 0) - least_loss(prices, j, new[j], 0)
            slope[j] = max(np.int64(0), -((-more << SLOPE_BITS) // lost[j]))
    return slope


@kernel
def due_by(gaps: Gaps, n: int) -> IntArray:
    """``[n]``; prices of an excess token, summed up to each query, in 2^-RATE_BITS."""
    due = np.zeros(n, np.int64)
    for t in range(n):
        if t > 0:
            due[t] = due[t - 1]
        for k in range(gaps.start[t], gaps.start[t + 1]):
            if gaps.price[k] > 0:
                due[t] -= (-gaps.price[k] << RATE_BITS) // gaps.excess[k]
    return due


@kernel
def _part(amount: int, tokens: int, excess: int) -> int:
    """Of an amount the part that so many of the excess tokens come to, rounded up."""
    return -(-amount * min(tokens, excess) // excess)


@kernel
def most_paid(
    release: IntArray,
    tokens_by: IntArray,
    gaps: Gaps,
    due: IntArray,
    shares: IntArray,
    j: int,
    pointer: IntArray,
    most: IntArray,
) -> None:
    """By how much what query ``j`` pays for reuse can exceed shares of its flow time.

    Parameters
    ----------
    release, tokens_by, gaps, due, shares
        See :func:`contributions`.
    pointer
        Working space, one entry a row.
    most
        ``[len(shares)]``; the result.
    """
    n = release.size
    most[:] = 0
    begin, size = gaps.heirs_start[j], gaps.heirs_start[j + 1] - gaps.heirs_start[j]
    for i in range(size):
        pointer[i] = gaps.later[gaps.heirs[begin + i]]
    tokens = tokens_by[j + 1] - tokens_by[j]
    paid = np.int64(0)  # but for ramps
    steps = 0
    t = j
    while t + 1 < n:
        next_ = t + 1
        if t - j < NEAR:
            for k in range(gaps.start[next_], gaps.start[next_ + 1]):
                if gaps.price[k] > 0 and gaps.before[k] < j:
                    paid += _part(gaps.price[k], tokens, gaps.excess[k])
        else:
            next_ = min(n - 1, t + 1 + (t - j) // GROWTH)
            paid -= -tokens * (due[next_] - due[t]) >> RATE_BITS
        ramps = np.int64(0)
        for i in range(size):
            k = gaps.heirs[begin + i]
            if gaps.price[k] > 0:
                between = tokens_by[next_ + 1] - tokens_by[j + 1]
                ramps += _part(gaps.price[k], between, gaps.excess[k])
            while pointer[i] != NONE and gaps.before[pointer[i]] <= next_:
                k = pointer[i]
                steps += 1
                paid += gaps.price[k] if steps < CHAIN else gaps.total[k]
                pointer[i] = gaps.later[k] if steps < CHAIN else NONE
        for g in range(shares.size):
            waited = shares[g] * (release[t + 1] - release[j]) // SHARES
            most[g] = max(most[g], paid + ramps - waited)
        t = next_


@kernel
def contributions(
    release: IntArray,
    tokens_by: IntArray,
    gaps: Gaps,
    prices: Prices,
    new: IntArray,
    lost: IntArray,
    slope: IntArray,
    due: IntArray,
    shares: IntArray,
    first: int,
    last: int,
) -> int:
    """What queries ``first`` to ``last`` - 1 add to the bound.

    Parameters
    ----------
    release
        ``[n]``; arrivals.
    tokens_by
        ``[n + 1]``; tokens that can be cached of all queries before each.
    gaps, prices, slope, due
        As above.
    new, lost
        ``[n]``; work of each job for certain, and beyond its gaps.
    shares
        Shares of a flow time that may pay for reuse, in parts of ``SHARES``.
    first, last
        Queries.
    """
    total = np.int64(0)
    pointer = np.empty(gaps.edge.size, np.int64)
    most = np.empty(shares.size, np.int64)
    for j in range(first, last):
        most_paid(release, tokens_by, gaps, due, shares, j, pointer, most)
        best = np.int64(0)
        for g in range(shares.size):
            none = least_loss(prices, j, new[j], shares[g]) + (slope[j] * lost[j] >> SLOPE_BITS)
            value = min(none, least_loss(prices, j, new[j] + lost[j], shares[g])) - most[g]
            if g == 0 or value > best:
                best = value
        total += best
    return total

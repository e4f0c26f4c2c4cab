"""Moore and Hodgson's rule with release times, for costs that depend on what is cached.

Queries join in a given order. When one would be late, that query is dropped, of all since the
server last idled, without which the order ends soonest (Kise, Ibaraki and Mine, Operations Research
26 (1978): optimal for fixed times and deadlines that rise with releases; here a heuristic).
"""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.heuristics.anneal_stream import Stream, cost_after, count
from prefixsched.kernels.heuristics.window import exponential
from prefixsched.kernels.jit import kernel


@kernel
def _append(
    stream: Stream,
    kept: IntArray,
    spent: IntArray,
    ends: IntArray,
    m: int,
    j: int,
    served: IntArray,
) -> None:
    """Serve ``j`` at place ``m``."""
    spent[m] = cost_after(stream, j, kept[m - 1] if m > 0 else -1, served)
    count(stream, j, 1, served)
    kept[m] = j
    ends[m] = max(ends[m - 1] if m > 0 else 0, stream.release[j]) + spent[m]


@kernel
def _saving(
    stream: Stream, kept: IntArray, spent: IntArray, p: int, m: int, served: IntArray
) -> int:
    """About how much less there is to do without the query at place ``p`` of ``m``."""
    j = kept[p]
    if stream.unbounded:  # what nobody else has had a use for
        v = stream.node[j]
        while v > 0 and served[v] < 2:
            v = stream.parent[v]
        return min(spent[p], stream.path_cost[stream.path_start[j] + stream.level[v]])
    if p + 1 == m:
        return spent[p]
    before = kept[p - 1] if p > 0 else -1
    return spent[p] + spent[p + 1] - cost_after(stream, kept[p + 1], before, served)


@kernel
def early_set(
    stream: Stream, sequence: IntArray, spare: int, heat: int, rng: np.random.Generator
) -> IntArray:
    """Drop queries until all others are on time when served in ``sequence``.

    Parameters
    ----------
    stream
        Queries, their costs and deadlines.
    sequence
        ``[m]``; queries in the order in which they are served.
    spare
        It ends once more than so many are dropped.
    heat
        Mean of the noise that is added to the end that is hoped for.
    rng
        Of all draws.

    Returns
    -------
    array
        Those dropped.
    """
    kept = np.empty(sequence.size, np.int64)
    spent = np.empty(sequence.size, np.int64)
    ends = np.empty(sequence.size, np.int64)
    dropped = np.empty(sequence.size, np.int64)
    served = np.zeros(stream.parent.size, np.int64)
    m = 0
    lost = 0
    for i in range(sequence.size):
        j = sequence[i]
        _append(stream, kept, spent, ends, m, j, served)
        m += 1
        if ends[m - 1] <= stream.due[j]:
            continue
        soonest = ends[m - 2] if m > 1 else np.int64(0)
        best = m - 1
        slack = INFINITY  # by how much all behind can move up
        for p in range(m - 1, -1, -1):
            if p < m - 1:
                end = ends[m - 1] - min(slack, _saving(stream, kept, spent, p, m, served))
                guess = end + exponential(rng, heat)
                if guess < soonest and end <= stream.due[j]:
                    soonest = guess
                    best = p
            start = ends[p] - spent[p]
            slack = min(slack, start - stream.release[kept[p]])
            if slack <= 0:
                break
        dropped[lost] = kept[best]
        lost += 1
        if lost > spare:
            break
        for p in range(m - 1, best - 1, -1):
            count(stream, kept[p], -1, served)
        m -= 1
        for p in range(best, m):
            _append(stream, kept, spent, ends, p, kept[p + 1], served)
        # Where the saving was less than it seemed, whoever came last is late still.
        if m > 0 and best < m and ends[m - 1] > stream.due[j]:
            count(stream, kept[m - 1], -1, served)
            m -= 1
            dropped[lost] = j
            lost += 1
            if lost > spare:
                break
    return dropped[:lost]

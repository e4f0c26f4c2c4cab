"""Gap filling in the layered search: states that must idle for longer than they have slack.

The bitset stage has no such rule.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import IntArray
from prefixsched.kernels.dp.layer import DecisionData, Layer
from prefixsched.kernels.dp.served_sets import served
from prefixsched.kernels.jit import kernel

Gap = tuple[int, int]
MAX_BELOW = 16
"""Queries below a node up to which it is asked whether all of them are served in one stay."""


@kernel
def _fits(
    least: IntArray, most: IntArray, pool: IntArray, longest: IntArray, count: int, gap: Gap
) -> bool:
    """Whether one or two of the first ``count`` in ``pool`` can fill a gap.

    True as well where three might: that isn't looked into. ``pool`` is sorted by
    ``least``, and ``longest`` is the most that one of its first k + 1 can take.
    """
    low, high = gap
    if count > 2 and least[pool[0]] + least[pool[1]] + least[pool[2]] <= high:
        return True
    upto = count - 1  # with query i, those after it take too long
    for k in range(count):
        i = pool[k]
        if least[i] > high:
            return False
        if most[i] >= low:
            return True
        while upto >= 0 and least[i] + least[pool[upto]] > high:
            upto -= 1
        other = min(upto, k - 1)
        if other >= 0 and longest[other] >= low - most[i]:
            return True
    return False


@kernel
def _soonest(data: DecisionData, layer: Layer, s: int, z: int, idle: int) -> int:
    """When state ``s`` can start query z at the soonest if it idles for ``idle`` at most.

    Let v be a node on z's path whose edge, less its last token if any prompt ends there
    (whoever ends at v computes that again in any case), is more than ``idle``. If the
    server left the tree below v with a query there unserved, it would compute that edge
    once more than the work counted, so all of them are served in one stay. Let y be one
    of them. If y comes before z, z starts after y's arrival; if not, y starts after its
    arrival, and from z's start on others of them are served, or the server idles.
    """
    start = data.release[z]
    v = data.node[z]
    while v > 0:
        begin, end = data.below_start[v], data.below_stop[v]
        if end - begin > MAX_BELOW:
            break
        if end - begin > 1 and data.entry_cost[v] > idle:
            total, latest = np.int64(0), np.int64(0)
            for k in range(begin, end):
                y = data.by_node[k]
                if not served(layer.bits, s, layer.first[s], y):
                    total += data.greatest_setup[y]
                    latest = max(latest, data.release[y] + data.greatest_setup[y])
            start = max(start, latest - total - idle)
        v = data.parent[v]
    return start


@kernel
def idles_too_long(
    data: DecisionData, layer: Layer, idle: IntArray, whole: IntArray
) -> npt.NDArray[np.bool_]:
    """Which states idle for longer than they can before the query that is due first.

    Let z be the unserved query that is due first, and let the server be free at t. It
    starts z no later than due(z) less the least set-up of z, and no sooner than its
    arrival (or :func:`_soonest`, where there is a tree and only the last prompt is
    cached). Until then it serves others, or idles; but all idling before z is before
    every deadline, so it is at most ``idle``. Hence the others that are served
    before z take from soonest(z) - t - idle to due(z) - least(z) - t in all, where
    each takes something between its least and its greatest set-up. Where no one and no
    two of those that can come before z do, and three take longer, the state leads nowhere.

    This needs no property of the set-ups, but that set-up doesn't begin before arrival.

    Parameters
    ----------
    idle, whole
        ``[states]``; how long each can idle before any deadline, and before the last
        one, as :func:`prefixsched.kernels.dp.layered_search.slacks` finds.
    """
    n = data.release.size
    lost = np.zeros(layer.first.size, np.bool_)
    pool, longest = np.empty(n, np.int64), np.empty(n, np.int64)
    tree_rule = data.potential and not data.unbounded
    for s in range(layer.first.size):
        if data.halt[0]:
            break
        f, t, z = layer.first[s], layer.time[s], -1
        for k in range(n):
            if not served(layer.bits, s, f, data.by_due[k]):
                z = data.by_due[k]
                break
        if z < 0:
            continue
        start = _soonest(data, layer, s, z, whole[s]) if tree_rule else data.release[z]
        low = start - t - idle[s]
        if low <= 0:
            continue
        high = data.due[z] - data.least_setup[z] - t
        count = 0
        for j in data.by_least_setup:
            if j == z or data.release[j] >= t + high or served(layer.bits, s, f, j):
                continue
            sharers_late = (
                tree_rule and data.sharers_end[j] > t + high
            )  # else it starts no later than they
            if sharers_late and _soonest(data, layer, s, j, whole[s]) >= t + high:
                continue
            pool[count] = j
            longest[count] = max(data.greatest_setup[j], longest[count - 1] if count else 0)
            count += 1
        gap = (low, high)
        lost[s] = not _fits(data.least_setup, data.greatest_setup, pool, longest, count, gap)
    return lost

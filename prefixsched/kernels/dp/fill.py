"""States that can't help idling for longer than they have slack."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import IntArray
from prefixsched.kernels.dp.layer import Layer, Queue
from prefixsched.kernels.dp.served_sets import served
from prefixsched.kernels.jit import kernel

Gap = tuple[int, int]
MOST_RELATIVES = 16
"""Queries below a node up to which their visits are looked at."""


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
def _soonest(queue: Queue, layer: Layer, s: int, z: int, idle: int) -> int:
    """When state ``s`` can start query z at the soonest if it idles for ``idle`` at most.

    Let v be a node on z's path whose edge, less its last token if any prompt ends there
    (whoever ends at v computes that again in any case), is more than ``idle``. If the
    server left the tree below v with a query there unserved, it would compute that edge
    once more than the work counted, so all of them are served in one visit. Let y be one
    of them. If y comes before z, z starts after y's arrival; if not, y starts after its
    arrival, and from z's start on others of the visit are served, or the server idles.
    """
    start = queue.release[z]
    v = queue.node[z]
    while v > 0:
        begin, end = queue.below_start[v], queue.below_stop[v]
        if end - begin > MOST_RELATIVES:
            break
        if end - begin > 1 and queue.entry_cost[v] > idle:
            total, latest = np.int64(0), np.int64(0)
            for k in range(begin, end):
                y = queue.by_node[k]
                if not served(layer.bits, s, layer.first[s], y):
                    total += queue.most[y]
                    latest = max(latest, queue.release[y] + queue.most[y])
            start = max(start, latest - total - idle)
        v = queue.parent[v]
    return start


@kernel
def idles_too_long(
    queue: Queue, layer: Layer, idle: IntArray, whole: IntArray
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
    n = queue.release.size
    lost = np.zeros(layer.first.size, np.bool_)
    pool, longest = np.empty(n, np.int64), np.empty(n, np.int64)
    visits = queue.potential and not queue.unbounded
    for s in range(layer.first.size):
        if queue.halt[0]:
            break
        f, t, z = layer.first[s], layer.time[s], -1
        for k in range(n):
            if not served(layer.bits, s, f, queue.by_due[k]):
                z = queue.by_due[k]
                break
        if z < 0:
            continue
        start = _soonest(queue, layer, s, z, whole[s]) if visits else queue.release[z]
        low = start - t - idle[s]
        if low <= 0:
            continue
        high = queue.due[z] - queue.least[z] - t
        count = 0
        for j in queue.by_least:
            if j == z or queue.release[j] >= t + high or served(layer.bits, s, f, j):
                continue
            kin_late = visits and queue.kin_end[j] > t + high  # else it starts no later than they
            if kin_late and _soonest(queue, layer, s, j, whole[s]) >= t + high:
                continue
            pool[count] = j
            longest[count] = max(queue.most[j], longest[count - 1] if count else 0)
            count += 1
        gap = (low, high)
        lost[s] = not _fits(queue.least, queue.most, pool, longest, count, gap)
    return lost

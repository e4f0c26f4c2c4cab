"""Hill climbing on an order with the cache ``lru``, where no matrix says what a query costs."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.jit import kernel
from prefixsched.kernels.online.lru_cache import NOBODY, serve


@kernel
def _worst(
    order: IntArray,
    enough: int,
    capacity: int,
    node: IntArray,
    parent: IntArray,
    depth: IntArray,
    level: IntArray,
    release: IntArray,
    path_start: IntArray,
    path_cost: IntArray,
) -> tuple[int, int]:
    """The largest flow time of an order and the place that has it; stops once past ``enough``."""
    state = np.zeros((3, parent.size), np.int64)
    leaf = np.full(order.size + 1, NOBODY, np.int64)
    rest = np.zeros(5, np.int64)
    now = np.int64(0)
    worst = np.int64(-1)
    critical = 0
    for k in range(order.size):
        j = order[k]
        v = serve(node[j], capacity, parent, depth, state, leaf, rest)
        now = max(now, release[j]) + path_cost[path_start[j] + level[v]]
        if now - release[j] > worst:
            worst = now - release[j]
            critical = k
            if worst > enough:
                break
    return worst, critical


@kernel
def climb(
    order: IntArray,
    draws: IntArray,
    capacity: int,
    node: IntArray,
    parent: IntArray,
    depth: IntArray,
    level: IntArray,
    release: IntArray,
    path_start: IntArray,
    path_cost: IntArray,
) -> tuple[IntArray, int]:
    """Move one query after another; keep what makes the largest flow time no larger.

    A query served no later than the one with the largest flow time is moved to
    some other place, which takes its work away from before that one or rearranges
    it. ``draws``, ``[moves, 2]``, are
    random numbers from 0 on that say which and where. ``depth`` is clipped to the
    capacity. A move costs O(n depth).

    Returns
    -------
    tuple
        The order, and its largest flow time.
    """
    best = order.copy()
    data = (capacity, node, parent, depth, level, release, path_start, path_cost)
    value, critical = _worst(best, INFINITY, *data)
    tried = best.copy()
    for k in range(draws.shape[0]):
        a = draws[k, 0] % (critical + 1)
        b = draws[k, 1] % order.size
        if a == b:
            continue
        tried[:] = best
        j = tried[a]
        if a < b:
            tried[a:b] = best[a + 1 : b + 1]
        else:
            tried[b + 1 : a + 1] = best[b:a]
        tried[b] = j
        found, where = _worst(tried, value, *data)
        if found <= value:
            best, tried = tried, best
            value, critical = found, where
    return best, value

"""Shortest processing time first among what waits, for works that are known."""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.jit import kernel


@kernel
def shortest_first(release: IntArray, work: IntArray) -> IntArray:
    """The order of list scheduling: whenever the server is free it takes the least work there is.

    Parameters
    ----------
    release
        ``[n]``; in rising order.
    work
        ``[n]``.
    """
    n = release.size
    order = np.empty(n, np.int64)
    waiting = [(np.int64(0), np.int64(0)) for _ in range(0)]
    now = np.int64(0)
    k = 0
    for t in range(n):
        if len(waiting) == 0:
            now = max(now, release[k])
        while k < n and release[k] <= now:
            heappush(waiting, (work[k], np.int64(k)))
            k += 1
        least, order[t] = heappop(waiting)
        now += least
    return order

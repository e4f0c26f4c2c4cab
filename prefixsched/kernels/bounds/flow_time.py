"""Preemptive shortest remaining processing time, and the work that each query brings first."""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.jit import kernel


@kernel
def shortest_remaining(release: IntArray, work: IntArray) -> int:
    """The sum of completions where what has least left to do is always served.

    Parameters
    ----------
    release
        ``[n]``; in rising order.
    work
        ``[n]``; time that each job needs.
    """
    n = release.size
    waiting = [np.int64(0) for _ in range(0)]
    now = np.int64(0)
    total = np.int64(0)
    k = 0
    while len(waiting) > 0 or k < n:
        if len(waiting) == 0:
            now = max(now, release[k])
        while k < n and release[k] <= now:
            heappush(waiting, work[k])
            k += 1
        left = heappop(waiting)
        if k < n and now + left > release[k]:
            heappush(waiting, left - (release[k] - now))
            now = release[k]
        else:
            now += left
            total += now
    return total


@kernel
def new_work(
    node: IntArray, parent: IntArray, edge: IntArray, own: IntArray, token: IntArray
) -> IntArray:
    """What no query before has computed, of all that each one needs.

    Parameters
    ----------
    node
        ``[n]``; where prompts end, in the order in which edges are shared out.
    parent, edge, own, token
        ``[N]``; each node's parent; the work of the edge above it that can be cached, and
        that can't; and of its last token.

    Returns
    -------
    array
        ``[n]``; what can be cached of an edge counts for the first query below it; of those that
        end at a node all but the first compute the last token at least.
    """
    seen = np.zeros(parent.size, np.bool_)
    ended = np.zeros(parent.size, np.bool_)
    work = np.zeros(node.size, np.int64)
    for t in range(node.size):
        end = node[t]
        least = token[end] if ended[end] else 0
        ended[end] = True
        v = end
        while v > 0:
            work[t] += own[v]
            if not seen[v]:
                seen[v] = True
                work[t] += edge[v]
            v = parent[v]
        work[t] = max(work[t], least)
    return work

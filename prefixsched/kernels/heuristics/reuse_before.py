"""Longest common prefix with any earlier prompt, for all of them in O(n)."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.jit import kernel


@kernel
def earlier_overlap(rank: IntArray, lcp: IntArray) -> IntArray:
    """The longest prefix that each prompt shares with one of a smaller rank.

    In lexicographic order a common prefix only gets shorter with distance, so
    the nearest prompt of smaller rank on either side is all that counts; a
    stack of rising ranks finds it, with the least ``lcp`` up to it.

    Parameters
    ----------
    rank
        ``[n]``; by place in the lexicographic order.
    lcp
        ``[n]``; tokens shared with the place before.

    Returns
    -------
    array
        ``[n]``; tokens, not capped; 0 where no rank is smaller.
    """
    n = rank.size
    best = np.zeros(n, np.int64)
    stack = np.empty(n, np.int64)
    shared = np.empty(n, np.int64)  # between a stack entry and the one below it
    for side in range(2):
        top = 0
        for k in range(n):
            p = k if side == 0 else n - 1 - k
            if k == 0:
                common = np.int64(0)
            else:
                common = lcp[p] if side == 0 else lcp[p + 1]
            while top > 0 and rank[stack[top - 1]] >= rank[p]:
                common = min(common, shared[top - 1])
                top -= 1
            if top > 0:
                best[p] = max(best[p], common)
            stack[top] = p
            shared[top] = common
            top += 1
    return best

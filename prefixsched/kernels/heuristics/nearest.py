"""Nearest neighbours and longest common prefixes of pairs, for matrices of a window."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.jit import kernel


@kernel
def pairwise_minima(lcp: IntArray, rows: IntArray, columns: IntArray) -> IntArray:
    """What prompts share pairwise, from what neighbours of a sorted list share.

    Parameters
    ----------
    lcp
        ``[m]``; tokens that each prompt of the list shares with the one before.
    rows, columns
        ``[a]``, ``[b]``; places in the list.

    Returns
    -------
    array
        ``[a, b]``; the least ``lcp`` between the two places; 0 where they are one.
    """
    m = lcp.size
    shared = np.zeros(m, np.int64)
    out = np.empty((rows.size, columns.size), np.int64)
    for r in range(rows.size):
        p = rows[r]
        shared[p] = 0
        for q in range(p + 1, m):
            shared[q] = lcp[q] if q == p + 1 else min(shared[q - 1], lcp[q])
        for q in range(p - 1, -1, -1):
            shared[q] = lcp[q + 1] if q == p - 1 else min(shared[q + 1], lcp[q + 1])
        for c in range(columns.size):
            out[r, c] = shared[columns[c]]
    return out


@kernel
def closest(key: IntArray, tie: IntArray, count: int) -> IntArray:
    """``[w, count]``; for each row the other columns of least ``key``, then ``tie``, ascending."""
    w = key.shape[0]
    out = np.empty((w, count), np.int64)
    for i in range(w):
        held = 0
        for j in range(w):
            if j == i:
                continue
            k = held
            while k > 0:
                other = out[i, k - 1]
                if key[i, other] < key[i, j]:
                    break
                if key[i, other] == key[i, j] and tie[i, other] <= tie[i, j]:
                    break
                if k < count:
                    out[i, k] = other
                k -= 1
            if k < count:
                out[i, k] = j
                held = min(held + 1, count)
    return out

"""Tournament tree of waiting queries over the lexicographic order: on top the longest match."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.jit import kernel


@kernel
def ranks(by_age: IntArray, position: IntArray) -> IntArray:
    """``[n]``; by position, whose turn a query is if the oldest goes first."""
    rank = np.empty(by_age.size, np.int64)
    for age in range(by_age.size):
        rank[position[by_age[age]]] = age
    return rank


@kernel
def tournament(n: int) -> IntArray:
    """An empty one of ``n`` positions: two halves, the winners above and the positions."""
    size = 1
    while size < n:
        size *= 2
    return np.full(2 * size, -1, np.int64)


@kernel
def _better(a: int, b: int, match: IntArray, rank: IntArray) -> int:
    """Of two positions (-1 for none) the one with the longer match, the older of equals."""
    if a < 0:
        return b
    if b < 0:
        return a
    if match[a] != match[b]:
        return a if match[a] > match[b] else b
    return a if rank[a] < rank[b] else b


@kernel
def replay(tree: IntArray, size: int, position: int, match: IntArray, rank: IntArray) -> None:
    """Play the matches above a position again, after its entry or its match changed."""
    i = (size + position) >> 1
    while i >= 1:
        tree[i] = _better(tree[2 * i], tree[2 * i + 1], match, rank)
        i >>= 1

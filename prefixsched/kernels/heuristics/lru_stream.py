"""A stream of queries with the cache ``lru``, as arrays, and which queries share what."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import BoolArray, IntArray
from prefixsched.kernels.jit import kernel

NOBODY = -1


class LruStream(NamedTuple):
    """What a replay needs to know; N is the number of trie nodes.

    Parameters
    ----------
    capacity
        Tokens that the cache holds.
    node
        ``[n]``; where each prompt ends.
    parent, depth, level
        ``[N]``; depths in tokens are clipped to the capacity.
    release
        ``[n]``, in ticks.
    path_start, path_cost
        What queries cost by how much is cached
        (:func:`prefixsched.model.path_costs.path_costs`).
    hot
        ``[N]``; prefixes that so many use that they are cached at any time. The root is one.
    """

    capacity: int
    node: IntArray
    parent: IntArray
    depth: IntArray
    level: IntArray
    release: IntArray
    path_start: IntArray
    path_cost: IntArray
    hot: BoolArray


@kernel
def next_users(
    queries: IntArray, node: IntArray, parent: IntArray, depth: IntArray, hot: BoolArray
) -> tuple[IntArray, IntArray]:
    """The next of ``queries`` that shares the deepest prefix with each: O(n depth).

    Returns
    -------
    after
        ``[n]``; by query, the next one below the deepest node that has one, hot
        nodes aside; ``NOBODY`` where there is none.
    shared
        ``[n]``; that node, or the root.
    """
    last = np.full(parent.size, NOBODY, np.int64)
    after = np.full(node.size, NOBODY, np.int64)
    shared = np.zeros(node.size, np.int64)
    for i in range(queries.size - 1, -1, -1):
        j = queries[i]
        u = node[j]
        while u != 0:
            known = last[u]
            if after[j] == NOBODY and known != NOBODY and not hot[u]:
                if depth[u] > depth[parent[u]]:
                    after[j] = known
                    shared[j] = u
            last[u] = j
            u = parent[u]
    return after, shared

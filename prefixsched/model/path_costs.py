"""Prefill costs by cached depth: what queries cost by how much of their path is cached."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.cost import Potential, Rectangular
from prefixsched.model.trie import Trie


def path_costs(cost: Potential | Rectangular, trie: Trie) -> tuple[IntArray, IntArray]:
    """What each query costs when the cache holds its prompt down to each of its ancestors.

    Query j's cost in ticks with the ancestor of level l cached is entry
    ``path_start[j] + l``; the last level, its own node, has the cap applied.

    Returns
    -------
    path_start
        ``[n]``; where each query's costs begin.
    path_cost
        The costs of all queries, one after another.
    """
    levels = trie.level[trie.node] + 1
    path_start = np.cumsum(levels) - levels
    path_cost = np.empty(int(levels.sum()), dtype=np.int64)
    queries, node = np.arange(len(trie.node)), trie.node.copy()
    while len(queries):
        length = trie.length[queries]
        overlap = np.minimum(trie.depth[node], length - 1)
        path_cost[path_start[queries] + trie.level[node]] = cost.prefill(length, overlap)
        inner = node > 0
        queries, node = queries[inner], trie.parent[node[inner]]
    return path_start, path_cost

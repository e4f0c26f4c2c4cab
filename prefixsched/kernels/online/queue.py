"""Cached prefixes of waiting queries, by climbing the trie from where their prompts end."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import BoolArray, IntArray
from prefixsched.kernels.jit import kernel


@kernel
def heat(node: int, parent: IntArray, hot: BoolArray) -> None:
    """Mark a node and its ancestors as cached; each is marked once in a run."""
    v = node
    while not hot[v]:
        hot[v] = True
        v = parent[v]


@kernel
def deepest_hot(nodes: IntArray, parent: IntArray, hot: BoolArray) -> IntArray:
    """The deepest cached ancestor of each node, itself included; the root is always cached."""
    found = np.empty(nodes.size, np.int64)
    for i in range(nodes.size):
        v = nodes[i]
        while not hot[v]:
            v = parent[v]
        found[i] = v
    return found


@kernel
def common(
    node: int, others: IntArray, parent: IntArray, depth: IntArray, marked: IntArray, stamp: int
) -> IntArray:
    """Tokens that the prompt ending at ``node`` shares with those that end at ``others``.

    Marks the path of ``node`` with ``stamp``, which no other path may have been marked with.
    """
    v = node
    while marked[v] != stamp:
        marked[v] = stamp
        v = parent[v]
    found = np.empty(others.size, np.int64)
    for i in range(others.size):
        v = others[i]
        while marked[v] != stamp:
            v = parent[v]
        found[i] = depth[v]
    return found

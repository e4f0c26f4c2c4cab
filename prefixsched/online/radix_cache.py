"""Radix cache with least-recently-used eviction, for servers that decide pick by pick."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.online.lru_cache import NOBODY, matches, serve
from prefixsched.model.instance import Instance
from prefixsched.model.trie import Trie


def clipped(instance: Instance) -> Trie:
    """The trie with depths clipped to the capacity: nothing deeper is ever cached."""
    assert instance.capacity is not None
    return replace(instance.trie, depth=np.minimum(instance.trie.depth, instance.capacity))


class RadixCache:
    """What is cached after some of an instance's queries were served, each at most once.

    Parameters
    ----------
    instance
        Its cache is ``lru``.
    """

    def __init__(self, instance: Instance) -> None:
        assert instance.capacity is not None
        self.trie = clipped(instance)
        self.capacity = instance.capacity
        self._state = np.zeros((3, self.trie.n_nodes), dtype=np.int64)
        self._leaf = np.full(instance.n + 1, NOBODY, dtype=np.int64)
        self._rest = np.zeros(5, dtype=np.int64)

    def serve(self, j: int) -> None:
        """Serve query ``j``: O(depth), and what it removes."""
        trie = self.trie
        serve(
            int(trie.node[j]), self.capacity, trie.parent, trie.depth,
            self._state, self._leaf, self._rest,
        )  # fmt: skip

    def matched(self, queries: IntArray) -> IntArray:
        """Cached tokens of each of ``queries``, not capped: O(depth) each."""
        trie = self.trie
        return matches(trie.node[queries], trie.parent, trie.depth, self._state)

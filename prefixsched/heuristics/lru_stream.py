"""A stream with the cache ``lru``, prepared for searches of its orders."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from prefixsched.arrays import BoolArray, IntArray
from prefixsched.kernels.heuristics.lru_stream import LruStream, next_users
from prefixsched.model.cost import Table
from prefixsched.model.instance import Instance
from prefixsched.model.path_costs import path_costs
from prefixsched.model.trie import Trie
from prefixsched.online.radix_cache import clipped

USES_A_LIFETIME = 8
"""A prefix is hot that is used so often, on average, while as many tokens are served as the cache
holds. By chance alone one such use in 3,000 would find it evicted (e^-8)."""


@dataclass(frozen=True, eq=False)
class LruSource:
    """What list scheduling and local search need to know of an instance.

    Parameters
    ----------
    instance
        Its cache is ``lru``.
    """

    instance: Instance

    @cached_property
    def stream(self) -> LruStream:
        """As arrays."""
        instance, trie = self.instance, clipped(self.instance)
        assert instance.capacity is not None
        assert not isinstance(instance.cost, Table)
        nodes = (trie.node, trie.parent, trie.depth, trie.level)
        costs = path_costs(instance.cost, trie)
        return LruStream(instance.capacity, *nodes, instance.arrival, *costs, self._hot(trie))

    def _hot(self, trie: Trie) -> BoolArray:
        """``[N]``; the nodes that are about always cached."""
        assert self.instance.capacity is not None
        users = (trie.last - trie.first).astype(np.float64)
        hot = users * self.instance.capacity >= USES_A_LIFETIME * float(self.instance.length.sum())
        hot[0] = True
        return np.asarray(hot)

    def _users(self, queries: IntArray) -> tuple[IntArray, IntArray]:
        stream = self.stream
        return next_users(queries, stream.node, stream.parent, stream.depth, stream.hot)

    @cached_property
    def after(self) -> IntArray:
        """``[n]``; the next arrival that shares the deepest prefix with each query, or -1."""
        return self._users(self.instance.by_age)[0]

    @cached_property
    def before(self) -> tuple[IntArray, IntArray]:
        """``[n]`` and ``[n]``; the last arrival before each that does, or -1, and the node."""
        return self._users(self.instance.by_age[::-1].copy())

    @cached_property
    def ticks_per_token(self) -> float:
        """What a token costs with nothing cached, on average."""
        start, cost = self.stream.path_start, self.stream.path_cost
        return float(cost[start].sum()) / max(1.0, float(self.instance.length.sum()))

    @property
    def lifetime(self) -> float:
        """Ticks in which as many tokens are computed as the cache holds."""
        return self.stream.capacity * self.ticks_per_token

"""What exact search sees where the cache is ``lru``: trie edges, and what is cached of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.cost import Potential, Table
from prefixsched.model.instance import NO_ALLOWANCE, Instance
from prefixsched.model.problem import NO_DEADLINE
from prefixsched.online.radix_cache import clipped

Runs = tuple[int, ...]
"""What is cached: sets of trie edges as bits, one for each node of the radix cache, in the order
in which they would be evicted if all of them were leaves; below before above within one path.
They have no edge in common, so their sum is all that is cached."""


@dataclass(frozen=True, eq=False)
class LruProblem:
    """A decision or minimisation with an ``lru`` cache, in the instance's ticks.

    Parameters
    ----------
    instance
        Its cache is ``lru``.
    due
        ``[n]``; the latest completions for a decision, ``NO_DEADLINE`` where
        there is none; None to minimise the largest TTFT.
    """

    instance: Instance
    due: IntArray | None = None

    tick = 1

    @property
    def n(self) -> int:
        """The number of queries."""
        return self.instance.n

    def within(self, allowance: IntArray | int) -> LruProblem:
        """The decision whether every TTFT can be at most ``allowance``, one bound or ``[n]``."""
        release = self.instance.arrival
        bound = np.broadcast_to(np.asarray(allowance, dtype=np.int64), release.shape)
        due = np.where(bound == NO_ALLOWANCE, NO_DEADLINE, release + bound)
        return replace(self, due=due)

    def max_flow(self, order: Sequence[int]) -> int:
        """The largest TTFT of an order of all queries."""
        edges, now, worst, runs = self.edges, 0, 0, Runs()
        for j in order:
            now = max(now, edges.release[j]) + edges.cost(j, sum(runs))
            worst = max(worst, now - edges.release[j])
            runs = edges.serve(runs, j)
        return worst

    @cached_property
    def edges(self) -> Edges:
        """The trie and the costs as the search uses them."""
        return Edges(self.instance)


class Edges:
    """The trie's edges down to the capacity as bits of an integer, and what queries cost.

    Parameters
    ----------
    instance
        Its cache is ``lru``.
    """

    def __init__(self, instance: Instance) -> None:
        trie = clipped(instance)
        cost = instance.cost
        assert instance.capacity is not None
        assert not isinstance(cost, Table)
        self.capacity = instance.capacity
        self.release = instance.arrival.tolist()
        self.length = instance.length.tolist()
        self.depth = trie.depth.tolist()
        self.above = [0] * trie.n_nodes  # the edges from the root to each node
        self.below = dict[int, int]()  # those that hang on the end of each edge, by its bit
        self._tokens = [0] * trie.n_nodes
        parent = trie.parent.tolist()
        for v in range(1, trie.n_nodes):
            tokens = self.depth[v] - self.depth[parent[v]]
            self.above[v] = self.above[parent[v]] | (1 << v if tokens else 0)
            self._tokens[v] = tokens
            self.below[1 << parent[v]] = self.below.get(1 << parent[v], 0) | 1 << v
        self.path = [self.above[v] for v in trie.node.tolist()]
        self._sum = dict[int, int]()
        self._hanging = dict[int, int]()
        # By query and overlap: ticks. A match ends at an edge's end.
        self.ticks: list[dict[int, int]] = []
        depths = np.unique(trie.depth)
        for j in range(instance.n):
            overlap = np.minimum(depths, self.length[j] - 1)
            ticks = cost.prefill(np.full_like(overlap, self.length[j]), overlap)
            self.ticks.append(dict(zip(depths.tolist(), ticks.tolist(), strict=True)))
        self.work = Work(instance, self)

    @property
    def remembered(self) -> int:
        """How many sums over sets of edges are kept, so as not to be made again."""
        return len(self._sum) + len(self._hanging) + len(self.work.sums)

    def tokens(self, edges: int) -> int:
        """How many tokens a set of edges has."""
        if edges not in self._sum:
            self._sum[edges] = sum(self._tokens[v] for v in bits(edges))
        return self._sum[edges]

    def hanging(self, edges: int) -> int:
        """The edges that hang on any of ``edges``, without themselves."""
        if edges not in self._hanging:
            found = 0
            for v in bits(edges):
                found |= self.below.get(1 << v, 0)
            self._hanging[edges] = found & ~edges
        return self._hanging[edges]

    def cost(self, j: int, cached: int) -> int:
        """What query ``j`` costs when the edges ``cached`` are."""
        return self.ticks[j][self.tokens(self.path[j] & cached)]

    def compared(self, runs: Runs, left: int) -> Runs:
        """What tells caches apart where the queries ``left`` are to come.

        Once all that is cached and all that is to come fit together, nothing more is evicted,
        and only what is wanted counts.
        """
        cached, wanted = sum(runs), 0
        for j in bits(left):
            wanted |= self.path[j]
        if self.tokens(cached | wanted) <= self.capacity:
            return (cached & wanted,)
        return runs

    def serve(self, runs: Runs, j: int) -> Runs:
        """What is cached after query ``j``, by the rules of :mod:`prefixsched.verifier.caches`."""
        path = self.path[j]
        kept, used, cached = [], [], sum(runs)
        for run in runs:
            if run & path:
                used.append(run & path)
            if run & ~path:
                kept.append(run & ~path)
        new = path & ~cached
        if new:
            room = self.capacity - self.tokens(new)
            while self.tokens(cached) > room:
                k = next(k for k, run in enumerate(kept) if not self.hanging(run) & cached)
                cached ^= kept.pop(k)
            used.insert(0, new)
        return (*kept, *used)


def bits(edges: int) -> Iterator[int]:
    """The positions of the ones of an integer."""
    while edges:
        low = edges & -edges
        yield low.bit_length() - 1
        edges ^= low


class Work:
    """The least work for sets of queries, whatever is served between them.

    From a moment at which the edges ``cached`` are, all of a set U of unserved
    queries can't be done before

    - each has taken the least that it ever costs: its overlap is at most what it
      shares with any other query, and at most C. This is work on U itself, so it
      begins when the first of U is there; and
    - under a potential cost, each edge of U's trie (down to C) that isn't cached
      was computed once, each query was computed from C on, and whoever ends at a
      node above C computed its last token, but for the first where the edge
      itself was still to be computed. A query outside U may compute an edge, so
      this begins when the first of all unserved queries is there.
    """

    def __init__(self, instance: Instance, edges: Edges) -> None:
        self._edges = edges
        cost, trie = instance.cost, instance.trie
        capacity = edges.capacity
        assert not isinstance(cost, Table)
        shared = np.empty_like(trie.lcp)
        shared[trie.order] = np.maximum(trie.lcp, np.append(trie.lcp[1:], 0))
        shared = np.minimum(np.minimum(shared, capacity), instance.length - 1)
        self.least: list[int] = cost.prefill(instance.length, shared).tolist()
        self.sums = dict[int, int]()
        self.potential = isinstance(cost, Potential)
        if not isinstance(cost, Potential):
            return
        depth = np.minimum(trie.depth, capacity)
        at = cost.potential(depth)
        self._edge: list[int] = (at - at[trie.parent]).tolist()
        length = instance.length
        beyond = cost.potential(length) - cost.potential(np.minimum(length, capacity))
        last = cost.potential(length) - cost.potential(length - 1)
        self._beyond: list[int] = beyond.tolist()
        self._last: list[int] = np.where(length <= capacity, last, 0).tolist()
        self._node: list[int] = trie.node.tolist()

    def of(self, queries: list[int], cached: int) -> Iterator[tuple[int, int]]:
        """Both kinds of work for the first query, the first two, and so on."""
        least, alone, seen, ended = 0, 0, 0, 0
        for j in queries:
            least += self.least[j]
            if not self.potential:
                yield least, 0
                continue
            v = 1 << self._node[j]
            seen |= self._edges.path[j]
            alone += self._beyond[j]
            if (ended | cached) & v:
                alone += self._last[j]
            ended |= v
            yield least, alone + self._time(seen & ~cached)

    def _time(self, edges: int) -> int:
        if edges not in self.sums:
            self.sums[edges] = sum(self._edge[v] for v in bits(edges))
        return self.sums[edges]

"""The radix trie of an instance's prompts, and overlaps read from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.display import Headed, query_count
from prefixsched.model.prompts import Prompts

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, eq=False, repr=False)
class Trie(Headed):
    """Radix trie over n prompts; N nodes in preorder, the root first.

    Every node's queries are a contiguous range of the lexicographic order, and
    the queries that *end* at a node come first in its range.

    Parameters
    ----------
    order
        ``[n]``; queries in lexicographic order of their prompts.
    length
        ``[n]``; prompt lengths in tokens, by query.
    lcp
        ``[n]``; tokens that each prompt of ``order`` shares with the one before; 0 first.
    parent, depth
        ``[N]``; each node's parent (the root's is itself) and depth in tokens.
    first, last
        ``[N]``; the half-open range of positions in ``order`` below each node.
    node
        ``[n]``; the node where each query's prompt ends.
    """

    order: IntArray
    length: IntArray
    lcp: IntArray
    parent: IntArray
    depth: IntArray
    first: IntArray
    last: IntArray
    node: IntArray

    def _headline(self) -> str:
        return f"of {query_count(len(self.order))}: {len(self.depth):,} nodes"

    @classmethod
    def build(cls, prompts: Prompts) -> Trie:
        """Sort the prompts and build the trie: O(segments + n log n) comparisons."""
        from prefixsched.kernels.model.trie import sort_prompts

        order, lcp = sort_prompts(prompts.offsets, prompts.labels, prompts.lengths)
        return cls.from_sorted(order, prompts.length, lcp)

    @classmethod
    def from_sorted(cls, order: IntArray, length: IntArray, lcp: IntArray) -> Trie:
        """Build the trie of prompts whose lexicographic order is known already: O(n log n)."""
        from prefixsched.kernels.model.trie import build_nodes

        parent, depth, first, last, end = build_nodes(length[order], lcp)
        preorder = np.lexsort((depth, first))
        position = np.empty_like(preorder)
        position[preorder] = np.arange(len(preorder))
        node = np.empty_like(end)
        node[order] = position[end]
        return cls(
            order,
            length,
            lcp,
            position[parent[preorder]],
            depth[preorder],
            first[preorder],
            last[preorder],
            node,
        )

    def among(self, queries: IntArray) -> Trie:
        """The trie of some of the prompts alone; the i-th of ``queries`` is its prompt i."""
        position = self.position[queries]
        order = np.argsort(position, kind="stable")
        ordered = queries[order]
        lcp = np.zeros(len(queries), dtype=np.int64)
        lcp[1:] = self.shared(ordered[:-1], ordered[1:])
        return Trie.from_sorted(order, self.length[queries], lcp)

    @property
    def n_nodes(self) -> int:
        """The number of nodes, the root included."""
        return len(self.parent)

    @cached_property
    def ending(self) -> IntArray:
        """``[N]``; how many queries end at each node."""
        return np.bincount(self.node, minlength=self.n_nodes)

    @cached_property
    def level(self) -> IntArray:
        """``[N]``; how many edges each node lies below the root."""
        level = np.zeros(self.n_nodes, dtype=np.int64)
        jump, hops = self.parent.copy(), (np.arange(self.n_nodes) > 0).astype(np.int64)
        while jump.any():  # pointer doubling: hops add up along ever longer jumps
            hops, jump = hops + hops[jump], jump[jump]
        level[:] = hops
        return level

    @cached_property
    def position(self) -> IntArray:
        """``[n]``; each query's place in ``order``."""
        position = np.empty_like(self.order)
        position[self.order] = np.arange(len(self.order))
        return position

    @cached_property
    def _minima(self) -> list[IntArray]:
        """Sparse table: entry k, i is the least of ``lcp[i : i + 2**k]``."""
        table = [self.lcp]
        while (width := 2 ** len(table)) <= len(self.lcp):
            half = table[-1]
            table.append(np.minimum(half[: len(half) - width // 2], half[width // 2 :]))
        return table

    def shared(self, i: IntArray, j: IntArray) -> IntArray:
        """Longest common prefix of queries ``i`` and ``j`` in tokens, not capped; pairwise."""
        a, b = self.position[i], self.position[j]
        low, high = np.minimum(a, b) + 1, np.maximum(a, b) + 1
        span = np.maximum(high - low, 1)
        power = np.frexp(span.astype(np.float64))[1] - 1
        common = self.length[i].copy()
        for k in np.unique(power):
            row = self._minima[k]
            use = (power == k) & (a != b)
            common[use] = np.minimum(row[low[use]], row[high[use] - (1 << int(k))])
        return common

    def overlap(self, i: IntArray, j: IntArray) -> IntArray:
        """Tokens that ``j`` reuses right after ``i``: the common prefix, not the last of j's."""
        return np.minimum(self.shared(i, j), np.maximum(self.length[j] - 1, 0))

    def overlap_matrix(self) -> IntArray:
        """``[n, n]``; capped overlaps, row the previous query, column the next."""
        from prefixsched.kernels.model.trie import overlaps

        return overlaps(self.order, self.length, self.lcp)

    def graph(self) -> nx.DiGraph[int]:
        """The trie as a networkx tree.

        Nodes carry ``depth`` (tokens) and ``queries`` (those that end there);
        edges carry ``tokens``.
        """
        import networkx as nx

        graph: nx.DiGraph[int] = nx.DiGraph()
        for v in range(self.n_nodes):
            begin = int(self.first[v])
            here = self.order[begin : begin + int(self.ending[v])].tolist()
            graph.add_node(v, depth=int(self.depth[v]), queries=here)
        for v in range(1, self.n_nodes):
            up = int(self.parent[v])
            graph.add_edge(up, v, tokens=int(self.depth[v] - self.depth[up]))
        return graph

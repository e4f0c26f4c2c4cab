"""The work bound: an interval of the queue that holds too much work for its length."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from prefixsched.cost import Potential, Rectangular, Table
from prefixsched.instance import Cache, Instance
from prefixsched.prompts import IntArray


@dataclass(frozen=True, eq=False)
class WorkBound:
    """A proven lower bound on the least possible largest TTFT.

    Parameters
    ----------
    ticks
        The bound.
    interval
        The queries that prove it, oldest first: all that arrive between two times.
    """

    ticks: int
    interval: IntArray = field(repr=False)

    @property
    def queries(self) -> tuple[int, ...]:
        """The queries of the interval."""
        return tuple(self.interval.tolist())


def work_bound(instance: Instance) -> WorkBound:
    """The best work bound over all intervals of the queue, in O(n depth log n).

    Let S be the queries that arrive from a to b. None of S starts before a; so
    if serving S takes at least W ticks of the server's time after a, the last
    of S ends at a + W or later, and arrived by b: some TTFT is at least
    a + W - b. What W may be depends on cost and cache:

    *Potential cost, cache last.* The triangle inequality holds (with the cap:
    see DESIGN 1.3), so dropping all queries but S delays none of S, and W is the
    least work for S from an empty cache, in any order. Any service of S pays
    each edge of S's trie at least once, and whoever ends at a node pays the
    edge's last token even if the node is cached. If the first to pay the edge
    above v ends at v, the other e - 1 that end there pay its last token;
    otherwise all e do. So W = sum of edges + sum of (e - 1)⁺ last tokens.

    *Potential cost, cache unbounded.* Queries outside S may have cached parts
    of S's trie. An edge below which only queries of S end is still first paid
    by one of them; other edges count for nothing, last tokens as before.

    *Any other cost.* Each query costs at least the least entry of its column;
    W is the sum over S. With anticipatory set-up the first set-up of S may run
    before a, so the largest is not counted.

    Returns
    -------
    WorkBound
        At least 0, and met by every schedule.
    """
    from prefixsched.kernels.work import sweep_last, sweep_least, sweep_unbounded

    age, cost = instance.by_age, instance.cost
    release = instance.arrival[age]
    if isinstance(cost, Potential):
        trie = instance.trie
        potential = cost.potential(trie.depth)
        edge = potential - potential[trie.parent]
        token = potential - cost.potential(np.maximum(trie.depth - 1, 0))
        tree = (trie.parent, edge, token)
        if instance.cache is Cache.LAST:
            found = sweep_last(release, trie.node[age], *tree)
        else:
            found = sweep_unbounded(release, trie.node[age], *tree, trie.ending)
    else:
        least = _least_cost(instance)[age]
        ticks, begin, end = sweep_least(release, least)
        if isinstance(cost, Table) and cost.anticipatory:
            ticks -= int(least.max())
        found = (ticks, begin, end)
    ticks, begin, end = found
    return WorkBound(max(0, int(ticks)), age[begin : end + 1])


def _least_cost(instance: Instance) -> IntArray:
    """``[n]``; the least that each query can cost, whatever was served before."""
    cost = instance.cost
    if isinstance(cost, Table):
        others = cost.matrix.copy()
        np.fill_diagonal(others, cost.start)
        least: IntArray = np.minimum(others.min(axis=0), cost.start)
        return least
    assert isinstance(cost, Rectangular)
    trie = instance.trie  # the longest overlap is with a neighbour in the lexicographic order
    shared = np.maximum(trie.lcp, np.append(trie.lcp[1:], 0))
    overlap = np.empty_like(shared)
    overlap[trie.order] = shared
    return cost.prefill(trie.length, np.minimum(overlap, trie.length - 1))

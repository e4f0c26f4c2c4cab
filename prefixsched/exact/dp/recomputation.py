"""Recomputation bound of the layered search: edges that deadlines force to be computed again.

Let v be a node, p and q queries below it, and let p be due before q is released.
In any schedule that meets all deadlines p ends by due(p) and q starts at
release(q) or later. Between the two either the edge above v is computed again,
or the server stays below v: all that it does from due(p) to release(q) is
serving queries with v cached, or idling. Service that the bound already counts
takes at most y: for each query (other than p and q) whose window meets that gap
its weight below v, or the last token of its prompt if that is more, as it is
where the prompt ends at v. So beyond what is counted, the time spent is at least

    gain(p, q) = min(e, release(q) - due(p) - y),

where e is the edge above v, less its last token if any prompt ends at v: whoever
enters anew and ends there computes that token as part of the edge, and the bound
counts it already.

In a sub-instance (:mod:`prefixsched.exact.relaxation.sub_instance`) set-up may run before its query
is there, but for its residual. Then one query released with q or later, q itself maybe, is the one
that the server works at when q is released; of what the bound counts of that one, its weight below
v less its residual may lie before. So y grows by the largest such difference. Where edges are
computed again or anew, the time from one completion to the next is no less than the set-up in
either case.

Along a chain p, q, r, … the gaps are disjoint and so are the re-entries, so
gains add up; and they add up over nodes none of which lies above another
(``cluster``), because a server that stays below one is not below the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.problem import NO_DEADLINE, WorkTree

MAX_MEMBERS = 400
"""Queries below a node; nodes with more are left out, as their pairs would be too many."""
MAX_LINKS = 6
"""Chain predecessors kept for each query, the latest due: fewer only weaken the bound."""


@dataclass(frozen=True, eq=False)
class Chains:
    """Chains of queries between which an edge is computed again, under given deadlines.

    Parameters
    ----------
    cluster
        ``[n]``; the number of the node whose recomputations each query belongs to, or -1.
    entry
        ``[clusters]``; the weight of the edge above each of those nodes.
    start, query, gain
        Query q's chain predecessors and their gains are entries
        ``start[q]:start[q + 1]`` of ``query`` and ``gain``.
    """

    cluster: IntArray
    entry: IntArray
    start: IntArray
    query: IntArray
    gain: IntArray

    def total(self) -> int:
        """The sum of the best chains, all queries unserved."""
        best = np.zeros(len(self.cluster), dtype=np.int64)
        top = np.zeros(len(self.entry), dtype=np.int64)
        for q in range(len(best)):
            own = slice(self.start[q], self.start[q + 1])
            if own.start < own.stop:
                best[q] = (best[self.query[own]] + self.gain[own]).max()
                top[self.cluster[q]] = max(top[self.cluster[q]], best[q])
        return int(top.sum())


def no_chains(n: int) -> Chains:
    """No recomputations: where there is no tree, or everything stays cached."""
    empty = np.zeros(0, dtype=np.int64)
    return Chains(
        np.full(n, -1, dtype=np.int64), empty, np.zeros(n + 1, dtype=np.int64), empty, empty
    )


def chains(tree: WorkTree, release: IntArray, due: IntArray, at_arrival: IntArray) -> Chains:
    """The chains of an antichain of nodes that promises most.

    Queries are numbered by release; ``at_arrival`` is that of their :class:`Problem`.
    Each node's promise is what its chains give with all queries unserved; from the
    leaves up, a node is taken where it promises more than those taken below it.
    """
    n = len(release)
    members: list[list[int]] = [[] for _ in tree.parent]
    for q in range(n):
        v = int(tree.node[q])
        while v > 0:
            members[v].append(q)
            v = int(tree.parent[v])
    promise = np.zeros(len(tree.parent), dtype=np.int64)
    taken = np.zeros(len(tree.parent), dtype=bool)
    links: dict[int, list[list[tuple[int, int]]]] = {}
    depth = _depth_work(tree)
    for v in range(len(tree.parent) - 1, 0, -1):
        if 1 < len(members[v]) <= MAX_MEMBERS and tree.edge[v] > 0:
            node = tree.node[members[v]]
            below = np.maximum(depth[node] - depth[v], tree.token[node])
            entry_cost = int(tree.edge[v] - tree.token[v] * (node == v).any())
            early = np.maximum(below - at_arrival[members[v]], 0)
            links[v], own = _links(release[members[v]], due[members[v]], below, early, entry_cost)
            if own > promise[v]:
                promise[v], taken[v] = own, True
        promise[tree.parent[v]] += promise[v]
    cluster = np.full(n, -1, dtype=np.int64)
    entry: list[int] = []
    per_query: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    covered = np.zeros(len(tree.parent), dtype=bool)
    for v in range(1, len(tree.parent)):  # preorder: the topmost taken node wins
        covered[v] = covered[tree.parent[v]]
        if taken[v] and not covered[v]:
            covered[v] = True
            for k, q in enumerate(members[v]):
                cluster[q] = len(entry)
                per_query[q] = [(members[v][p], gain) for p, gain in links[v][k]]
            entry.append(int(tree.edge[v]))
    start = np.concatenate(([0], np.cumsum([len(own) for own in per_query])))
    flat = [link for own in per_query for link in own]
    pairs = np.array(flat, dtype=np.int64).reshape(-1, 2)
    return Chains(
        cluster,
        np.array(entry, dtype=np.int64),
        start.astype(np.int64),
        pairs[:, 0].copy(),
        pairs[:, 1].copy(),
    )


def _depth_work(tree: WorkTree) -> IntArray:
    """``[N]``; the work from the root down to each node."""
    depth = np.zeros(len(tree.parent), dtype=np.int64)
    for v in range(1, len(depth)):
        depth[v] = depth[tree.parent[v]] + tree.edge[v]
    return depth


def _links(
    release: IntArray, due: IntArray, below: IntArray, early: IntArray, edge: int
) -> tuple[list[list[tuple[int, int]]], int]:
    """Each member's chain predecessors with their gains, and the best chain's gain."""
    m = len(release)
    links: list[list[tuple[int, int]]] = [[] for _ in range(m)]
    best = np.zeros(m, dtype=np.int64)
    for q in range(m):
        earlier = [p for p in range(q) if due[p] < release[q] and due[p] < NO_DEADLINE]
        earlier.sort(key=lambda p: -int(due[p]))
        for p in earlier[:MAX_LINKS]:
            between = (release < release[q]) & (due > due[p])
            between[[p, q]] = False
            ahead = early[release >= release[q]].max()
            gain = min(edge, int(release[q] - due[p] - below[between].sum() - ahead))
            if gain > 0:
                links[q].append((p, gain))
                best[q] = max(best[q], best[p] + gain)
    return links, int(best.max(initial=0))

"""Recomputation bound on the largest TTFT: prefixes that must be computed more than once.

Queries with a prefix in common that arrive further apart than anybody may wait can't all use it
while it is cached: an energetic argument over intervals of time, as in scheduling with set-ups.
"""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.bounds.interval import IntervalBound, bisect_refutations
from prefixsched.model.cost import Potential
from prefixsched.model.instance import Cache, Instance

MAX_EDGES_LOOKED_AT = 400_000_000
"""Edges looked at for one T at most, over all begins of the interval that are tried with all that
follows."""
KEPT_BEGINS = 64
"""Begins of intervals that are kept of those tried: the most promising; and the fewest tried."""
NEAR_QUERIES = 2_048
"""Queries from a begin on that are looked at for every begin of a longer stream."""
MAX_BISECTIONS = 4
"""How often a bisection ends with a look at all begins again."""


def recomputation_bound(instance: Instance, lower: int, upper: int) -> IntervalBound:
    """Bisect for the largest T that recomputation refutes, between two bounds.

    Suppose that every TTFT is at most T. Let e be an edge of the trie, with
    w(e) its work, d(e) the work from the root down to its lower end, and m(e)
    the same for the deepest query below e. The server *stays* below e from when
    it computes e until it serves a query that isn't below e: that long e is in
    the cache. Give each moment of server time a value for e: 1 / w(e) while e is
    computed, 1 / m(e) while the server idles in a stay below e, else 0.

    *A query q below e sees the value 1 between its opening o and its deadline
    D = r + T.* Take the last time that e was computed up to q's first token, by
    q or another; it ended by D, and the server stayed below e since then. If it
    began at o or later, its own value is 1. Otherwise let x < w(e) be how much
    of it lies after o. The server stayed below e from o + x until q started,
    hence until r. Who is served in part between o and r arrived before r and is
    due after o, and takes at most the work below e: F(length) - d(e), or its last
    token if that is more. ``o`` is such that r - o is no less than the sum of
    these and m(e); so the server idles for m(e) - x or more between o and r. The
    value is x / w(e) + (m(e) - x) / m(e) or more, which is 1 or more as w(e) ≤
    m(e). And o never needs to be before the first query below e arrives, as till
    then nobody computes e.

    *Each edge e with k queries whose spans [o, D] don't overlap, within [a, H],
    takes k w(e) of the time from a to H.* That is w(e) times its value: the time
    that e is computed, and a share w(e) / m(e) of the time idled below it. Over
    all edges it is no more than H - a: no moment computes two edges, and one that
    idles with prompt x cached counts for the edges on x's path, whose w sum up to
    F(x), while every m among them is at least F(x).

    *What is cached at a.* A query that arrives at a or later computes each edge
    that isn't cached at a after a, so that its o is a at least; and what is cached
    at a, or computed just then, lies on the path of one query x. So spans may
    begin at max(o, a), less the most that this adds to the edges of any one path.
    Who is due before a was served by then; x came after them, and so it is due
    when the last of them arrives or later.

    T is refuted where the sum over edges exceeds H - a. The greedy choice by D
    gives the largest k, for all H at once.

    Parameters
    ----------
    instance
        The stream, of any length. There is nothing to prove here unless the cost
        is a potential and the cache ``last``; then ``lower`` is returned.
    lower
        A proven lower bound in ticks.
    upper
        A TTFT that can be met.

    Returns
    -------
    IntervalBound
        At least ``lower``.

    Notes
    -----
    O(n depth) for a T and one begin a of the interval. Begins are tried with all
    that follows, spread evenly where ``MAX_EDGES_LOOKED_AT`` doesn't suffice for each, and with
    the next ``NEAR_QUERIES`` queries: once, then the most promising alone, and all once
    more where the bisection ends, as other begins are promising there. The proof
    needs no T to be monotone in what it refutes; the bisection only decides where
    to look.
    """
    edges = edges_above(instance)
    best = IntervalBound(lower, np.zeros(0, dtype=np.int64))
    if edges is None:
        return best
    for _ in range(MAX_BISECTIONS):
        found = bisect_refutations(edges.refute, best, upper)
        if found.ticks == best.ticks:
            break
        best = found
        edges.widen()
    return best


def refuted_by_recomputation(instance: Instance, ttft: int) -> tuple[int, ...] | None:
    """The queries whose recomputations prove that not every TTFT can be at most ``ttft``.

    Returns
    -------
    tuple or None
        All that arrive between two times, oldest first, with the proof of
        :func:`recomputation_bound`; None where it doesn't reach that far.
    """
    edges = edges_above(instance)
    interval = None if edges is None else edges.refute(ttft)
    return None if interval is None else tuple(interval.tolist())


def edges_above(instance: Instance) -> EdgesAbove | None:
    """What the proof needs; None where there is nothing to prove."""
    if isinstance(instance.cost, Potential) and instance.cache is Cache.LAST:
        return EdgesAbove(instance, instance.cost)
    return None


class EdgesAbove:
    """The edges above each query, by age, and the begins of intervals worth a try."""

    def __init__(self, instance: Instance, cost: Potential) -> None:
        from prefixsched.kernels.bounds.recomputation import steps

        trie, self.age = instance.trie, instance.by_age
        self.release = instance.arrival[self.age]
        self.depth = cost.potential(trie.depth)
        self.edge = self.depth - self.depth[trie.parent]
        length = instance.length[self.age]
        self.alone = cost.potential(length)
        self.last = self.alone - cost.potential(length - 1)
        self.reach = _deepest(self.depth, trie.parent)
        self.start, self.edges = steps(trie.node[self.age], trie.parent)
        self.owner = np.repeat(np.arange(instance.n), np.diff(self.start))
        self.by_edge = np.argsort(self.edges, kind="stable")
        first = np.flatnonzero(np.diff(self.release, prepend=-1))
        tried = min(len(first), max(KEPT_BEGINS, MAX_EDGES_LOOKED_AT // max(1, len(self.edges))))
        self.all_wide = first[np.linspace(0, len(first) - 1, tried).astype(int)]
        self.all_near = first if instance.n > NEAR_QUERIES else first[:0]
        self.widen()

    def widen(self) -> None:
        """Try all begins at the next T, not only those most promising at the one before."""
        self.near, self.wide = self.all_near, self.all_wide

    def refute(self, ttft: int) -> IntArray | None:
        """The queries that can't all have their first token within ``ttft``; None if they may."""
        opening = self.openings(ttft)
        self.near, interval = self._among(self.near, NEAR_QUERIES, opening, ttft)
        if interval is None:
            self.wide, interval = self._among(self.wide, len(self.age), opening, ttft)
        return interval

    def _among(
        self, first: IntArray, most: int, opening: IntArray, ttft: int
    ) -> tuple[IntArray, IntArray | None]:
        """The most promising of some begins, and the interval that refutes ``ttft``, if any."""
        excess, end = self._excess(opening, ttft, first, most)
        promising = first[np.argsort(-excess, kind="stable")[:KEPT_BEGINS]]
        if excess.max(initial=0) <= 0:
            return promising, None
        best = int(excess.argmax())
        return promising, self.age[first[best] : end[best] + 1]

    def openings(self, ttft: int) -> IntArray:
        """From when on time spent on an edge counts for each query below it."""
        from prefixsched.kernels.bounds.recomputation import openings

        return openings(
            self.by_edge, self.owner, self.edges, self.release, self.alone, self.last,
            self.reach, self.depth, ttft,
        )  # fmt: skip

    def _excess(
        self, opening: IntArray, ttft: int, first: IntArray, most: int
    ) -> tuple[IntArray, IntArray]:
        from prefixsched.kernels.bounds.recomputation import recomputation_excess

        return recomputation_excess(
            self.start, self.edges, opening, self.release, self.edge, ttft, first, most
        )


def _deepest(depth: IntArray, parent: IntArray) -> IntArray:
    """``[N]``; the largest depth at or below each node."""
    deepest = depth.copy()
    for v in range(len(parent) - 1, 0, -1):
        deepest[parent[v]] = max(deepest[parent[v]], deepest[v])
    return deepest

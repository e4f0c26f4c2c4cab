"""Work that a cache of the last prompt forces anew, for those who are on time.

Family set-ups (Schutten, van de Velde and Zijm, Management Science 42 (1996)): jobs of a family
that release times and deadlines keep apart can't share one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.cost import Potential
from prefixsched.model.instance import Instance

if TYPE_CHECKING:
    from prefixsched.kernels.bounds.deletion import ForcedWork, Residual
    from prefixsched.kernels.bounds.priced_windows import Helpers

SHARE_OF_MEAN = 20
"""A late query counts by halves if somebody younger has an edge with it that takes no less than
such a part of a query's mean cost with nothing cached. On an hour of 12,031 queries at a quarter
of the capacity 2, 8 and 20 prove a P99 of 7.26, 7.35 and 7.37 s."""
PRICED_LENGTH = 64
"""Queries in a window at most where late ones count by halves."""


class WorkOfClusters:
    """What queries on time take with the cache ``last`` and a potential cost.

    Call a query *on time* if it completes by its due time. Let w(e) be the work of an edge e of
    the trie (less the last token of those that end there), and f(q, e) what query q costs when all
    above e is cached: e and all below. A query *uses* the edges on its path.

    *Clusters.* The users of e that have a due time, in the order of arrival, are cut wherever every
    query y after the cut and every x before it have r_y - f(y, e) ≥ due_x. As there are more users
    above e, and f is more there, who is in one cluster of e is in one of each edge above.

    *Forced work.* A window has members, who arrive from a on and are due by H; let S be those of
    them that are on time, t_1, t_2, … in the order of service. The times [a, C(t_1)] and
    [C(t_(i-1)), C(t_i)] are disjoint parts of [a, H]. Count the last token of each
    of S, and for each edge e and each of its clusters w(e) at the first t_i in that cluster.

    *For i > 1 the part has the time for what is counted at j = t_i.* Let k be t_(i-1). Others may
    be served between them, late or not members; yet by the triangle inequality the part has
    p(k, j) or more: all that is counted of edges that k doesn't use, and the last token.
    If k uses an edge that is counted, they are in different clusters, as j is the first. k can't
    be in the one of later arrivals: it starts before j completes, but r_k > due_j there. So
    C(k) ≤ due_k ≤ r_j - f(j, e) for the uppermost such edge e. All that is counted is e or below
    it, because an edge above e has k in j's own cluster. Since j starts at r_j or later, the
    part is no shorter than f(j, e). Others may warm the cache for j: they do it in this time.

    *For i = 1 a residual set-up may be spared.* Let k be the last query that starts before a.
    After a there is p(k, j) to do for j = t_1, and k arrived before a: so no more is spared
    than what is counted at j of edges that a query arriving before a uses. And j isn't done before
    r_j + p(l, j), where l is the last to start before r_j: so no more is spared than what is
    counted at j of edges that a query before j uses, less r_j - a.

    So the sum over S of last tokens + the sum of w(e) over the clusters of e that some of S are
    in, less the most that one of S is spared, is at most H - a. The same holds of any part of the
    clusters: those are left out that have someone who arrives before a. The rest is as
    in :func:`~prefixsched.bounds.deletion.least_late`; who is late is spared nothing.

    *Each late query helps once.* Let no more than K be late; if it follows that more are, they are.
    Let queries be due in the order of arrival, and windows be disjoint. A window's first, j, is
    spared nothing that k, the last query that starts before a, doesn't use. If k is on time, it
    completes by due_k, and as nobody starts between it and a, all those are late that arrive
    after due_k and are due before a. So if they are more than K, then k is late. For two windows
    to have the same late k, nobody starts from the begin a of the one to the begin a' of the
    other. Let x be the first after k of those on time that are members of any window chosen.
    If x is one of the window from a', then that from a may be spared as well, but only edges of
    clusters that have someone younger than its last member. If x is one of the window from a,
    then nothing is spared in the other: there an edge counts only in clusters without anybody
    who arrives before a', and x is on time, so that the argument for i > 1 holds with k = x.
    Hence if such edges, and those that a query uses that may have been k on time, are spared for
    nothing, each late k is needed by one window at most. Its unit is split: a half counts where
    it is missing, and a half where it helps; or all of it where it is missing, and it helps for
    nothing. A window counts the least sum of halves that covers its excess. (If the latest user
    of an edge before a can't have been k on time, no other can.)

    Parameters
    ----------
    instance
        With the cache ``last``.
    cost
        Its cost.
    """

    def __init__(self, instance: Instance, cost: Potential) -> None:
        from prefixsched.kernels.bounds.recomputation import steps

        trie, age = instance.trie, instance.by_age
        self.release = instance.arrival[age]
        ends = np.zeros_like(trie.depth)
        ends[trie.node] = 1
        self.above = cost.potential(trie.depth[trie.parent])
        self.edge = cost.potential(trie.depth - ends) - self.above
        self.alone = cost.potential(instance.length[age])
        self.last = self.alone - cost.potential(instance.length[age] - 1)
        self.start, self.edges = steps(trie.node[age], trie.parent)
        self.tied = np.searchsorted(self.release, self.release, side="right") - 1
        self.owner = np.repeat(np.arange(instance.n), np.diff(self.start))
        self.by_edge = np.argsort(self.edges, kind="stable")

    def by(self, due: IntArray) -> tuple[ForcedWork, Residual]:
        """The work for due times, ``[n]`` by age; and what of it one query may be spared."""
        from prefixsched.kernels.bounds.deletion_last import clusters, clusters_as_items

        found = clusters(
            self.by_edge, self.owner, self.edges, self.release, due, self.alone, self.above,
            self.edge,
        )  # fmt: skip
        forced, residual = clusters_as_items(
            self.start, self.edges, *found, self.last, self.tied, len(self.edge)
        )
        return forced, residual

    def helpers(self, due: IntArray, forced: ForcedWork, most: int) -> Helpers:
        """Who may help whom, where no more than ``most`` are late; due times rise by age."""
        from prefixsched.kernels.bounds.priced_windows import Helpers

        n = len(self.release)
        users = self.owner[self.by_edge]
        begin = np.searchsorted(self.edges[self.by_edge], np.arange(len(self.edge) + 1))
        last = np.append(np.diff(self.edges[self.by_edge]) != 0, True)
        price = np.full(n, 2)
        large = SHARE_OF_MEAN * n * self.edge >= self.alone.sum()
        price[users[~last & large[self.edges[self.by_edge]]]] = 1
        dear = np.full(len(self.edge), n)
        np.minimum.at(dear, self.edges, np.where(price[self.owner] == 2, self.owner, n))
        due_before = np.searchsorted(due, self.release, side="left")
        arrive_after = np.searchsorted(self.release, due, side="right")
        since = np.searchsorted(arrive_after, due_before - most, side="left")
        youngest = np.full(len(forced.weight), -1)
        np.maximum.at(youngest, forced.item, np.repeat(np.arange(n), np.diff(forced.start)))
        return Helpers(price, since, self.edges, begin, users, youngest, dear)

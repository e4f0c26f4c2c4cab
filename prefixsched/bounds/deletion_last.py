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

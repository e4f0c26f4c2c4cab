"""Work on edges that is done anew in each cluster of their users, for deletion bounds.

Queries are numbered by release; *steps* are those of
:func:`prefixsched.kernels.bounds.recomputation.steps`. The proof is in
:mod:`prefixsched.bounds.deletion_last`.
"""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.bounds.deletion import ForcedWork, Residual
from prefixsched.kernels.jit import kernel


@kernel
def clusters(
    by_edge: IntArray,
    owner: IntArray,
    edges: IntArray,
    release: IntArray,
    due: IntArray,
    alone: IntArray,
    above: IntArray,
    edge: IntArray,
) -> tuple[IntArray, IntArray, IntArray]:
    """The clusters of the users of each edge that have a deadline.

    Parameters
    ----------
    by_edge
        All steps, by edge and then by query.
    owner, edges
        Each step's query and edge.
    release, due, alone
        ``[n]``; arrivals, latest completions that are on time, costs with nothing cached.
    above, edge
        ``[N]``; work from the root to the upper end of the edge above each node, and of that edge.

    Returns
    -------
    array
        Each step's cluster; -1 where the edge takes no work, or the query may be late.
    array
        The work of each cluster's edge.
    array
        How many users each has.
    """
    cluster = np.full(edges.size, -1, np.int64)
    work = np.empty(edges.size, np.int64)
    users = np.zeros(edges.size, np.int64)
    latest = np.empty(edges.size, np.int64)  # when the last due before must be, by the younger ones
    made = 0
    begin = 0
    while begin < by_edge.size:
        v = edges[by_edge[begin]]
        end = begin
        while end < by_edge.size and edges[by_edge[end]] == v:
            end += 1
        if edge[v] > 0:
            least = INFINITY
            for place in range(end - 1, begin - 1, -1):
                q = owner[by_edge[place]]
                if due[q] < INFINITY:
                    least = min(least, release[q] - (alone[q] - above[v]))
                latest[place] = least
            most, some = -INFINITY, made
            for place in range(begin, end):
                k = by_edge[place]
                if due[owner[k]] >= INFINITY:
                    continue
                if made == some or latest[place] >= most:
                    work[made] = edge[v]
                    made += 1
                cluster[k] = made - 1
                users[made - 1] += 1
                most = max(most, due[owner[k]])
        begin = end
    return cluster, work[:made], users[:made]


@kernel
def clusters_as_items(
    start: IntArray,
    edges: IntArray,
    cluster: IntArray,
    work: IntArray,
    users: IntArray,
    own: IntArray,
    tied: IntArray,
    nodes: int,
) -> tuple[ForcedWork, Residual]:
    """Forced work in which the edge of a cluster counts once, from the first of its users on.

    Parameters
    ----------
    start, edges, cluster
        Steps, and the cluster of each.
    work, users
        Of each cluster.
    own
        ``[n]``; what queries take by themselves, beside edges.
    tied
        ``[n]``; the last query that arrives when each does.
    nodes
        Of the trie.
    """
    n = start.size - 1
    alone = own.copy()
    number = np.full(work.size, -1, np.int64)
    weight = np.empty(work.size, np.int64)
    shared = 0
    for c in range(work.size):
        if users[c] > 1:
            number[c] = shared
            weight[shared] = work[c]
            shared += 1
    since = np.full(shared, -1, np.int64)
    begin = np.zeros(n + 1, np.int64)
    item = np.empty(cluster.size, np.int64)
    used = 0
    earliest = np.full(nodes, -1, np.int64)
    first = np.empty(edges.size, np.int64)
    ticks = np.zeros(edges.size, np.int64)
    number_of = np.full(edges.size, -1, np.int64)
    for q in range(n):
        for k in range(start[q], start[q + 1]):
            if earliest[edges[k]] < 0:
                earliest[edges[k]] = q
            first[k] = earliest[edges[k]]
            c = cluster[k]
            if c < 0:
                continue
            ticks[k] = work[c]
            number_of[k] = number[c]
            if number[c] < 0:
                alone[q] += work[c]
                continue
            if since[number[c]] < 0:
                since[number[c]] = tied[q]
            item[used] = number[c]
            used += 1
        begin[q + 1] = used
    forced = ForcedWork(alone, begin, item[:used], weight[:shared], since)
    return forced, Residual(start, first, ticks, number_of)

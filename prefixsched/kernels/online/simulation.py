"""Event-driven simulation of FCFS, LPM and k-LPM without scanning the waiting set.

Queries sit at their positions in the lexicographic order, where every trie node
is a range. A tree over the positions answers "the best waiting query in this
range" in O(log n), so a pick costs O(depth log n).
"""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.jit import kernel
from prefixsched.kernels.online.tournament import ranks, replay, tournament


@kernel
def _set_least(tree: IntArray, size: int, position: int, value: int) -> None:
    """Put ``value`` at a position and restore the minima above it."""
    i = size + position
    tree[i] = value
    i >>= 1
    while i >= 1:
        least = min(tree[2 * i], tree[2 * i + 1])
        if tree[i] == least:
            break
        tree[i] = least
        i >>= 1


@kernel
def _least(tree: IntArray, size: int, begin: int, end: int) -> int:
    """The least value at positions ``begin`` to ``end - 1``; ``INFINITY`` without any."""
    least = INFINITY
    a = size + begin
    b = size + end
    while a < b:
        if a & 1:
            least = min(least, tree[a])
            a += 1
        if b & 1:
            b -= 1
            least = min(least, tree[b])
        a >>= 1
        b >>= 1
    return least


@kernel
def _longest_match(
    tree: IntArray,
    size: int,
    cached: int,
    parent: IntArray,
    depth: IntArray,
    first: IntArray,
    last: IntArray,
    ending: IntArray,
) -> int:
    """The age rank of the waiting query with the longest capped overlap, the oldest of equals.

    Climbs from the cached prompt's node. A query that goes on below a node v
    overlaps in depth(v) tokens, one that ends at v in depth(v) - 1, which ties
    with those that leave the path at the parent if that is one token up.
    """
    v = cached
    while True:
        below = first[v] + ending[v]
        pick = _least(tree, size, below, last[v])
        if pick != INFINITY or v == 0:
            return pick
        pick = _least(tree, size, first[v], below)
        up = parent[v]
        if pick != INFINITY:
            if depth[up] == depth[v] - 1:
                pick = _least(tree, size, first[up] + ending[up], last[up])
            return pick
        v = up


@kernel
def simulate_last(
    release: IntArray,
    by_age: IntArray,
    length: IntArray,
    node: IntArray,
    position: IntArray,
    parent: IntArray,
    depth: IntArray,
    level: IntArray,
    first: IntArray,
    last: IntArray,
    ending: IntArray,
    path_start: IntArray,
    path_cost: IntArray,
    period: int,
    phase: int,
) -> tuple[IntArray, IntArray, IntArray]:
    """Run a cycle of oldest and longest match with a cache of the last prompt.

    Returns
    -------
    tuple of arrays
        The order, and by query its completion and reused tokens.
    """
    n = release.size
    order = np.empty(n, np.int64)
    completion = np.empty(n, np.int64)
    reused = np.empty(n, np.int64)
    served = np.zeros(n, np.bool_)
    size = 1
    while size < n:
        size *= 2
    matching = period != 1
    tree = np.full(2 * size if matching else 1, INFINITY)
    now = np.int64(0)
    cached = np.int64(0)
    arrived = 0
    oldest = 0
    for t in range(n):
        while served[oldest]:
            oldest += 1
        if oldest >= arrived:
            now = max(now, release[by_age[oldest]])
        while arrived < n and release[by_age[arrived]] <= now:
            if matching:
                _set_least(tree, size, position[by_age[arrived]], arrived)
            arrived += 1
        if period > 0 and t % period == phase:
            pick = oldest
        else:
            pick = _longest_match(tree, size, cached, parent, depth, first, last, ending)
        j = by_age[pick]
        served[pick] = True
        if matching:
            _set_least(tree, size, position[j], INFINITY)
        common = cached
        other = node[j]
        while common != other:  # preorder: the larger number is the deeper or the later
            if common > other:
                common = parent[common]
            else:
                other = parent[other]
        now += path_cost[path_start[j] + level[common]]
        reused[j] = min(depth[common], length[j] - 1)
        cached = node[j]
        order[t] = j
        completion[j] = now
    return order, completion, reused


@kernel
def simulate_unbounded(
    release: IntArray,
    by_age: IntArray,
    length: IntArray,
    node: IntArray,
    position: IntArray,
    lexicographic: IntArray,
    parent: IntArray,
    depth: IntArray,
    level: IntArray,
    first: IntArray,
    last: IntArray,
    path_start: IntArray,
    path_cost: IntArray,
    period: int,
    phase: int,
) -> tuple[IntArray, IntArray, IntArray]:
    """Run a cycle of oldest and longest match with everything processed cached.

    A trie node becomes hot when a query below it is served, and once only;
    then the queries below it, where no deeper node is hot, match down to it.
    So each query's match changes at most as often as it has ancestors.

    Returns
    -------
    tuple of arrays
        The order, and by query its completion and reused tokens.
    """
    n = release.size
    order = np.empty(n, np.int64)
    completion = np.empty(n, np.int64)
    reused = np.empty(n, np.int64)
    served = np.zeros(n, np.bool_)
    hot = np.zeros(parent.size, np.bool_)
    hot[0] = True
    match = np.zeros(n, np.int64)  # by position: capped tokens, and the hot node's level
    match_level = np.zeros(n, np.int64)
    rank = ranks(by_age, position)
    matching = period != 1
    tree = tournament(n if matching else 0)
    size = tree.size // 2
    now = np.int64(0)
    arrived = 0
    oldest = 0
    for t in range(n):
        while served[oldest]:
            oldest += 1
        if oldest >= arrived:
            now = max(now, release[by_age[oldest]])
        while arrived < n and release[by_age[arrived]] <= now:
            if matching:
                p = position[by_age[arrived]]
                tree[size + p] = p
                replay(tree, size, p, match, rank)
            arrived += 1
        if period > 0 and t % period == phase:
            j = by_age[oldest]
        else:
            j = lexicographic[tree[1]]
        p = position[j]
        served[rank[p]] = True
        now += path_cost[path_start[j] + match_level[p]]
        reused[j] = match[p]
        order[t] = j
        completion[j] = now
        if matching:
            tree[size + p] = -1
            replay(tree, size, p, match, rank)
        v = node[j]
        inner_first = first[v]
        inner_last = first[v]
        while not hot[v]:
            hot[v] = True
            for side in range(2):
                begin = first[v] if side == 0 else inner_last
                end = inner_first if side == 0 else last[v]
                for q in range(begin, end):
                    match[q] = min(depth[v], length[lexicographic[q]] - 1)
                    match_level[q] = level[v]
                    if matching and tree[size + q] >= 0:
                        replay(tree, size, q, match, rank)
            inner_first = first[v]
            inner_last = last[v]
            v = parent[v]
    return order, completion, reused

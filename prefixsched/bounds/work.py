"""Work bound on the largest TTFT: an interval with more work than time."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.bounds.interval import IntervalBound
from prefixsched.model.cost import Potential, Table
from prefixsched.model.instance import Cache, Instance

MAX_QUERIES_LOOKED_AT = 50_000_000
"""How many queries :func:`_warm` looks at, over all intervals that it tries."""


def work_bound(instance: Instance) -> IntervalBound:
    """The best work bound found over the intervals of the queue.

    Let S be the queries that arrive from a to b. None of S starts before a; so
    if the server is busy for at least W ticks between a and the end of S, that
    end is a + W or later. Its query arrived by b, so some TTFT is at least
    a + W - b. What W may be depends on cost and cache:

    *Potential cost, cache last* (``_warm``). Let k be the query whose prefill
    ended last before a or runs at a; nothing else of before a is cached when
    the first of S starts. Every edge of S's trie that isn't on k's path is
    computed after a, by a query of S or another, and that takes its weight.
    Moreover whoever ends at a node computes that edge's last token even when
    it is cached: where e of S end at a node, the last token is computed e - 1
    times beside the edge's own first time. So W is the sum of S's edges, plus
    (e - 1)⁺ last tokens, less the deepest path that S shares with any query
    that arrives before a. (It is tempting to drop the last part, as a schedule
    for S alone would begin with an empty cache. But dropping the others from a
    schedule *can* delay S: they warm the cache while S hasn't arrived.)

    *Potential cost, either cache* (``sweep_fresh``). An edge that no query of
    before a has can't be cached at a, so its first computation is after a,
    whoever makes it; a cached edge costs its last token to whoever ends there.

    *Any other cost, and the cache lru* (``sweep_least``). Each query costs at least
    the least entry of its column (with ``lru``, what it costs with its longest
    overlap with any other, or with as much as the cache holds), and W is the sum
    over S. With anticipatory set-up the first
    set-up of S may run before a, so the largest is not counted.

    Returns
    -------
    IntervalBound
        At least 0; no schedule does better.

    Notes
    -----
    O(n depth log n) for the sweeps. ``_warm`` then spends O(n depth) on each
    interval start that looks best with an empty cache, up to ``MAX_QUERIES_LOOKED_AT``.
    """
    from prefixsched.kernels.bounds.work import sweep_fresh, sweep_least

    age, cost = instance.by_age, instance.cost
    release = instance.arrival[age]
    if isinstance(cost, Potential):
        trie = instance.trie
        potential = cost.potential(trie.depth)
        edge = potential - potential[trie.parent]
        token = potential - cost.potential(np.maximum(trie.depth - 1, 0))
        tree = (trie.node[age], trie.parent, edge, token)
        best = sweep_fresh(release, *tree)
        if instance.cache is Cache.LAST:
            best = max(best, _warm(release, tree, potential, best[0]), key=lambda found: found[0])
        elif instance.cache is Cache.LRU:
            least = least_cost(instance)[age]
            best = max(best, sweep_least(release, least), key=lambda found: found[0])
    else:
        least = least_cost(instance)[age]
        best = sweep_least(release, least)
        if isinstance(cost, Table) and cost.anticipatory:
            best = (best[0] - int(least.max()), *best[1:])
    ticks, begin, end = best
    return IntervalBound(max(0, int(ticks)), age[begin : end + 1])


def _warm(
    release: IntArray,
    tree: tuple[IntArray, IntArray, IntArray, IntArray],
    potential: IntArray,
    known: int,
) -> tuple[int, int, int]:
    """The best interval for a server that may have one path of it cached at its start.

    Starts are tried in the order of their value with an empty cache, an upper
    bound on what they can give, until none can beat the best.
    """
    from prefixsched.kernels.bounds.work import first_release, interval_warm, sweep_cold

    value, begin = sweep_cold(release, *tree)
    first = first_release(release, *tree[:2])
    seen, ended = np.full_like(first, -1), np.full_like(first, -1)
    best = (known, 0, 0)
    steps, tried = 0, set[int]()
    for t in np.argsort(-value, kind="stable"):
        i = int(begin[t])
        if value[t] <= best[0] or steps > MAX_QUERIES_LOOKED_AT:
            break
        if i not in tried:
            tried.add(i)
            steps += len(release) - i
            ticks, end = interval_warm(i, release, *tree, potential, first, seen, ended)
            best = max(best, (int(ticks), i, int(end)))
    return best


def least_cost(instance: Instance) -> IntArray:
    """``[n]``; the least that each query can cost, whatever was served before."""
    cost = instance.cost
    if isinstance(cost, Table):
        others = cost.matrix.copy()
        np.fill_diagonal(others, cost.start)
        least: IntArray = np.minimum(others.min(axis=0), cost.start)
        return least
    trie = instance.trie  # the longest overlap is with a neighbour in the lexicographic order
    shared = np.maximum(trie.lcp, np.append(trie.lcp[1:], 0))
    overlap = np.empty_like(shared)
    overlap[trie.order] = shared
    if instance.capacity is not None:
        overlap = np.minimum(overlap, instance.capacity)
    return cost.prefill(trie.length, np.minimum(overlap, trie.length - 1))

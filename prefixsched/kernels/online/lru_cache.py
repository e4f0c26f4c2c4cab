"""Radix cache with least-recently-used eviction, on the nodes of the prompts' trie.

All that is ever cached ends at trie nodes: a match ends where a prompt ends or
leaves what is cached, and a run removed begins and ends where matches did. (Where
a prompt is longer than the cache it ends at C; so the trie comes with depths
clipped to C, and nodes whose edge is then empty are never cached.) So a trie node
stands for the edge above it, and a node of the radix cache is a chain of such
edges, the lowest of which is marked as a cut. See :mod:`prefixsched.verifier.caches` for
the rules; the verifier's cache there shares nothing with this one.

No two leaves have the same stamp, so the leaf of each stamp is kept in an array.
Whoever is below is never stamped later than whoever is above, so the least stamp
of a leaf never falls: one index walks up through a whole run, and finding what to
remove takes O(1) amortised. A prompt takes O(depth), and what it adds is removed
at most once.
"""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.jit import kernel
from prefixsched.kernels.online.tournament import ranks, replay, tournament

STAMP, CUT, CHILDREN = 0, 1, 2
"""Rows of the state, ``[3, N]``: the stamp of an edge (0 where it isn't cached), whether a run
ends there, and how many edges right below are cached."""
TOKENS, OLDEST, SERVED, PINNED, END = 0, 1, 2, 3, 4
"""The rest, ``[5]``: tokens cached, no leaf has a lesser stamp than this, prompts served, and of
the prompt being served the deepest node that was cached and the deepest that will be."""
NOBODY = -1


@kernel
def deepest_cached(node: int, parent: IntArray, state: IntArray) -> int:
    """The deepest cached ancestor of a node, itself included; the root counts as cached."""
    v = node
    while v != 0 and state[STAMP, v] == 0:
        v = parent[v]
    return v


@kernel
def pin(
    node: int,
    parent: IntArray,
    depth: IntArray,
    state: IntArray,
    leaf: IntArray,
    rest: IntArray,
) -> int:
    """Begin to serve the prompt that ends at ``node``: match, split, stamp.

    Returns
    -------
    int
        The node where the match ends.
    """
    end = node
    while end != 0 and depth[end] == depth[parent[end]]:  # past the capacity
        end = parent[end]
    pinned = deepest_cached(end, parent, state)
    rest[SERVED] += 1
    rest[PINNED] = pinned
    rest[END] = end
    state[CUT, pinned] = 1
    u = pinned
    while u != 0:
        if leaf[state[STAMP, u]] == u:
            leaf[state[STAMP, u]] = NOBODY
        state[STAMP, u] = rest[SERVED]
        u = parent[u]
    return pinned


@kernel
def remove_oldest(
    capacity: int,
    parent: IntArray,
    depth: IntArray,
    state: IntArray,
    leaf: IntArray,
    rest: IntArray,
) -> int:
    """Remove one run, where the prompt that is being served doesn't fit yet.

    Returns
    -------
    int
        The highest node removed; ``NOBODY`` where the prompt fits.
    """
    pinned = rest[PINNED]
    if rest[TOKENS] + depth[rest[END]] - depth[pinned] <= capacity:
        return NOBODY
    while leaf[rest[OLDEST]] == NOBODY:
        rest[OLDEST] += 1
    u = leaf[rest[OLDEST]]
    leaf[rest[OLDEST]] = NOBODY
    state[CUT, u] = 0
    top = u
    while True:
        top = u
        state[STAMP, u] = 0
        up = parent[u]
        rest[TOKENS] -= depth[u] - depth[up]
        state[CHILDREN, up] -= 1
        u = up
        if u == 0 or state[CUT, u] == 1:
            break
    if u not in (0, pinned) and state[CHILDREN, u] == 0:
        leaf[state[STAMP, u]] = u
    return top


@kernel
def insert(
    parent: IntArray, depth: IntArray, state: IntArray, leaf: IntArray, rest: IntArray
) -> None:
    """End serving: cache what is left of the prompt, for which there is room."""
    pinned, end, stamp = rest[PINNED], rest[END], rest[SERVED]
    u = end
    while u != pinned:
        state[STAMP, u] = stamp
        state[CHILDREN, parent[u]] += 1
        u = parent[u]
    if end != 0:
        state[CUT, end] = 1
        if state[CHILDREN, end] == 0:
            leaf[stamp] = end
    rest[TOKENS] += depth[end] - depth[pinned]


@kernel
def serve(
    node: int,
    capacity: int,
    parent: IntArray,
    depth: IntArray,
    state: IntArray,
    leaf: IntArray,
    rest: IntArray,
) -> int:
    """Serve the prompt that ends at ``node``; the node where its match ended."""
    pinned = pin(node, parent, depth, state, leaf, rest)
    while remove_oldest(capacity, parent, depth, state, leaf, rest) != NOBODY:
        pass
    insert(parent, depth, state, leaf, rest)
    return pinned


@kernel
def matches(nodes: IntArray, parent: IntArray, depth: IntArray, state: IntArray) -> IntArray:
    """Cached tokens of the prompts that end at ``nodes``, not capped."""
    found = np.empty(nodes.size, np.int64)
    for i in range(nodes.size):
        found[i] = depth[deepest_cached(nodes[i], parent, state)]
    return found


@kernel
def _next_waiting(tree: IntArray, size: int, begin: int, end: int) -> int:
    """The first waiting position from ``begin`` on, or ``end``: O(log n)."""
    if begin >= end:
        return end
    i = size + begin
    if tree[i] >= 0:
        return begin
    while True:  # up until a right neighbour has somebody
        while i & 1:
            i >>= 1
            if i == 0:
                return end
        if i == 0:
            return end
        i += 1
        if tree[i] >= 0:
            break
    while i < size:
        i *= 2
        if tree[i] < 0:
            i += 1
    return min(i - size, end)


@kernel
def _rematch(
    begin: int,
    end: int,
    cached: int,
    depth: IntArray,
    level: IntArray,
    length: IntArray,
    tree: IntArray,
    size: int,
    match: IntArray,
    match_level: IntArray,
    rank: IntArray,
) -> None:
    """Let those waiting at positions ``begin`` to ``end - 1`` match down to ``cached``."""
    q = _next_waiting(tree, size, begin, end)
    while q < end:
        match[q] = min(depth[cached], length[q] - 1)
        match_level[q] = level[cached]
        replay(tree, size, q, match, rank)
        q = _next_waiting(tree, size, q + 1, end)


@kernel
def simulate_lru(
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
    capacity: int,
) -> tuple[IntArray, IntArray, IntArray]:
    """Run a cycle of oldest and longest match with the cache ``lru``.

    The waiting query with the longest match stands at the top of a tournament
    over the lexicographic order. When a run of tokens is cached or removed, the
    matches of those that wait below it change, and no others: a pick costs
    O(depth + changed matches log n). ``depth`` is clipped to the capacity.

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
    state = np.zeros((3, parent.size), np.int64)
    leaf = np.full(n + 1, NOBODY, np.int64)
    rest = np.zeros(5, np.int64)
    match = np.zeros(n, np.int64)  # by position: capped tokens, and the cached node's level
    match_level = np.zeros(n, np.int64)
    sorted_length = length[lexicographic]
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
                j = by_age[arrived]
                p = position[j]
                v = deepest_cached(node[j], parent, state)
                match[p] = min(depth[v], length[j] - 1)
                match_level[p] = level[v]
                tree[size + p] = p
                replay(tree, size, p, match, rank)
            arrived += 1
        if period > 0 and t % period == phase:
            j = by_age[oldest]
        else:
            j = lexicographic[tree[1]]
        p = position[j]
        served[rank[p]] = True
        if matching:
            tree[size + p] = -1
            replay(tree, size, p, match, rank)
        pinned = pin(node[j], parent, depth, state, leaf, rest)
        now += path_cost[path_start[j] + level[pinned]]
        reused[j] = min(depth[pinned], length[j] - 1)
        order[t] = j
        completion[j] = now
        top = remove_oldest(capacity, parent, depth, state, leaf, rest)
        while top != NOBODY:
            if matching:
                _rematch(
                    first[top], last[top], parent[top], depth, level,
                    sorted_length, tree, size, match, match_level, rank,
                )  # fmt: skip
            top = remove_oldest(capacity, parent, depth, state, leaf, rest)
        insert(parent, depth, state, leaf, rest)
        v = rest[END]
        inner_first = first[v]
        inner_last = first[v]
        while matching and v != pinned:  # each ring of the new path matches down to its own node
            for side in range(2):
                begin = first[v] if side == 0 else inner_last
                end = inner_first if side == 0 else last[v]
                _rematch(
                    begin, end, v, depth, level,
                    sorted_length, tree, size, match, match_level, rank,
                )  # fmt: skip
            inner_first = first[v]
            inner_last = last[v]
            v = parent[v]
    return order, completion, reused

"""Replay of an order with the cache ``lru`` that can go back: an undo log of the cache's state."""

from __future__ import annotations

from typing import NamedTuple

from prefixsched.arrays import IntArray
from prefixsched.kernels.heuristics.lru_stream import NOBODY, LruStream
from prefixsched.kernels.jit import kernel


class Replay(NamedTuple):
    """The cache at some place of an order, and how to go back from there.

    The state is that of :mod:`prefixsched.kernels.online.lru_cache`. Two states before the same
    place with the same digest are taken for equal: by chance others would be so once in
    2^60 comparisons, about. Local search relies on that; what it returns is replayed in full.

    Parameters
    ----------
    stamp, cut, children
        ``[N]``; by trie node: 1 + the place that used the edge above it last, 0
        where it isn't cached; whether a run ends there; how many edges right below are cached.
    leaf
        ``[n + 2]``; the leaf of each stamp.
    log
        ``[log_size, 2]``; the entries that were overwritten, newest last, and what they held.
    mark, tokens, oldest, digest
        ``[n + 1]``; before each place up to the one at hand: entries of the log,
        tokens cached, a stamp that no leaf's is below, and the state's hash.
    salt
        ``[2, N]``; random numbers below 2^31 for the hash.
    at
        ``[1]``; the place at hand.
    """

    stamp: IntArray
    cut: IntArray
    children: IntArray
    leaf: IntArray
    log: IntArray
    mark: IntArray
    tokens: IntArray
    oldest: IntArray
    digest: IntArray
    salt: IntArray
    at: IntArray


def log_size(level: IntArray, node: IntArray) -> int:
    """Entries that a log needs at most.

    A query whose prompt ends at level l logs its match (1 cut, 2 an edge), its new
    edges (2 an edge, and 2 for their end), and each edge that was added is
    removed at most once (2 an edge, and 3 a run).
    """
    return int((7 * level[node] + 8).sum())


@kernel
def rewind(replay: Replay, place: int) -> None:
    """Go back to an earlier place: O(what was overwritten since)."""
    n = replay.stamp.size
    for i in range(replay.mark[replay.at[0]] - 1, replay.mark[place] - 1, -1):
        entry = replay.log[i, 0]
        old = replay.log[i, 1]
        if entry < n:
            replay.stamp[entry] = old
        elif entry < 2 * n:
            replay.cut[entry - n] = old
        elif entry < 3 * n:
            replay.children[entry - 2 * n] = old
        else:
            replay.leaf[entry - 3 * n] = old
    replay.at[0] = place


@kernel
def serve_next(stream: LruStream, replay: Replay, j: int) -> int:
    """Serve query ``j`` at the place at hand, by the rules of ``serve`` there; what it costs."""
    node, parent, depth = stream.node, stream.parent, stream.depth
    stamp, cut, children, leaf, log = (
        replay.stamp,
        replay.cut,
        replay.children,
        replay.leaf,
        replay.log,
    )
    n = stamp.size
    place = replay.at[0]
    top = replay.mark[place]
    tokens = replay.tokens[place]
    oldest = replay.oldest[place]
    digest = replay.digest[place]
    now = place + 1
    end = node[j]
    while end != 0 and depth[end] == depth[parent[end]]:
        end = parent[end]
    pinned = end
    while pinned != 0 and stamp[pinned] == 0:
        pinned = parent[pinned]
    if cut[pinned] == 0:
        log[top, 0] = n + pinned
        log[top, 1] = 0
        top += 1
        cut[pinned] = 1
        digest ^= replay.salt[1, pinned]
    u = pinned
    while u != 0:
        old = stamp[u]
        if leaf[old] == u:
            log[top, 0] = 3 * n + old
            log[top, 1] = u
            top += 1
            leaf[old] = NOBODY
        log[top, 0] = u
        log[top, 1] = old
        top += 1
        stamp[u] = now
        digest ^= (replay.salt[0, u] * old) ^ (replay.salt[0, u] * now)
        u = parent[u]
    fresh = depth[end] - depth[pinned]
    while tokens + fresh > stream.capacity:
        while leaf[oldest] == NOBODY:
            oldest += 1
        u = leaf[oldest]
        log[top, 0] = 3 * n + oldest
        log[top, 1] = u
        top += 1
        leaf[oldest] = NOBODY
        log[top, 0] = n + u
        log[top, 1] = 1
        top += 1
        cut[u] = 0
        digest ^= replay.salt[1, u]
        while True:
            digest ^= replay.salt[0, u] * stamp[u]
            log[top, 0] = u
            log[top, 1] = stamp[u]
            top += 1
            stamp[u] = 0
            up = parent[u]
            tokens -= depth[u] - depth[up]
            log[top, 0] = 2 * n + up
            log[top, 1] = children[up]
            top += 1
            children[up] -= 1
            u = up
            if u == 0 or cut[u] == 1:
                break
        if u not in (0, pinned) and children[u] == 0:
            log[top, 0] = 3 * n + stamp[u]
            log[top, 1] = leaf[stamp[u]]
            top += 1
            leaf[stamp[u]] = u
    u = end
    while u != pinned:
        log[top, 0] = u
        log[top, 1] = stamp[u]
        top += 1
        stamp[u] = now
        digest ^= replay.salt[0, u] * now
        up = parent[u]
        log[top, 0] = 2 * n + up
        log[top, 1] = children[up]
        top += 1
        children[up] += 1
        u = up
    if end != 0:
        if cut[end] == 0:
            log[top, 0] = n + end
            log[top, 1] = 0
            top += 1
            cut[end] = 1
            digest ^= replay.salt[1, end]
        if children[end] == 0:
            log[top, 0] = 3 * n + now
            log[top, 1] = leaf[now]
            top += 1
            leaf[now] = end
    replay.at[0] = now
    replay.mark[now] = top
    replay.tokens[now] = tokens + fresh
    replay.oldest[now] = oldest
    replay.digest[now] = digest
    return stream.path_cost[stream.path_start[j] + stream.level[pinned]]

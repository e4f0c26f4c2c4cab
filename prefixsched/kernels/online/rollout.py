"""A short beam over the orders in which what waits could be served."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.jit import kernel

MOVES = 3


@kernel
def _mark(node: int, parent: IntArray, marked: IntArray, stamp: int) -> None:
    """Mark a node's path to the root."""
    v = node
    while marked[v] != stamp:
        marked[v] = stamp
        v = parent[v]


@kernel
def _cost(
    j: int,
    node: IntArray,
    parent: IntArray,
    level: IntArray,
    path_start: IntArray,
    path_cost: IntArray,
    cached: IntArray,
    marked: IntArray,
    stamp: int,
) -> int:
    """What query j costs with the marked paths cached, and ``cached[j]`` ticks at most."""
    v = node[j]
    while marked[v] != stamp:
        v = parent[v]
    return min(cached[j], path_cost[path_start[j] + level[v]])


@kernel
def choose(
    now: int,
    worst: int,
    arrival: IntArray,
    ticks: IntArray,
    keeps: bool,
    node: IntArray,
    parent: IntArray,
    level: IntArray,
    path_start: IntArray,
    path_cost: IntArray,
    width: int,
    depth: int,
) -> int:
    """The first pick of the best order found; queries are numbered oldest first.

    A state is who was served, when the server is free, and what it served
    last. From each, three moves: the oldest, the cheapest, and the longest
    match, which is the one that saves most. A state's score is the largest TTFT
    that it has led to or must lead to: its own, the run's so far (``worst``),
    and for each m, the work of the m oldest that still wait, all shared
    prefixes computed once, which the youngest of them must wait for. Ties go to
    the least total work.

    Parameters
    ----------
    now, worst
        The clock, and the largest TTFT of the run so far, in ticks.
    arrival, ticks
        ``[w]``; arrivals, and what each would take now.
    keeps
        Whether what is cached now stays cached.
    node, parent, level, path_start, path_cost
        The trie of the waiting prompts and its costs.
    width, depth
        Of the beam, in states and in picks.
    """
    n = arrival.size
    stamp = 0
    marked = np.zeros(parent.size, np.int64)
    cold = np.empty(n, np.int64)  # what each costs at most: nothing is cached but the root
    keys = np.empty(n, np.int64)  # a set of queries hashes to the sum of its keys
    key = np.int64(1)
    for j in range(n):
        cold[j] = ticks[j] if keeps else path_cost[path_start[j]]
        key = key * 48271 % 2147483647  # Lehmer's generator
        keys[j] = key
    served = np.zeros((width, n), np.bool_)
    free = np.full(width, now)
    had = np.full(width, worst)  # the largest TTFT so far
    last = np.full(width, -1)
    first = np.full(width, -1)
    mark = np.zeros(width, np.int64)  # a hash of who was served
    states = 1
    size = width * MOVES
    child_served = np.zeros((size, n), np.bool_)
    child = np.zeros((size, 5), np.int64)  # free, had, last, first, mark
    score = np.zeros((size, 3), np.int64)
    for step in range(min(depth, n)):
        children = 0
        for s in range(states):
            # What each would cost next, and three moves.
            stamp += 1
            marked[0] = stamp
            if last[s] >= 0:
                _mark(node[last[s]], parent, marked, stamp)
                if keeps:
                    for j in range(n):
                        if served[s, j]:
                            _mark(node[j], parent, marked, stamp)
            moves = np.full(MOVES, -1)
            least = INFINITY
            most = np.int64(-1)
            for j in range(n):
                if served[s, j]:
                    continue
                if last[s] < 0:
                    cost = ticks[j]
                else:
                    cost = _cost(j, node, parent, level, path_start, path_cost, cold, marked, stamp)
                if moves[0] < 0:
                    moves[0] = j
                if cost < least:
                    least = cost
                    moves[1] = j
                if path_cost[path_start[j]] - cost > most:
                    most = path_cost[path_start[j]] - cost
                    moves[2] = j
            for m in range(MOVES):
                j = moves[m]
                again = False
                for other in range(m):
                    again = again or moves[other] == j
                if again:
                    continue
                stamp += 1
                marked[0] = stamp
                if last[s] < 0:
                    cost = ticks[j]
                else:
                    _mark(node[last[s]], parent, marked, stamp)
                    if keeps:
                        for other in range(n):
                            if served[s, other]:
                                _mark(node[other], parent, marked, stamp)
                    cost = _cost(j, node, parent, level, path_start, path_cost, cold, marked, stamp)
                done = free[s] + cost
                hash_ = mark[s] + keys[j]
                worse = max(had[s], done - arrival[j])
                same = False
                for c in range(children):
                    if (
                        child[c, 4] == hash_
                        and child[c, 2] == j
                        and child[c, 0] <= done
                        and child[c, 1] <= worse
                    ):
                        same = True
                if same:
                    continue
                child_served[children] = served[s]
                child_served[children, j] = True
                child[children, 0] = done
                child[children, 1] = worse
                child[children, 2] = j
                child[children, 3] = j if step == 0 else first[s]
                child[children, 4] = hash_
                # The bound: oldest first, all shared prefixes computed once.
                stamp += 1
                marked[0] = stamp
                _mark(node[j], parent, marked, stamp)
                if keeps:
                    for other in range(n):
                        if child_served[children, other]:
                            _mark(node[other], parent, marked, stamp)
                clock = done
                bound = worse
                for other in range(n):
                    if child_served[children, other]:
                        continue
                    clock += _cost(
                        other, node, parent, level, path_start, path_cost, cold, marked, stamp
                    )
                    bound = max(bound, clock - arrival[other])
                    _mark(node[other], parent, marked, stamp)
                score[children, 0] = bound
                score[children, 1] = clock
                score[children, 2] = done
                children += 1
        # Keep the best, the earlier made of equals.
        states = min(children, width)
        taken = np.zeros(children, np.bool_)
        for s in range(states):
            best = -1
            for c in range(children):
                if taken[c]:
                    continue
                if best < 0:
                    best = c
                    continue
                for part in range(3):
                    if score[c, part] != score[best, part]:
                        if score[c, part] < score[best, part]:
                            best = c
                        break
            taken[best] = True
            served[s] = child_served[best]
            free[s] = child[best, 0]
            had[s] = child[best, 1]
            last[s] = child[best, 2]
            first[s] = child[best, 3]
            mark[s] = child[best, 4]
    return first[0]

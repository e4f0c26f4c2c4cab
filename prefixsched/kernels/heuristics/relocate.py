"""Relocations and swaps in a window, for an unbounded cache.

Whoever computes an edge first pays for it, so a move changes the set-ups of
relatives between its two places; the new order is assessed in full. Acceptance
is as in :mod:`prefixsched.kernels.heuristics.ruin_recreate`.
"""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.heuristics.window import Window, assess_unbounded, exponential
from prefixsched.kernels.jit import kernel

MAX_SHIFT = 30
"""How many places a query moves at most, unless it moves next to a relative."""


@kernel
def relocate(
    window: Window,
    order: IntArray,
    best: IntArray,
    goal: int,
    drop: int,
    hot: int,
    size: int,
    first: int,
    cycle: int,
    moves: int,
    rng: np.random.Generator,
) -> int:
    """Make moves ``first`` to ``first + moves`` of a cooling cycle of ``cycle`` moves.

    Parameters
    ----------
    window
        What to rearrange.
    order, best
        ``[w]`` each; the present order and the best so far, both updated.
    goal
        Ends the search once the largest lateness is no more than this.
    drop
        How far the target lies below the best largest lateness.
    hot
        Mean growth of tardiness that is accepted at the start of a cycle.
    size
        The longest string of queries that a move takes along.
    first, cycle, moves
        Where in the cycle this call begins, its length, and how far to go.
    rng
        Of all draws.

    Returns
    -------
    int
        Moves made.
    """
    w = order.size
    trial = order.copy()
    place = np.empty(w, np.int64)
    for k in range(w):
        place[best[k]] = k
    best_worst, _ = assess_unbounded(window, best, place, goal)
    target = max(goal, best_worst - drop)
    for k in range(w):
        place[order[k]] = k
    _, total = assess_unbounded(window, order, place, target)
    for done in range(moves):
        if best_worst <= goal or w == 1:
            return done
        a = rng.integers(0, w)
        kind = rng.integers(0, 3)
        if kind == 0 and window.near_prefix.shape[1] > 0:
            b = place[window.near_prefix[order[a], rng.integers(0, window.near_prefix.shape[1])]]
        else:
            b = min(w - 1, max(0, a + rng.integers(-MAX_SHIFT, MAX_SHIFT + 1)))
        if a == b:
            continue
        low = min(a, b)
        high = max(a, b)
        if kind == 2:
            trial[a] = order[b]
            trial[b] = order[a]
        else:  # take a string of up to ``size`` from one end to the other
            count = min(high - low, rng.integers(1, size + 1))
            shift = count if a < b else high + 1 - low - count
            for k in range(low, high + 1):
                trial[k] = order[low + (k - low + shift) % (high + 1 - low)]
        for k in range(low, high + 1):
            place[trial[k]] = k
        new_worst, new_total = assess_unbounded(window, trial, place, target)
        if new_worst < best_worst:
            best_worst = new_worst
            best[:] = trial
        heat = hot * (cycle - first - done) // cycle
        if new_total <= total + exponential(rng, heat):
            total = new_total
            order[low : high + 1] = trial[low : high + 1]
        else:
            trial[low : high + 1] = order[low : high + 1]
            for k in range(low, high + 1):
                place[order[k]] = k
        if best_worst - drop < target and target > goal:
            target = max(goal, best_worst - drop)
            _, total = assess_unbounded(window, order, place, target)
    return moves

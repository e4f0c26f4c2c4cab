"""A window of an order: some consecutive queries that may be rearranged, and their surroundings."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.heuristics.segments import NEVER, step
from prefixsched.kernels.jit import kernel


class Window(NamedTuple):
    """w queries, numbered from 0, that lie next to each other in some order.

    Parameters
    ----------
    release, due
        ``[w]``.
    setup
        ``[w + 1, w + 1]``; row the query served before, column the query served.
        The last row stands for all that precedes the window, the last column for
        the first query after it.
    anticipatory
        Whether C = max(C' + p, r) instead of max(C', r) + p.
    begin
        When the server comes to the window.
    after_release, after_slope
        The release of the first query after the window, and how late the
        queries from there on are at most beyond its completion. How late they
        are in any case plays no part.
    near_prefix, near_release
        ``[w, m]``; neighbours of each query: those with the longest common
        prefix and those released at about the same time, closest first.
    by_setup
        ``[w, w]``; for an unbounded cache, row j the queries by rising set-up
        of j after them; no columns for a cache of the last prompt.
    """

    release: IntArray
    due: IntArray
    setup: IntArray
    anticipatory: bool
    begin: int
    after_release: int
    after_slope: int
    near_prefix: IntArray
    near_release: IntArray
    by_setup: IntArray


@kernel
def lateness_after(window: Window, time: int, setup: int) -> int:
    """The largest lateness behind a window that ends at ``time``."""
    if window.after_slope == NEVER:
        return NEVER
    return step(window.anticipatory, time, setup, window.after_release) + window.after_slope


@kernel
def assess_last(window: Window, order: IntArray, target: int) -> tuple[int, int]:
    """The largest lateness, and the sum of all that is beyond ``target``: cache of the last."""
    w = order.size
    time = window.begin
    last = w
    worst = NEVER
    total = np.int64(0)
    for k in range(w):
        j = order[k]
        time = step(window.anticipatory, time, window.setup[last, j], window.release[j])
        late = time - window.due[j]
        worst = max(worst, late)
        total += max(0, late - target)
        last = j
    late = lateness_after(window, time, window.setup[last, w])
    return max(worst, late), total + max(0, late - target)


@kernel
def least_setup(window: Window, place: IntArray, j: int) -> int:
    """The set-up of ``j`` where all before its place stay cached."""
    w = place.size
    from_empty = window.setup[w, j]
    for k in range(w):
        i = window.by_setup[j, k]
        if window.setup[i, j] >= from_empty:
            break
        if place[i] < place[j]:
            return window.setup[i, j]
    return from_empty


@kernel
def assess_unbounded(
    window: Window, order: IntArray, place: IntArray, target: int
) -> tuple[int, int]:
    """The largest lateness, and the sum of all that is beyond ``target``: unbounded cache."""
    w = order.size
    time = window.begin
    worst = NEVER
    total = np.int64(0)
    for k in range(w):
        j = order[k]
        time = step(window.anticipatory, time, least_setup(window, place, j), window.release[j])
        late = time - window.due[j]
        worst = max(worst, late)
        total += max(0, late - target)
    late = lateness_after(window, time, window.setup[w, w])
    return max(worst, late), total + max(0, late - target)


@kernel
def exponential(rng: np.random.Generator, mean: int) -> int:
    """A whole number of about exponential distribution: halving odds, linear in between."""
    halvings = np.int64(0)
    while halvings < 40 and rng.integers(0, 2) == 0:
        halvings += 1
    return (mean * (1024 * halvings + rng.integers(0, 1024))) >> 10

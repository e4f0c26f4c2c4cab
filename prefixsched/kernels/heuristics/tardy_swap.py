"""Total tardiness of an order with one query more or one less, for a cache of the last prompt."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.heuristics.segments import step
from prefixsched.kernels.jit import kernel


@kernel
def _before(
    anticipatory: bool, release: IntArray, due: IntArray, setup: IntArray, order: IntArray
) -> tuple[IntArray, IntArray]:
    """``[m + 1]`` each; when the server is free at each place, and the tardiness until then."""
    free = np.zeros(order.size + 1, np.int64)
    total = np.zeros(order.size + 1, np.int64)
    last = release.size
    for k in range(order.size):
        j = order[k]
        free[k + 1] = step(anticipatory, free[k], setup[last, j], release[j])
        total[k + 1] = total[k] + max(0, free[k + 1] - due[j])
        last = j
    return free, total


@kernel
def _after(
    anticipatory: bool,
    release: IntArray,
    due: IntArray,
    setup: IntArray,
    order: IntArray,
    place: int,
    last: int,
    time: int,
    total: int,
    limit: int,
    free: IntArray,
    known: IntArray,
) -> int:
    """The tardiness where ``order`` goes on at a place after ``last``; no less if past a limit."""
    for k in range(place, order.size):
        j = order[k]
        time = step(anticipatory, time, setup[last, j], release[j])
        total += max(0, time - due[j])
        if time == free[k + 1]:
            return total + known[order.size] - known[k + 1]
        if total >= limit:
            break
        last = j
    return total


@kernel
def best_removal(
    anticipatory: bool, release: IntArray, due: IntArray, setup: IntArray, order: IntArray
) -> tuple[int, int]:
    """Without which of ``order`` the others' total tardiness is least, and how much that is.

    Parameters
    ----------
    anticipatory
        Whether set-up may run before its query is there.
    release, due
        ``[n]``.
    setup
        ``[n + 1, n]``; the last row is the empty cache.
    order
        ``[m]``; at least one query.

    Returns
    -------
    int
        The total tardiness.
    int
        A place.
    """
    n = release.size
    free, known = _before(anticipatory, release, due, setup, order)
    least = int(INFINITY)
    chosen = 0
    for k in range(order.size):
        if known[k] >= least:
            break  # so is all that follows
        last = order[k - 1] if k > 0 else n
        total = _after(
            anticipatory, release, due, setup, order, k + 1, last, free[k], known[k], least,
            free, known,
        )  # fmt: skip
        if total < least:
            least = total
            chosen = k
    return least, chosen


@kernel
def best_insertion(
    anticipatory: bool,
    release: IntArray,
    due: IntArray,
    setup: IntArray,
    order: IntArray,
    query: int,
) -> tuple[int, int]:
    """Where another query makes the least total tardiness, and how much that is.

    Parameters
    ----------
    anticipatory, release, due, setup, order
        As for :func:`best_removal`.
    query
        Not in ``order``.

    Returns
    -------
    int
        The total tardiness.
    int
        Before which place; the number of places for the end.
    """
    n = release.size
    free, known = _before(anticipatory, release, due, setup, order)
    least = int(INFINITY)
    chosen = 0
    for k in range(order.size + 1):
        if known[k] >= least:
            break
        last = order[k - 1] if k > 0 else n
        time = step(anticipatory, free[k], setup[last, query], release[query])
        total = _after(
            anticipatory, release, due, setup, order, k, query, time,
            known[k] + max(0, time - due[query]), least, free, known,
        )  # fmt: skip
        if total < least:
            least = total
            chosen = k
    return least, chosen

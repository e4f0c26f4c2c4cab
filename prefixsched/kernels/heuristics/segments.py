"""Segments of an order as piecewise-linear maps of the time at which they are entered.

A query with set-up p and release r maps the time t at which the server is free
to its completion max(t + p, r + p), or max(t + p, r) with anticipatory set-up.
Lateness is completion less due time, so the largest lateness within a run is
max(t + slope, level): a query alone has slope p - d and level r + p - d (or
r - d). Let the rest of a run have (a, b) as a function of its predecessor's
completion x = max(t + p, e): then max(x - d, x + a, b) is
max(t + p + max(-d, a), e + max(-d, a), b), which is of that form again.
"""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.jit import kernel

NEVER = -(2**61)
"""Earlier than any time, and the lateness of no query at all."""


@kernel
def step(anticipatory: bool, time: int, setup: int, release: int) -> int:
    """When a query ends that is started as soon as server and query are there."""
    if anticipatory:
        return max(time + setup, release)
    return max(time, release) + setup


@kernel
def completions(
    anticipatory: bool, begin: int, release: IntArray, setup: IntArray, order: IntArray
) -> IntArray:
    """``[m]``; when each query of ``order`` ends, by place; ``setup`` is by place too."""
    ends = np.empty(order.size, np.int64)
    time = begin
    for k in range(order.size):
        time = step(anticipatory, time, setup[k], release[order[k]])
        ends[k] = time
    return ends


@kernel
def suffixes(
    anticipatory: bool, release: IntArray, due: IntArray, setup: IntArray, order: IntArray
) -> tuple[IntArray, IntArray]:
    """``[m + 1]`` each; slope and level of every suffix of ``order``, the last one empty."""
    m = order.size
    slope = np.empty(m + 1, np.int64)
    level = np.empty(m + 1, np.int64)
    slope[m] = NEVER
    level[m] = NEVER
    for k in range(m - 1, -1, -1):
        j = order[k]
        rest = max(-due[j], slope[k + 1])
        slope[k] = setup[k] + rest
        level[k] = max(step(anticipatory, NEVER, setup[k], release[j]) + rest, level[k + 1])
    return slope, level

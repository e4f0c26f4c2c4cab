"""Dominance between states of the layered search that have served the same queries."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import IntArray
from prefixsched.kernels.dp.layer import DecisionData, Layer
from prefixsched.kernels.dp.layered_search import finish
from prefixsched.kernels.dp.served_sets import served
from prefixsched.kernels.jit import kernel


@kernel
def _dominates(data: DecisionData, layer: Layer, a: int, b: int) -> bool:
    """Whether state ``a`` is at least as good as ``b``, which has served the same queries.

    Its twin in the bitset stage is :func:`prefixsched.kernels.dp.bitset_layers._dominates`.

    For each unserved query y, serving it next from ``a`` must end no later than
    from ``b``; then the same continuation does, query by query. Only y with
    p(last of b, y) < p(last of a, y) can fail, all of them ``savers`` of b's last.
    """
    n = data.release.size
    f, la, lb = layer.first[a], layer.last[a], layer.last[b]
    ta, tb = layer.time[a], layer.time[b]
    if ta > tb:
        return False
    if lb == n:
        return True
    for k in range(data.savers_start[lb], data.savers_start[lb + 1]):
        y = data.savers[k]
        if y < f:
            continue
        if data.setup[lb, y] >= data.setup[la, y] or served(layer.bits, a, f, y):
            continue
        if finish(data, ta, y, data.setup[la, y]) > finish(data, tb, y, data.setup[lb, y]):
            return False
    return True


@kernel
def dominated(
    data: DecisionData, layer: Layer, key: IntArray, order: IntArray
) -> npt.NDArray[np.bool_]:
    """Which states another state with the same queries served makes needless.

    ``order`` sorts the states by ``key``, a hash of what they have served, then
    by time; equal hashes are compared in full.
    """
    count = layer.first.size
    lost = np.zeros(count, np.bool_)
    start = 0
    while start < count and not data.halt[0]:
        stop = start + 1
        while stop < count and key[order[stop]] == key[order[start]]:
            stop += 1
        for i in range(start + 1, stop):
            b = order[i]
            for k in range(start, i):
                a = order[k]
                if lost[a] or layer.first[a] != layer.first[b]:
                    continue
                same = True
                for w in range(data.words):
                    if layer.bits[a, w] != layer.bits[b, w]:
                        same = False
                        break
                if same and _dominates(data, layer, a, b):
                    lost[b] = True
                    break
        start = stop
    return lost

"""States that another state with the same queries served makes needless."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import IntArray
from prefixsched.kernels.dp.layer import Layer, Queue
from prefixsched.kernels.dp.layered_search import finish
from prefixsched.kernels.dp.served_sets import served
from prefixsched.kernels.jit import kernel


@kernel
def _outlives(queue: Queue, layer: Layer, a: int, b: int) -> bool:
    """Whether state ``a`` is at least as good as ``b``, which has served the same queries.

    For each unserved query y, serving it next from ``a`` must end no later than
    from ``b``; then the same continuation does, query by query. Only y with
    p(last of b, y) < p(last of a, y) can fail, all of them ``kin`` of b's last.
    """
    n = queue.release.size
    f, la, lb = layer.first[a], layer.last[a], layer.last[b]
    ta, tb = layer.time[a], layer.time[b]
    if ta > tb:
        return False
    if lb == n:
        return True
    for k in range(queue.kin_start[lb], queue.kin_start[lb + 1]):
        y = queue.kin[k]
        if y < f:
            continue
        if queue.setup[lb, y] >= queue.setup[la, y] or served(layer.bits, a, f, y):
            continue
        if finish(queue, ta, y, queue.setup[la, y]) > finish(queue, tb, y, queue.setup[lb, y]):
            return False
    return True


@kernel
def outlived(queue: Queue, layer: Layer, key: IntArray, order: IntArray) -> npt.NDArray[np.bool_]:
    """Which states another state with the same queries served makes needless.

    ``order`` sorts the states by ``key``, a hash of what they have served, then
    by time; equal hashes are compared in full.
    """
    count = layer.first.size
    lost = np.zeros(count, np.bool_)
    start = 0
    while start < count and not queue.halt[0]:
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
                for w in range(queue.words):
                    if layer.bits[a, w] != layer.bits[b, w]:
                        same = False
                        break
                if same and _outlives(queue, layer, a, b):
                    lost[b] = True
                    break
        start = stop
    return lost

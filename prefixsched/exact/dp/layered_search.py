"""One decision by layered search, with a beam or without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.dp.dominance import outlived
from prefixsched.kernels.dp.fill import idles_too_long
from prefixsched.kernels.dp.layer import Layer, Queue
from prefixsched.kernels.dp.layered_search import expand, slacks
from prefixsched.runtime.threads import beside

PARALLEL_FROM = 2_000
"""States from which on a layer is made in threads, which end when it takes too long."""
COPIES, JOINED = 4, 2
"""Times that a layer is in memory: while it grows, before and after cuts, and the one before;
and so many more where two threads' halves are joined."""


@dataclass(frozen=True)
class Found:
    """What one search found.

    ``order`` is a schedule that meets all deadlines, or None. ``complete`` says
    that nothing was left out, so that no order means that there is none.
    """

    order: list[int] | None
    complete: bool
    nodes: int


def search(
    queue: Queue,
    beam: int,
    memory: int,
    stop: Callable[[int, int], bool],
    over: Callable[[], bool],
    *,
    threads: int = 1,
    prove: bool = False,
) -> Found:
    """Search layer by layer for a schedule that meets every deadline.

    Parameters
    ----------
    queue
        The problem and the deadlines.
    beam
        States kept in each layer, those with most slack.
    memory
        Bytes that all layers may take; where they would take more, states are left out.
    stop
        Asked before each layer, with the states expanded so far and those of the layer.
    over
        Asked while a large layer is made: whether to leave it.
    threads
        One or two, for large layers; the answer is the same.
    prove
        End where a state is left out: only a refutation is of use.
    """
    n = queue.release.size
    copies = COPIES if threads == 1 else COPIES + JOINED
    per_state = copies * 8 * (queue.words + queue.budget.size + 6)
    layer = Layer(
        np.zeros(1, np.int64),
        np.full(1, n, np.int64),
        np.zeros(1, np.int64),
        np.zeros((1, queue.words), np.uint64),
        np.full(1, -1, np.int64),
        np.full(1, queue.spot_query.size - 1, np.int32),
        np.zeros((1, queue.budget.size), np.int64),
    )
    if (slacks(queue, layer)[0] < 0).any():
        return Found(None, True, 1)
    trail: list[tuple[IntArray, IntArray]] = []
    complete, nodes = True, 0
    for _ in range(n):
        limit = max(1, memory // per_state)
        if stop(nodes, len(layer.first)):
            return Found(None, False, nodes)
        nodes += len(layer.first)
        if len(layer.first) < PARALLEL_FROM:
            layer, slack, full = _next(queue, layer, limit, 0, 1)
        else:
            layer, slack, full = _next_large(queue, layer, limit, threads, over)
            if queue.halt[0]:
                return Found(None, False, nodes)
        complete &= not full
        if prove and (full or len(layer.first) > beam):
            return Found(None, False, nodes)
        if len(layer.first) > beam:
            complete = False
            best = np.argpartition(-slack, beam)[:beam]
            layer = _take(layer, np.sort(best))
        if not len(layer.first):
            return Found(None, complete, nodes)
        trail.append((layer.parent.astype(np.int32), layer.last.astype(np.int32)))
        memory -= sum(column.nbytes for column in trail[-1])
    order, s = [], 0
    for parent, last in reversed(trail):
        order.append(int(last[s]))
        s = int(parent[s])
    return Found(order[::-1], complete, nodes)


def _next(
    queue: Queue, layer: Layer, limit: int, part: int, parts: int
) -> tuple[Layer, IntArray, bool]:
    """The next layer's states that survive the cuts, or one part of them, with their slack."""
    layer, keys, full = expand(queue, layer, limit, part, parts)
    slack, idle, whole = slacks(queue, layer)
    keep = np.flatnonzero(slack >= 0)
    layer, slack, keys = _take(layer, keep), slack[keep], keys[keep]
    if not queue.set_up_before:
        keep = np.flatnonzero(~idles_too_long(queue, layer, idle[keep], whole[keep]))
        layer, slack, keys = _take(layer, keep), slack[keep], keys[keep]
    if not queue.unbounded:
        order = np.lexsort((layer.time, keys))
        keep = np.flatnonzero(~outlived(queue, layer, keys, order))
        layer, slack = _take(layer, keep), slack[keep]
    return layer, slack, full


def _next_large(
    queue: Queue, layer: Layer, limit: int, threads: int, over: Callable[[], bool]
) -> tuple[Layer, IntArray, bool]:
    """The next layer, its parts made side by side; of no use once ``queue.halt`` is set."""
    parts = min(threads, 2)
    found = beside(
        [partial(_next, queue, layer, limit // parts, part, parts) for part in range(parts)],
        lambda: queue.halt.fill(1),
        over,
    )
    if parts == 1:
        return found[0]
    layers, slack, full = zip(*found, strict=True)
    columns: Any = (np.concatenate(column) for column in zip(*layers, strict=True))
    return Layer(*columns), np.concatenate(slack), any(full)


def _take(layer: Layer, which: IntArray) -> Layer:
    columns: Any = (column[which] for column in layer)
    return Layer(*columns)

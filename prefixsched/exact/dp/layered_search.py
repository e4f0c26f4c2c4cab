"""Layered search of one decision: dynamic programming by layers, with a beam or without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.dp.dominance import dominated
from prefixsched.kernels.dp.fill import idles_too_long
from prefixsched.kernels.dp.layer import DecisionData, Layer
from prefixsched.kernels.dp.layered_search import expand, slacks
from prefixsched.runtime.threads import beside

LONG_LAYER = 10_000_000
"""States, times the choices of each, times what a choice is compared with, from which on a layer is
made in threads, which end when it takes too long: some 20 ms."""
LAYER_COPIES, JOIN_COPIES = 4, 2
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
    data: DecisionData,
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
    data
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
    n = data.release.size
    copies = LAYER_COPIES if threads == 1 else LAYER_COPIES + JOIN_COPIES
    per_state = copies * 8 * (data.words + data.schedule_cost.size + 6)
    layer = Layer(
        np.zeros(1, np.int64),
        np.full(1, n, np.int64),
        np.zeros(1, np.int64),
        np.zeros((1, data.words), np.uint64),
        np.full(1, -1, np.int64),
        np.full(1, data.graph_query.size - 1, np.int32),
        np.zeros((1, data.schedule_cost.size), np.int64),
    )
    if (slacks(data, layer)[0] < 0).any():
        return Found(None, True, 1)
    steps_of_state = n * max(n, data.sources.size)
    trail: list[tuple[IntArray, IntArray]] = []
    complete, nodes = True, 0
    for _ in range(n):
        limit = max(1, memory // per_state)
        if stop(nodes, len(layer.first)):
            return Found(None, False, nodes)
        nodes += len(layer.first)
        if len(layer.first) * steps_of_state < LONG_LAYER:
            layer, slack, full = _next(data, layer, limit, 0, 1)
        else:
            layer, slack, full = _next_large(data, layer, limit, threads, over)
            if data.halt[0]:
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
    data: DecisionData, layer: Layer, limit: int, part: int, parts: int
) -> tuple[Layer, IntArray, bool]:
    """The next layer's states that survive the cuts, or one part of them, with their slack."""
    layer, keys, full = expand(data, layer, limit, part, parts)
    slack, idle, whole = slacks(data, layer)
    keep = np.flatnonzero(slack >= 0)
    layer, slack, keys = _take(layer, keep), slack[keep], keys[keep]
    if not data.set_up_before:
        keep = np.flatnonzero(~idles_too_long(data, layer, idle[keep], whole[keep]))
        layer, slack, keys = _take(layer, keep), slack[keep], keys[keep]
    if not data.unbounded:
        order = np.lexsort((layer.time, keys))
        keep = np.flatnonzero(~dominated(data, layer, keys, order))
        layer, slack = _take(layer, keep), slack[keep]
    return layer, slack, full


def _next_large(
    data: DecisionData, layer: Layer, limit: int, threads: int, over: Callable[[], bool]
) -> tuple[Layer, IntArray, bool]:
    """The next layer, its parts made side by side; of no use once ``data.halt`` is set."""
    parts = min(threads, 2)
    found = beside(
        [partial(_next, data, layer, limit // parts, part, parts) for part in range(parts)],
        lambda: data.halt.fill(1),
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

"""One decision by layered search, with a beam or without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from prefixsched.exact.dp.plan import Plan
from prefixsched.kernels.search import Layer, Queue, expand, outlived, set_keys, slacks
from prefixsched.prompts import IntArray


@dataclass(frozen=True)
class Decision:
    """What one search found.

    ``order`` is a schedule that meets all deadlines (in the plan's numbering), or
    None. ``complete`` says that nothing was left out, so that no order means
    that there is none.
    """

    order: list[int] | None
    complete: bool
    nodes: int


def decide(
    plan: Plan, queue: Queue, beam: int, limit: int, stop: Callable[[int], bool]
) -> Decision:
    """Search layer by layer for a schedule that meets every deadline.

    Parameters
    ----------
    plan, queue
        The problem and the deadlines.
    beam
        States kept in each layer, those with most slack.
    limit
        States that a layer may have before cuts: what memory allows.
    stop
        Asked before each layer, with the states expanded so far.
    """
    n = plan.problem.n
    layer = Layer(
        np.zeros(1, np.int64),
        np.full(1, n, np.int64),
        np.zeros(1, np.int64),
        np.zeros((1, queue.words), np.uint64),
        np.full(1, -1, np.int64),
    )
    if (slacks(queue, layer) < 0).any():
        return Decision(None, True, 1)
    trail: list[tuple[IntArray, IntArray]] = []
    complete, nodes = True, 0
    for _ in range(n):
        if stop(nodes):
            return Decision(None, False, nodes)
        nodes += len(layer.first)
        grown, full = expand(queue, layer, limit)
        complete &= not full
        slack = slacks(queue, grown)
        keep = np.flatnonzero(slack >= 0)
        layer, slack = _take(grown, keep), slack[keep]
        if not queue.unbounded:
            keys = set_keys(layer)
            order = np.lexsort((layer.time, keys))
            keep = np.flatnonzero(~outlived(queue, layer, keys, order))
            layer, slack = _take(layer, keep), slack[keep]
        if len(layer.first) > beam:
            complete = False
            best = np.argpartition(-slack, beam)[:beam]
            layer = _take(layer, np.sort(best))
        if not len(layer.first):
            return Decision(None, complete, nodes)
        trail.append((layer.parent, layer.last))
    order, s = [], 0
    for parent, last in reversed(trail):
        order.append(int(last[s]))
        s = int(parent[s])
    return Decision(order[::-1], complete, nodes)


def _take(layer: Layer, which: IntArray) -> Layer:
    return Layer(*(column[which] for column in layer))

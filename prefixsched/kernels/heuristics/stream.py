"""A stream of queries whose orders are searched: what is served, and what that costs and loses."""

from __future__ import annotations

from typing import NamedTuple

from prefixsched.arrays import IntArray
from prefixsched.kernels.jit import kernel
from prefixsched.kernels.model.common_ancestor import common_ancestor


class Stream(NamedTuple):
    """Queries, what they cost, and what is lost by their completions.

    Parameters
    ----------
    release
        ``[n]``; arrivals.
    due, step, cap
        ``[n]`` each; a query that ends at C loses nothing up to ``due``, else ``step`` and
        C - ``due``, of which it counts ``cap`` at most.
    node, parent, level
        The trie: where prompts end, ``[n]``, and ``[N]`` each.
    path_start, path_cost
        Costs by cached depth, as :func:`prefixsched.model.path_costs.path_costs` has them.
    near
        ``[n, 2]``; the neighbours of each query in the lexicographic order, itself at an end.
    unbounded
        Whether everything served stays cached, or the prompt served last.
    """

    release: IntArray
    due: IntArray
    step: IntArray
    cap: IntArray
    node: IntArray
    parent: IntArray
    level: IntArray
    path_start: IntArray
    path_cost: IntArray
    near: IntArray
    unbounded: bool


@kernel
def count_below(stream: Stream, below: IntArray, j: int, by: int) -> None:
    """Add to the number of queries below each node on the path of ``j``."""
    v = stream.node[j]
    while v > 0:
        below[v] += by
        v = stream.parent[v]


@kernel
def shared_with(stream: Stream, j: int, before: int) -> int:
    """The node down to which ``j`` is cached right after ``before``, -1 for an empty cache."""
    return 0 if before < 0 else common_ancestor(stream.parent, stream.node[j], stream.node[before])


@kernel
def cost_below(stream: Stream, j: int, cached: int) -> int:
    """What ``j`` costs that is cached down to a node."""
    return stream.path_cost[stream.path_start[j] + stream.level[cached]]

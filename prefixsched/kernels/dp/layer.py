"""Data of the layered search as its kernels see it: a decision, and a layer of states."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import IntArray
from prefixsched.kernels.dp.served_sets import Bits

Index = npt.NDArray[np.int32]


class DecisionData(NamedTuple):
    """A decision as arrays, for the kernels: n queries numbered by release, times in ticks.

    Made by :class:`prefixsched.exact.dp.search_context.SearchContext`. The tree has N nodes in
    preorder, the root first; the time graph has G nodes, and K sets of multipliers bound its
    paths. *Ragged* means that row i owns the entries ``start[i]:start[i + 1]``.

    Parameters
    ----------
    release, due
        ``[n]``; arrivals, and the latest completions.
    by_due
        ``[n]``; queries by deadline.
    setup
        ``[n + 1, n]``; ticks from row, the last one the empty cache, to column.
    least_setup, greatest_setup
        ``[n]``; the least that a query can cost within the time windows, and the most at all.
    by_least_setup
        ``[n]``; queries by least set-up.
    pred_start, pred
        Ragged by query: those that must be served before it.
    parent, edge, token
        ``[N]``; each node's parent; ticks to compute the edge above it, and of these the ticks
        of its last token.
    node
        ``[n]``; where each query ends.
    below_start, below_stop
        ``[N]``; the queries below node v are ``by_node[below_start[v]:below_stop[v]]``.
    by_node
        ``[n]``; queries in preorder of their nodes.
    entry_cost
        ``[N]``; ticks of the edge above, less its last token if a prompt ends there.
    sharers_end
        ``[n]``; when all who share an edge with a query have arrived and cost what they may; 0
        where there is no other.
    cluster
        ``[n]``; the cluster of recomputations that a query belongs to, or -1.
    entry
        ``[clusters]``; ticks of the edge that each cluster recomputes.
    chain_start, chain_query, chain_gain
        Ragged by query: its predecessors in chains, and the ticks that each such gap adds.
    savers_start, savers
        Ragged by query: those that cost less right after it than after something else, the
        latest release first.
    sources_start, sources
        Ragged by query, with an unbounded cache: those that make it cheaper than an empty cache
        does, the cheapest first.
    arc_start, arc_head
        ``[G + 2]`` and ragged by graph node: the nodes that follow it. The last one is where
        paths begin.
    graph_query
        ``[G + 1]``; each graph node's query.
    multipliers
        ``[K, n]``; what a path pays for a query.
    bound
        ``[K, G + 1]``; the least that a path pays from after each graph node to its end.
    schedule_cost
        ``[K]``; what every schedule pays in all.
    words
        64-bit words for the queries that may be served before the first unserved one.
    unbounded
        Whether all that was served is cached, or only the last prompt.
    residual
        ``[n]``; the most ticks that are left of a set-up when its query arrives.
    set_up_before
        Whether set-up may begin before its query arrives.
    potential
        Whether set-ups come from the tree, and the triangle inequality holds.
    has_graph
        Whether there is a time graph to follow.
    halt
        ``[1]``; turns from 0 to 1 when kernels are to end: what they return then is of no use.
    """

    release: IntArray
    due: IntArray
    by_due: IntArray
    setup: IntArray
    least_setup: IntArray
    greatest_setup: IntArray
    by_least_setup: IntArray
    pred_start: IntArray
    pred: IntArray
    parent: IntArray
    edge: IntArray
    token: IntArray
    node: IntArray
    below_start: IntArray
    below_stop: IntArray
    by_node: IntArray
    entry_cost: IntArray
    sharers_end: IntArray
    cluster: IntArray
    entry: IntArray
    chain_start: IntArray
    chain_query: IntArray
    chain_gain: IntArray
    savers_start: IntArray
    savers: IntArray
    sources_start: IntArray
    sources: IntArray
    arc_start: IntArray
    arc_head: Index
    graph_query: IntArray
    multipliers: IntArray
    bound: IntArray
    schedule_cost: IntArray
    words: int
    unbounded: bool
    residual: IntArray
    set_up_before: bool
    potential: bool
    has_graph: bool
    halt: IntArray


class Layer(NamedTuple):
    """S states with equally many queries served.

    Parameters
    ----------
    first
        ``[S]``; the first unserved query.
    last
        ``[S]``; the last query served.
    time
        ``[S]``; when it ended, in ticks.
    bits
        ``[S, words]``; which queries after ``first`` have been served.
    parent
        ``[S]``; the state of the layer before.
    graph_node
        ``[S]``; the node of the time graph where the state's path is.
    path_cost
        ``[S, K]``; what the path has paid, by each set of multipliers.
    """

    first: IntArray
    last: IntArray
    time: IntArray
    bits: Bits
    parent: IntArray
    graph_node: Index
    path_cost: IntArray

"""Family batching as a start: relatives wait for each other, but not for too long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.heuristics.setup_times import costs_of
from prefixsched.heuristics.windows import TimedOrder
from prefixsched.kernels.heuristics.family_service import cut_families, serve_family_batches
from prefixsched.model.cost import PromptCost, Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.path_costs import path_costs

OVERLAP_QUANTILES = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
"""Of the overlaps in the stream: where it may be cut into families, there and just beyond."""
SPANS_A_CUT = 8
"""How many spans are tried for each cut, up to the largest TTFT known; then twice as fine."""
FINEST_SPAN = 1_000
"""Spans are refined down to one in so many of the largest TTFT known."""


class Families(NamedTuple):
    """Queries in sets of relatives.

    Parameters
    ----------
    queries
        ``[n]``; by family, then by arrival.
    family
        ``[n]``; each query's family.
    saved
        ``[n]``; by place in ``queries``, what a query saves right after the one
        before; 0 for the first of a family.
    """

    queries: IntArray
    family: IntArray
    saved: IntArray


def families(instance: Instance, cost: PromptCost, shared: int) -> Families:
    """Cut a stream into families, sets of queries that share at least ``shared`` tokens."""
    trie = instance.trie
    family = np.empty(instance.n, dtype=np.int64)
    family[trie.order] = np.cumsum(trie.lcp < shared)
    queries = np.lexsort((instance.arrival, family))
    before, after = queries[:-1], queries[1:]
    overlap = trie.overlap(before, after)
    length = instance.length[after]
    fresh = cost.prefill(length, np.zeros_like(overlap))
    related = family[before] == family[after]
    saved = np.zeros(instance.n, dtype=np.int64)
    saved[1:] = np.where(related, fresh - cost.prefill(length, overlap), 0)
    return Families(queries, family, saved)


def family_cuts(instance: Instance) -> list[int]:
    """Tokens that families may share, by the overlaps in the stream; none where there are none."""
    overlap = instance.trie.lcp[instance.trie.lcp > 0]
    if not len(overlap):
        return []
    cuts = np.quantile(overlap, OVERLAP_QUANTILES).astype(np.int64)
    tried: list[int] = np.unique(np.maximum(1, (cuts, cuts + 1))).tolist()
    return tried


def family_batch_order(instance: Instance, *, shared: int, span: int) -> IntArray:
    """Serve families of relatives in batches.

    A family is a set of queries that share at least ``shared`` tokens. In order
    of arrival it is cut into batches whose arrivals lie within ``span``. A batch
    is served whole, in depth-first order of the trie, once all of it is there;
    first the one that began first. While no batch is complete the server takes
    what has arrived of the batch with the oldest query. With a span of nearly
    the largest TTFT this repeats little work and delays nobody much beyond it.

    Parameters
    ----------
    instance
        The stream; its cost comes from prompts.
    shared
        Tokens, at least 1.
    span
        Ticks, at least 0.

    Returns
    -------
    array
        ``[n]``; an order of all queries, made in O(n (log n + depth)).

    Raises
    ------
    InputError
        If the cost is a table, or a parameter is out of range.
    """
    if isinstance(instance.cost, Table):
        raise InputError("cost: a table has no prompts to find relatives by; use another start")
    if shared < 1 or span < 0:
        raise InputError(
            f"family batches: shared {shared}, span {span}; give at least 1 token and 0 ticks"
        )
    trie, release = instance.trie, instance.arrival
    found = families(instance, instance.cost, shared)
    batch, count = cut_families(found.queries, found.family, release, found.saved, span)
    first = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(first, batch, release)
    number = np.empty(count, dtype=np.int64)
    number[np.argsort(first, kind="stable")] = np.arange(count)
    batch = number[batch]
    by_batch = np.lexsort((release, batch))
    begin = np.concatenate(([0], np.cumsum(np.bincount(batch, minlength=count))))
    ready = np.argsort(release[by_batch[begin[1:] - 1]], kind="stable")
    return serve_family_batches(
        by_batch,
        begin,
        ready,
        release,
        trie.position,
        trie.node,
        trie.parent,
        trie.level,
        *path_costs(instance.cost, instance.trie),
    )


def family_batch_orders(instance: Instance, ttft: int) -> Iterator[IntArray]:
    """Orders by batches, each with a smaller largest TTFT than those before and than ``ttft``.

    Tries families at some quantiles of the overlaps in the stream, and spans up
    to ``ttft``; then refines the best span.

    Parameters
    ----------
    instance
        The stream; nothing comes for a table of set-up times, or an ``lru`` cache.
    ttft
        A known largest TTFT, in ticks.
    """
    if isinstance(instance.cost, Table) or instance.cache is Cache.LRU:
        return
    costs, best, finest = costs_of(instance), ttft, max(1, ttft // FINEST_SPAN)
    for shared in family_cuts(instance):
        step, centre = max(1, ttft // SPANS_A_CUT), -1
        spans = [step * k for k in range(SPANS_A_CUT + 1)]
        while spans:
            for span in spans:
                order = family_batch_order(instance, shared=shared, span=span)
                worst = TimedOrder(costs, order).worst
                if worst < best:
                    best, centre = worst, span
                    yield order
            step //= 2
            around = (centre - step, centre + step) if centre >= 0 and step >= finest else ()
            spans = [span for span in around if span >= 0]

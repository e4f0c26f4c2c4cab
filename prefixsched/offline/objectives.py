"""Percentiles, goodput and the mean: known orders first, then what proves the best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from prefixsched.bounds.caches import with_cache
from prefixsched.heuristics.family_orders import family_batch_orders
from prefixsched.heuristics.setup_times import costs_of
from prefixsched.heuristics.start_orders import BATCHING_FROM
from prefixsched.model.cost import MAX_TICKS, Table
from prefixsched.model.instance import NO_ALLOWANCE, Cache
from prefixsched.model.problem import MAX_MATRIX, Problem
from prefixsched.offline.ceiling import raise_below_ceiling
from prefixsched.offline.ceiling_search import begin_below_ceiling, improve_below_ceiling
from prefixsched.offline.deletion import raise_by_deletion
from prefixsched.offline.goodput import most_on_time
from prefixsched.offline.incumbent import Verified
from prefixsched.offline.lru_objectives import MOST_QUERIES, close_few
from prefixsched.offline.lru_percentile import improve_lru_percentile
from prefixsched.offline.mean import MAX_SEARCH, least_mean
from prefixsched.offline.percentile import least_percentile
from prefixsched.offline.question import Question
from prefixsched.offline.stream_tardiness import (
    begin_with_lists,
    improve_goodput,
    improve_percentile,
)
from prefixsched.online.simulation import Simulation, simulate
from prefixsched.runtime.limits import Limits

QUICK_POLICIES = ("fcfs", "lpm", "k-lpm:2", "k-lpm:4", "k-lpm:16")
"""Policies whose schedules are a first bound, however long the stream."""
POLICIES = (*QUICK_POLICIES, "shortest-prefill-first", "hrrn")
"""Those of shorter streams; the last two are for the mean and for who can miss."""
LAST_DIVISOR = {"percentile": 4, "goodput": 2}
"""One in so many seconds or nodes goes into an order with the last prompt cached, which does for
``lru``, too."""


def optimise(incumbent: Verified, limits: Limits) -> None:
    """Close the interval of an objective other than the largest TTFT, as far as limits allow.

    Under a ceiling ``incumbent`` has a schedule that keeps to it, or there is nothing to do.
    """
    if incumbent.question.ceiling is not None and incumbent.best is None:
        if not incumbent.infeasible:
            _bound_at_sight(incumbent)
        return
    for order in _known_orders(incumbent.question):
        if not incumbent.settled:
            incumbent.offer_order(order)
    kind = incumbent.question.objective.kind
    many = incumbent.instance.n > (MAX_SEARCH if kind == "mean" else MAX_MATRIX)
    if incumbent.instance.cache is not Cache.LRU or many:
        _search(incumbent, limits)
        return
    if kind != "mean" and not incumbent.settled:
        _raise_bound(incumbent, limits)
    if incumbent.instance.n <= MOST_QUERIES and not incumbent.settled:
        close_few(incumbent, limits)
    if not incumbent.settled:
        if incumbent.question.ceiling is not None:
            part = limits.part(1 / 2)
            improve_below_ceiling(incumbent, part)
            limits.charge(part.nodes)
        elif kind == "mean":
            part = limits.part(1 / 2)
            least_mean(incumbent, part)
            limits.charge(part.nodes)
        elif incumbent.instance.n >= BATCHING_FROM:
            begin_with_lists(incumbent, limits)
            part = limits.part(1 / LAST_DIVISOR[kind])
            _relax_cache(incumbent, Cache.LAST, part)
            limits.charge(part.nodes)
            if kind == "percentile" and not incumbent.settled:
                improve_lru_percentile(incumbent, limits)
        _relax_cache(incumbent, Cache.UNBOUNDED, limits)
        if kind != "mean" and not incumbent.settled:
            _go_on(incumbent, limits)


def _go_on(incumbent: Verified, limits: Limits) -> None:
    """What is left of the time, once other caches have taught all they can."""
    if incumbent.question.ceiling is not None:
        improve_below_ceiling(incumbent, limits)
    elif incumbent.question.objective.kind == "goodput":
        improve_goodput(incumbent, limits)
    elif incumbent.instance.n >= BATCHING_FROM:
        improve_lru_percentile(incumbent, limits)
    else:
        improve_percentile(incumbent, limits)


def _raise_bound(incumbent: Verified, limits: Limits) -> None:
    """By deletion, under a ceiling by what is peculiar to it: the rest was the beginning."""
    if incumbent.question.ceiling is not None:
        raise_below_ceiling(incumbent, limits)
    else:
        raise_by_deletion(incumbent, limits)


def _relax_cache(incumbent: Verified, cache: Cache, limits: Limits) -> None:
    """What another cache teaches: its best order, as it is, and what is proven.

    With a cache that evicts nothing no completion is later; one of the last prompt proves nothing.
    See :mod:`prefixsched.bounds.caches`.
    """
    relaxed = Verified(replace(incumbent.question, instance=with_cache(incumbent.instance, cache)))
    relaxed.offer_order(incumbent.order)
    try:
        _search(relaxed, limits)
    finally:  # what is proven holds, however the search ends
        incumbent.backend, incumbent.nodes = relaxed.backend, relaxed.nodes
        if cache is Cache.UNBOUNDED:
            incumbent.raise_bound(relaxed.bound, relaxed.reason)
    incumbent.offer_order(relaxed.order)


def _search_with_last(
    incumbent: Verified, improve: Callable[[Verified, Limits], None], limits: Limits
) -> None:
    """What the cache of the last prompt teaches a larger one: its best order, as it is."""
    instance = with_cache(incumbent.instance, Cache.LAST)
    relaxed = Verified(replace(incumbent.question, instance=instance))
    relaxed.offer_order(incumbent.order)
    try:
        improve(relaxed, limits)
    finally:  # what was found counts, however the search ends
        incumbent.offer_order(relaxed.order)


def _search(incumbent: Verified, limits: Limits) -> None:
    if incumbent.settled:
        return
    kind = incumbent.question.objective.kind
    if kind == "mean":
        least_mean(incumbent, limits)
        return
    many = incumbent.instance.n > MAX_MATRIX
    if many:
        _bound_at_sight(incumbent)
    _raise_bound(incumbent, limits)
    if incumbent.settled:
        return
    if many:
        incumbent.backend = "tardy-set"
        if incumbent.question.ceiling is not None:
            improve_below_ceiling(incumbent, limits)
            return
        improve = improve_percentile if kind == "percentile" else improve_goodput
        if incumbent.instance.cache is Cache.LRU:
            part = limits.part(1 / 2)
            _search_with_last(incumbent, improve, part)
            limits.charge(part.nodes)
        improve(incumbent, limits)
        return
    if incumbent.instance.cache is Cache.UNBOUNDED and incumbent.instance.n >= BATCHING_FROM:
        _begin_with_lists(incumbent, limits)  # with the last cached, local search does more
    problem = Problem.of(incumbent.instance)
    incumbent.backend = "dp"
    if kind == "percentile":
        least_percentile(incumbent, problem, limits)
    else:
        most_on_time(incumbent, problem, limits)


def _begin_with_lists(incumbent: Verified, limits: Limits) -> None:
    if incumbent.question.ceiling is not None:
        begin_below_ceiling(incumbent, limits)
    else:
        begin_with_lists(incumbent, limits)


def _bound_at_sight(incumbent: Verified) -> None:
    """What follows from each query's least possible cost alone; a table's is not looked for."""
    question = incumbent.question
    if isinstance(question.instance.cost, Table):
        return
    least = costs_of(with_cache(question.instance, Cache.UNBOUNDED)).least()
    if question.objective.kind == "percentile":
        incumbent.raise_bound(int(np.sort(least)[question.objective.rank(len(least)) - 1]))
    else:
        allowance = question.allowance
        assert allowance is not None
        incumbent.raise_bound(int(((allowance == NO_ALLOWANCE) | (least <= allowance)).sum()))


def _known_orders(question: Question) -> list[Sequence[int]]:
    """The policies' best order for the objective, and those made of family batches."""
    instance, objective, allowance = question.instance, question.objective, question.allowance

    def loss(run: Simulation) -> int:
        if objective.kind == "percentile":
            assert objective.share is not None
            above = question.ceiling is not None and run.max > question.ceiling
            return MAX_TICKS if above else run.percentile(objective.share)
        if objective.kind == "mean":
            return sum(run.ttft.tolist())
        assert allowance is not None
        return int(((allowance != NO_ALLOWANCE) & (run.ttft > allowance)).sum())

    names = POLICIES if instance.n <= MAX_MATRIX else QUICK_POLICIES
    runs = [simulate(instance, name) for name in names]
    orders = [min(runs, key=loss).order.tolist()]
    if BATCHING_FROM <= instance.n <= MAX_MATRIX:
        least = min(run.max for run in runs)
        orders += [order.tolist() for order in family_batch_orders(instance, least)]
    return orders

"""Any objective but the largest TTFT: known orders first, then what proves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.exact.backend import Run
from prefixsched.heuristics.family_orders import family_batch_orders
from prefixsched.heuristics.setup_times import costs_of
from prefixsched.heuristics.start_orders import BATCHING_FROM
from prefixsched.model.cost import Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import NO_ALLOWANCE, Cache, Instance
from prefixsched.model.problem import MAX_MATRIX, Problem
from prefixsched.offline.goodput import most_on_time
from prefixsched.offline.incumbent import OnProgress, Pursuit
from prefixsched.offline.lru_objectives import FEW, close_few
from prefixsched.offline.mean import least_mean
from prefixsched.offline.percentile import least_percentile
from prefixsched.offline.result import Result
from prefixsched.online.simulation import Simulation, simulate
from prefixsched.runtime.interrupt import HEEDED, cooperative
from prefixsched.verifier.objective import Objective

QUICK_POLICIES = ("fcfs", "lpm", "k-lpm:2", "k-lpm:4", "k-lpm:16")
"""Policies whose schedules are a first bound, however long the stream."""
POLICIES = (*QUICK_POLICIES, "shortest-prefill-first", "hrrn")
"""Those of shorter streams; the last two are for the mean and for who can miss."""


def check_question(objective: Objective, *, bounded: bool, relaxed: bool, backend: str) -> None:
    """Refuse what an objective other than the largest TTFT doesn't go with.

    Raises
    ------
    InputError
        If goodput has no bound to count, another has one, or a backend can't answer.
    """
    if objective.kind == "goodput" and not bounded:
        raise InputError("objective goodput: no bound to meet; give a ttft, or own")
    if objective.kind != "goodput" and bounded:
        raise InputError(
            f"objective {objective}: it decides no ttft; leave that out, or ask for goodput"
        )
    if relaxed:
        raise InputError(f"objective {objective}: relax is of a decision; leave one of them out")
    if backend not in ("auto", "dp"):
        raise InputError(
            f"objective {objective}: backend {backend} has the largest TTFT alone; give auto or dp"
        )


def check_relaxed(backend: str) -> None:
    """Refuse a backend that can't tell how many queries can be on time.

    Raises
    ------
    InputError
        If it isn't ``auto`` or ``dp``.
    """
    if backend not in ("auto", "dp"):
        raise InputError(
            f"relax: backend {backend} decides for all queries or none; give auto or dp, or ask "
            "for the promise alone"
        )


def optimise(
    instance: Instance,
    objective: Objective,
    *,
    ttft: int | None,
    allowance: IntArray | None,
    enough: int | None = None,
    run: Run,
    start: Sequence[int] | None,
    on_progress: OnProgress | None,
) -> Result:
    """The best schedule for a percentile, the goodput or the mean, and what is proven.

    Parameters
    ----------
    instance, objective
        What is asked.
    ttft, allowance
        For goodput, the one bound, None where each query has its own; and ``[n]``, the
        TTFT that each may have.
    enough
        For goodput, the decision whether so many can be on time; None to optimise.
    run, start, on_progress
        As in :func:`prefixsched.offline.solve`.
    """
    pursuit = Pursuit(instance, objective, ttft, on_progress, enough)
    search = cooperative(run.deadline, strict=instance.n > HEEDED)
    with search:
        if start is not None:
            pursuit.offer(start)
        for order in _known_orders(instance, objective, allowance):
            if not pursuit.settled:
                pursuit.offer(order)
        if instance.cache is Cache.LRU:
            if instance.n <= FEW and not pursuit.settled:
                close_few(pursuit, allowance, run)
            if not pursuit.settled:
                _relax_cache(pursuit, allowance, run)
        else:
            _search(pursuit, allowance, run)
    pursuit.interrupted = search.interrupted
    return pursuit.result()


def _relax_cache(pursuit: Pursuit, allowance: IntArray | None, run: Run) -> None:
    """What is proven for a cache that evicts nothing, in which no completion is later.

    See :mod:`prefixsched.bounds.caches`. Its best order is tried as it is.
    """
    roomy = replace(pursuit.instance, cache=Cache.UNBOUNDED, capacity=None)
    relaxed = Pursuit(roomy, pursuit.objective, pursuit.ttft, None, pursuit.enough)
    relaxed.offer(pursuit.order)
    try:
        _search(relaxed, allowance, run)
    finally:  # what is proven holds, however the search ends
        pursuit.backend, pursuit.nodes = relaxed.backend, relaxed.nodes
        pursuit.learn(relaxed.bound)
    pursuit.offer(relaxed.order)


def _search(pursuit: Pursuit, allowance: IntArray | None, run: Run) -> None:
    if pursuit.settled:
        return
    if pursuit.instance.n > MAX_MATRIX:
        _bound_at_sight(pursuit, allowance)
        return
    problem = Problem.of(pursuit.instance)
    pursuit.backend = "dp"
    if pursuit.objective.kind == "percentile":
        least_percentile(pursuit, problem, run)
    elif pursuit.objective.kind == "mean":
        least_mean(pursuit, problem, run)
    else:
        assert allowance is not None
        most_on_time(pursuit, problem.within(allowance), run)


def _bound_at_sight(pursuit: Pursuit, allowance: IntArray | None) -> None:
    """What follows from each query's least possible cost alone; a table's is not looked for."""
    instance = pursuit.instance
    if isinstance(instance.cost, Table):
        return
    least = costs_of(instance).least()
    if pursuit.objective.kind == "percentile":
        pursuit.learn(int(np.sort(least)[pursuit.objective.rank(len(least)) - 1]))
    elif pursuit.objective.kind == "mean":
        pursuit.learn(sum(least.tolist()))
    else:
        assert allowance is not None
        pursuit.learn(int(((allowance == NO_ALLOWANCE) | (least <= allowance)).sum()))


def _known_orders(
    instance: Instance, objective: Objective, allowance: IntArray | None
) -> list[Sequence[int]]:
    """The policies' best order for the objective, and one made of visits."""

    def loss(run: Simulation) -> int:
        if objective.kind == "percentile":
            assert objective.share is not None
            return run.percentile(objective.share)
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

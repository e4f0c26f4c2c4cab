"""The backend ``dp``: a relaxation to paths, and a layered search along what it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import numpy as np

from prefixsched.exact.backend import BestOrder, Outcome, beginning
from prefixsched.exact.dp.bisection import Bisection
from prefixsched.exact.dp.bitset_stage import solve_by_bitsets
from prefixsched.exact.dp.decision import EFFORTS, Decider
from prefixsched.exact.dp.local_search_worker import LocalSearchWorker
from prefixsched.exact.incumbent import Incumbent
from prefixsched.exact.lru import solve_lru
from prefixsched.exact.lru_problem import LruProblem
from prefixsched.model.problem import Problem
from prefixsched.model.status import Status
from prefixsched.runtime.limits import Limits


class Dp:
    """Decisions with growing effort, between bounds that close in.

    Few queries are first searched as they are (:mod:`~prefixsched.exact.dp.bitset_stage`), which
    takes a millisecond where it is enough. Otherwise a decision asks in turn: the windows that
    deadlines imply (:mod:`~prefixsched.exact.relaxation.time_windows`); paths through (query,
    completion) nodes (:mod:`~prefixsched.exact.relaxation.time_graph`) with Lagrangian multipliers
    (:mod:`~prefixsched.exact.relaxation.lagrangian`); and a layered search over (queries served,
    last query) along the paths that are left (:mod:`~prefixsched.kernels.dp.layered_search`). A
    search that left nothing out and found nothing is a refutation.

    Two threads share large layers, and a third improves schedules meanwhile.
    ``max_nodes`` limits states expanded, paths priced and moves of local search;
    then one thread does it all in turn, and runs repeat exactly.
    """

    name = "dp"

    def solve(
        self, problem: Problem, limits: Limits, incumbent: BestOrder | None = None
    ) -> Outcome:
        """Decide or minimise within limits."""
        due = problem.release if problem.due is None else problem.due
        order = np.lexsort((np.arange(problem.n), due, problem.release))
        number = np.empty_like(order)
        number[order] = np.arange(problem.n)
        known = beginning(problem, incumbent)

        def in_file_order(found: Sequence[int]) -> list[int]:
            named: list[int] = order[list(found)].tolist()
            return named

        def report() -> None:
            if inner.best is not None and (known.value is None or inner.value != known.value):
                known.take(in_file_order(inner.best))
            known.bound = max(known.bound, inner.bound)
            known.report(inner.nodes)

        by_release = problem.permuted(order)
        inner: BestOrder = Incumbent(
            by_release.max_flow, known.bound, on_change=report, watched=known.watched
        )
        if known.best is not None and known.value is not None:
            inner.begin(number[list(known.best)].tolist(), known.value)
        outcome = _by_release(by_release, limits, inner)
        found = outcome.order
        return replace(outcome, order=None if found is None else in_file_order(found))

    def solve_lru(
        self, problem: LruProblem, limits: Limits, incumbent: BestOrder | None = None
    ) -> Outcome:
        """Search over what is cached: :func:`prefixsched.exact.lru.solve_lru`."""
        return solve_lru(problem, limits, incumbent)


def _by_release(problem: Problem, limits: Limits, incumbent: BestOrder) -> Outcome:
    """Solve a problem whose queries are numbered by release, stage by stage."""
    first = solve_by_bitsets(problem, limits, incumbent)
    if first is not None:
        answers = (Status.OPTIMAL, Status.INFEASIBLE)
        if first.status in answers or (problem.due is not None and first.order is not None):
            return first
    with ExitStack() as stack:
        aside = limits.threads > 1 and limits.max_nodes is None  # threads don't repeat a run
        beside = ThreadPoolExecutor(1) if aside else None
        if beside is not None:
            stack.callback(beside.shutdown, wait=False)  # its last slice is of no use
        decider = Decider(problem, limits, limits.threads)
        decider.limits.charge(0 if first is None else first.nodes)
        worker = LocalSearchWorker(decider, beside)
        stack.callback(worker.stop)
        return _solve(decider, worker, incumbent)


def _solve(decider: Decider, worker: LocalSearchWorker, incumbent: BestOrder) -> Outcome:
    problem, limits = decider.problem, decider.limits
    if problem.due is None:
        return Bisection(decider, worker, incumbent).minimise()
    for effort in EFFORTS:
        answer = decider.decide(problem.due, effort)
        if answer.order is not None:
            return Outcome(Status.FEASIBLE, answer.order, nodes=limits.nodes)
        if answer.refuted:
            return Outcome(Status.INFEASIBLE, None, nodes=limits.nodes)
        if decider.exhausted:
            break
    return Outcome(Status.UNKNOWN, None, nodes=limits.nodes)

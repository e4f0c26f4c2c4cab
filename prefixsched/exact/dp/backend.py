"""The backend ``dp``: a relaxation to paths, and a layered search along what it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import numpy as np

from prefixsched.exact.backend import Outcome, Run
from prefixsched.exact.dp.bisection import Bracket
from prefixsched.exact.dp.bitset_stage import solve_by_bitsets
from prefixsched.exact.dp.decision import EFFORTS, Decider
from prefixsched.exact.dp.local_search_worker import LocalSearchWorker
from prefixsched.exact.lru import solve_lru
from prefixsched.exact.lru_problem import LruProblem
from prefixsched.model.problem import Problem
from prefixsched.model.status import Status


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

    def solve(self, problem: Problem, run: Run) -> Outcome:
        """Decide or minimise within the limits of ``run``."""
        due = problem.release if problem.due is None else problem.due
        order = np.lexsort((np.arange(problem.n), due, problem.release))
        number = np.empty_like(order)
        number[order] = np.arange(problem.n)

        def report(lower: int, found: Sequence[int] | None, nodes: int) -> None:
            run.report(lower, None if found is None else order[list(found)].tolist(), nodes)

        inner = replace(
            run,
            start=None if run.start is None else number[list(run.start)].tolist(),
            report=report,
        )
        outcome = _by_release(problem.permuted(order), inner)
        found = outcome.order
        return replace(outcome, order=None if found is None else order[list(found)].tolist())

    def solve_lru(self, problem: LruProblem, run: Run) -> Outcome:
        """Search over what is cached: :func:`prefixsched.exact.lru.solve_lru`."""
        return solve_lru(problem, run)


def _by_release(problem: Problem, run: Run) -> Outcome:
    """Solve a problem whose queries are numbered by release, stage by stage."""
    first = solve_by_bitsets(problem, run)
    if first is not None:
        answers = (Status.OPTIMAL, Status.INFEASIBLE)
        if first.status in answers or (problem.due is not None and first.order is not None):
            return first
        run = replace(run, start=first.order, lower=first.lower)
    with ExitStack() as stack:
        aside = run.threads > 1 and run.max_nodes is None  # threads don't repeat a run
        beside = ThreadPoolExecutor(1) if aside else None
        if beside is not None:
            stack.callback(beside.shutdown, wait=False)  # its last slice is of no use
        decider = Decider(problem, run, run.threads)
        decider.budget.charge(0 if first is None else first.nodes)
        polish = LocalSearchWorker(decider, beside)
        stack.callback(polish.stop)
        return _solve(decider, polish)


def _solve(decider: Decider, polish: LocalSearchWorker) -> Outcome:
    problem, run = decider.problem, decider.run
    if problem.due is None:
        return Bracket(decider, polish).minimise()
    for effort in EFFORTS:
        answer = decider.decide(problem.due, effort)
        if answer.order is not None:
            return Outcome(Status.FEASIBLE, answer.order, run.lower, decider.budget.nodes)
        if answer.refuted:
            return Outcome(Status.INFEASIBLE, None, run.lower, decider.budget.nodes)
        if decider.exhausted:
            break
    return Outcome(Status.UNKNOWN, None, run.lower, decider.budget.nodes)

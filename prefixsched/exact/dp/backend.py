"""The backend ``dp``: a relaxation to paths, and a layered search along what it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import numpy as np

from prefixsched.exact.backend import Outcome, Run
from prefixsched.exact.dp.bracket import Bracket
from prefixsched.exact.dp.decision import EFFORTS, Decider
from prefixsched.exact.problem import Problem
from prefixsched.result import Status


class Dp:
    """Decisions with growing effort, between bounds that close in.

    A decision asks in turn: the windows that deadlines imply
    (:mod:`~prefixsched.exact.windows`); paths through (query, completion) nodes
    (:mod:`~prefixsched.exact.timegraph`) with prices on visits
    (:mod:`~prefixsched.exact.prices`); and a layered search over (queries served,
    last query) along the paths that are left (:mod:`~prefixsched.kernels.search`).
    A search that left nothing out and found nothing is a refutation.

    Two threads share large layers. ``max_nodes`` limits states expanded, paths
    priced and moves of local search; then runs repeat exactly.
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
        with ExitStack() as stack:
            pool = stack.enter_context(ThreadPoolExecutor(2)) if run.threads > 1 else None
            outcome = _solve(problem.permuted(order), inner, pool)
        found = outcome.order
        return replace(outcome, order=None if found is None else order[list(found)].tolist())


def _solve(problem: Problem, run: Run, pool: ThreadPoolExecutor | None) -> Outcome:
    decider = Decider(problem, run, pool)
    if problem.due is None:
        return Bracket(decider).minimise()
    for effort in EFFORTS:
        answer = decider.decide(problem.due, effort)
        if answer.order is not None:
            return Outcome(Status.FEASIBLE, answer.order, run.lower, decider.budget.nodes)
        if answer.refuted:
            return Outcome(Status.INFEASIBLE, None, run.lower, decider.budget.nodes)
        if decider.exhausted:
            break
    return Outcome(Status.UNKNOWN, None, run.lower, decider.budget.nodes)

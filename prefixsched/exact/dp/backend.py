"""The backend ``dp``: decisions with growing beams, between bounds that close in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from prefixsched.exact.backend import Outcome, Run
from prefixsched.exact.dp.plan import Plan
from prefixsched.exact.dp.search import Decision, decide
from prefixsched.exact.problem import NO_DEADLINE, Problem
from prefixsched.prompts import IntArray
from prefixsched.result import Status

BEAMS = (100, 1_000, 10_000, 100_000, 1_000_000)
LAYER_BYTES = 2**31


class Dp:
    """Layered search over (queries served, last query), exact where no beam overflows."""

    name = "dp"

    def solve(self, problem: Problem, run: Run) -> Outcome:
        """Decide or minimise within the limits of ``run``."""
        search = _Search(problem, run)
        if problem.due is not None:
            return search.decide(problem.due)
        return search.minimise()


class _Search:
    def __init__(self, problem: Problem, run: Run) -> None:
        self.problem = problem
        self.run = run
        self.plan = Plan.of(problem)
        self.nodes = 0

    def ask(self, due: IntArray, beam: int) -> Decision:
        """One search, for deadlines in the problem's numbering."""
        queue = self.plan.queue(due[self.plan.order])
        limit = LAYER_BYTES // (8 * (queue.words + 8))

        def stop(nodes: int) -> bool:
            most = self.run.max_nodes
            return self.run.expired or (most is not None and self.nodes + nodes >= most)

        answer = decide(self.plan, queue, beam, limit, stop)
        self.nodes += answer.nodes
        return answer

    @property
    def exhausted(self) -> bool:
        most = self.run.max_nodes
        return self.run.expired or (most is not None and self.nodes >= most)

    def original(self, order: list[int]) -> list[int]:
        return [int(self.plan.order[j]) for j in order]

    def decide(self, due: IntArray) -> Outcome:
        for beam in (*BEAMS, NO_DEADLINE):
            answer = self.ask(due, beam)
            if answer.order is not None:
                order = self.original(answer.order)
                return Outcome(Status.FEASIBLE, order, self.run.lower, self.nodes)
            if answer.complete:
                return Outcome(Status.INFEASIBLE, None, self.run.lower, self.nodes)
            if self.exhausted:
                break
        return Outcome(Status.UNKNOWN, None, self.run.lower, self.nodes)

    def minimise(self) -> Outcome:
        problem, run = self.problem, self.run
        best: Sequence[int] = list(range(problem.n)) if run.start is None else list(run.start)
        best = list(np.argsort(problem.release, kind="stable")) if run.start is None else best
        upper = problem.max_flow(best)
        lower = max(run.lower, int(problem.least_setup.max()) if not problem.anticipatory else 0)
        lower = min(lower, upper)
        for beam in (*BEAMS, NO_DEADLINE):
            unclear = lower  # with this beam nothing below was found
            while unclear < upper and not self.exhausted:
                middle = (unclear + upper - 1) // 2
                answer = self.ask(problem.release + middle, beam)
                if answer.order is not None:
                    best = self.original(answer.order)
                    upper = problem.max_flow(best)
                    run.report(lower, best, self.nodes)
                    continue
                unclear = middle + 1
                if answer.complete:
                    lower = middle + 1
                    run.report(lower, None, self.nodes)
            if lower >= upper or self.exhausted:
                break
        status = Status.OPTIMAL if lower >= upper else Status.FEASIBLE
        return Outcome(status, best, min(lower, upper), self.nodes)

"""The backend ``dp``: decisions with growing beams, between bounds that close in."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np

from prefixsched.exact.backend import Outcome, Run
from prefixsched.exact.dp.grid import Grid
from prefixsched.exact.dp.plan import Plan
from prefixsched.exact.dp.search import Decision, decide
from prefixsched.exact.problem import Problem
from prefixsched.prompts import IntArray
from prefixsched.result import Status

BEAMS = (100, 1_000, 10_000, 100_000, 2**62)
"""States kept in a layer, restart after restart; the last keeps all."""
LAYER_BYTES = 2**31
"""Memory that a layer may take before cuts."""
COARSE = 64
"""Small beams bisect T down to this share of the upper bound before they try to prove."""


class Dp:
    """Layered search over (queries served, last query), exact where no beam overflows.

    A layer holds the states with equally many queries served, each with its
    earliest completion: for a fixed bound that is all that the rest depends on.
    States are cut by the work that remains (:func:`~prefixsched.kernels.search.slacks`)
    and by better states (:func:`~prefixsched.kernels.dominance.outlived`). A search
    that left nothing out and found nothing is a refutation.

    Two threads share large layers. ``max_nodes`` limits expanded states; then
    runs repeat exactly.
    """

    name = "dp"

    def solve(self, problem: Problem, run: Run) -> Outcome:
        """Decide or minimise within the limits of ``run``."""
        with ExitStack() as stack:
            pool = None
            if run.threads > 1:
                pool = stack.enter_context(ThreadPoolExecutor(2))
            search = _Search(problem, run, pool)
            if problem.due is not None:
                return search.decide(problem.due)
            return search.minimise()


class _Search:
    def __init__(self, problem: Problem, run: Run, pool: ThreadPoolExecutor | None) -> None:
        self.problem = problem
        self.run = run
        self.pool = pool
        self.plan = Plan.of(problem)
        self.nodes = 0
        self.exhausted = run.expired

    def ask(self, due: IntArray, beam: int) -> Decision:
        """One search, for deadlines in the problem's numbering."""
        queue = self.plan.queue(due[self.plan.order])
        limit = LAYER_BYTES // (8 * (queue.words + 8))
        began = time.monotonic()

        def stop(nodes: int, width: int) -> bool:
            """Whether a layer of ``width`` states, at the speed so far, would end too late."""
            most, left = self.run.max_nodes, self.run.remaining
            pace = (time.monotonic() - began) / max(nodes, 1)
            self.exhausted = (most is not None and self.nodes + nodes >= most) or (
                left is not None and left <= (pace * width if nodes else 0.0)
            )
            return self.exhausted

        answer = decide(self.plan, queue, beam, limit, stop, self.pool)
        self.nodes += answer.nodes
        return answer

    def original(self, order: list[int]) -> list[int]:
        """An order in the problem's numbering."""
        return [int(self.plan.order[j]) for j in order]

    def decide(self, due: IntArray) -> Outcome:
        """Beam after beam, until one finds a schedule or leaves nothing out."""
        for beam in BEAMS:
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
        """Bisect with small beams, then prove with ever larger ones."""
        bracket = _Bracket(self)
        for beam in BEAMS:
            unclear = bracket.lower  # with this beam nothing below was found
            while bracket.upper - unclear > bracket.upper // COARSE and not bracket.settled:
                if beam > BEAMS[1]:
                    break
                middle = (unclear + bracket.upper - 1) // 2
                answer = bracket.try_at(middle, beam)
                if answer is None or answer.order is None:
                    unclear = max(middle + 1, bracket.lower)
            while not bracket.settled:
                answer = bracket.try_at(bracket.upper - 1, beam)
                if answer is None or answer.order is None:
                    break
            if not bracket.settled and beam > BEAMS[1]:
                bracket.try_at((bracket.lower + bracket.upper) // 2, beam)
            if bracket.settled:
                break
        status = Status.OPTIMAL if bracket.lower >= bracket.upper else Status.FEASIBLE
        return Outcome(status, bracket.best, bracket.lower, self.nodes)


class _Bracket:
    """The best order and the proven lower bound of a minimisation."""

    def __init__(self, search: _Search) -> None:
        problem, run = search.problem, search.run
        self.search = search
        self.grid = Grid.of(problem)
        self.best: Sequence[int] = (
            np.argsort(problem.release, kind="stable").tolist() if run.start is None else run.start
        )
        self.upper = problem.max_flow(self.best)
        self.lower = min(self.grid.up(run.lower), self.upper)

    @property
    def settled(self) -> bool:
        """Whether there is no more to do, or no more time for it."""
        return self.lower >= self.upper or self.search.exhausted

    def try_at(self, bound: int, beam: int) -> Decision | None:
        """Decide a bound, or rather the next possible optimum below, and learn from it."""
        bound = self.grid.down(bound)
        if bound < self.lower:
            self.lower = max(self.lower, min(self.grid.up(bound + 1), self.upper))
            return None
        search = self.search
        answer = search.ask(search.problem.release + bound, beam)
        if answer.order is not None:
            self.best = search.original(answer.order)
            self.upper = search.problem.max_flow(self.best)
        elif answer.complete:
            self.lower = min(self.grid.up(bound + 1), self.upper)
        search.run.report(self.lower, self.best, search.nodes)
        return answer

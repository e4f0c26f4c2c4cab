"""Minimisation: a bracket that decisions close."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from prefixsched.exact.backend import Outcome
from prefixsched.exact.dp.decision import EFFORTS, Decider, Effort
from prefixsched.exact.dp.grid import Grid
from prefixsched.heuristics.local_search import improve
from prefixsched.result import Status

WORK = 2_000_000
"""Moves times queries of local search before the first level; twice as many before the next."""
MOVES = 1_000
"""The most moves a query, however few queries there are."""
SMALL = 32
"""Queries up to which the search without a relaxation comes first."""
SHARE = 100
"""The bisection of a level ends within this share of the upper bound; each level halves it."""


class Bracket:
    """The best order and the proven lower bound of a minimisation.

    Each level of effort first asks for the next better schedule: a refutation
    ends the run. Where that stays open, bisection finds the largest bound that
    this effort refutes, and the next level begins from there.
    """

    def __init__(self, decider: Decider) -> None:
        problem, run = decider.problem, decider.run
        self.decider = decider
        self.grid = Grid.of(problem)
        self.best: Sequence[int] = (
            np.argsort(problem.release, kind="stable").tolist() if run.start is None else run.start
        )
        self.upper = problem.max_flow(self.best)
        self.lower = min(self.grid.up(run.lower), self.upper)

    @property
    def settled(self) -> bool:
        """Whether there is no more to do, or no more time for it."""
        return self.lower >= self.upper or self.decider.exhausted

    def minimise(self) -> Outcome:
        """Close the bracket, level by level."""
        share = SHARE
        for level, effort in enumerate(EFFORTS):
            if self.settled:
                break
            if effort.arcs == 0 and self.decider.problem.n > SMALL:
                continue
            if effort.arcs:
                self._improve(level)
            unclear = self._climb(effort)
            while not self.settled and level and unclear - self.lower > self.upper // share:
                middle = (self.lower + unclear) // 2
                if not self._try_at(middle, effort):
                    unclear = middle
                unclear = min(unclear, self.upper - 1)
            share *= 2
        nodes = self.decider.budget.nodes
        status = Status.OPTIMAL if self.lower >= self.upper else Status.FEASIBLE
        return Outcome(status, self.best, self.lower, nodes)

    def _climb(self, effort: Effort) -> int:
        """Better schedules as long as there are any; the bound that is left open."""
        while not self.settled and self._try_at(self.upper - 1, effort):
            pass
        return self.upper - 1

    def _try_at(self, bound: int, effort: Effort) -> bool:
        """Decide a bound, or rather the next possible optimum below; whether it was answered."""
        bound = self.grid.down(bound)
        if bound < self.lower:
            self._raise_to(bound + 1)
            return True
        decider = self.decider
        answer = decider.decide(decider.problem.release + bound, effort)
        if answer.order is not None:
            self._take(answer.order)
        elif answer.refuted:
            self._raise_to(bound + 1)
        self._report()
        return answer.refuted or answer.order is not None

    def _improve(self, level: int) -> None:
        """Local search from the best order."""
        decider, n = self.decider, self.decider.problem.n
        moves = decider.budget.at_most(min((WORK << level) // n, (MOVES << level) * n))
        order = improve(
            decider.problem,
            self.best,
            deadline=decider.run.deadline,
            seed=decider.run.seed,
            max_moves=moves,
            enough=self.lower,
        )
        decider.budget.charge(moves)
        self._take(order.tolist())
        self._report()

    def _take(self, order: Sequence[int]) -> None:
        value = self.decider.problem.max_flow(order)
        if value < self.upper:
            self.best, self.upper = order, value

    def _raise_to(self, value: int) -> None:
        self.lower = max(self.lower, min(self.grid.up(value), self.upper))

    def _report(self) -> None:
        self.decider.run.report(self.lower, self.best, self.decider.budget.nodes)

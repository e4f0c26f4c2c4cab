"""Every order, by depth-first search with one bound: for tests and tiny instances."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from prefixsched.exact.backend import BestOrder, Outcome
from prefixsched.exact.lru_problem import LruProblem, Runs
from prefixsched.model.errors import InputError
from prefixsched.model.problem import NO_DEADLINE, Problem
from prefixsched.model.status import Status
from prefixsched.runtime.limits import Limits

MAX_QUERIES = 9
PAUSE = 256
"""Nodes between two looks at the clock: a few milliseconds."""


class Brute:
    """Enumerates all n! orders, n ≤ 9; a prefix that is already too late is not extended."""

    name = "brute"

    def solve(
        self, problem: Problem, limits: Limits, incumbent: BestOrder | None = None
    ) -> Outcome:
        """Decide or minimise by enumeration."""
        _refuse_many(problem.n, "cpsat")
        count = _Count(limits)
        search = _Search(problem, count)
        search.extend([], 0, problem.setup[-1])
        decision = problem.due is not None
        return _outcome(search.best, search.bound, incumbent, count, decision=decision)

    def solve_lru(
        self, problem: LruProblem, limits: Limits, incumbent: BestOrder | None = None
    ) -> Outcome:
        """The same with an ``lru`` cache."""
        _refuse_many(problem.n, "dp")
        return _brute_lru(problem, limits, incumbent)


def _refuse_many(n: int, other: str) -> None:
    if n > MAX_QUERIES:
        raise InputError(f"backend brute: {n} queries; it takes at most {MAX_QUERIES}, use {other}")


class _Count:
    """The nodes made so far, and whether a limit was reached."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.nodes = 0
        self.over = False

    def node(self) -> bool:
        """Whether one more may be made; it is counted."""
        most = self.limits.max_nodes
        if (most is not None and self.nodes >= most) or (
            self.nodes % PAUSE == 0 and self.limits.expired
        ):
            self.over = True
        if not self.over:
            self.nodes += 1
        return not self.over


def _outcome(
    best: Sequence[int] | None,
    bound: int,
    incumbent: BestOrder | None,
    count: _Count,
    *,
    decision: bool,
) -> Outcome:
    """What was found, and proved where no limit came first."""
    if decision:
        unmet = Status.UNKNOWN if count.over else Status.INFEASIBLE
        return Outcome(unmet if best is None else Status.FEASIBLE, best, nodes=count.nodes)
    if not count.over:
        return Outcome(Status.OPTIMAL, best, bound, count.nodes)
    if best is None and incumbent is not None:
        best = incumbent.best
    status = Status.UNKNOWN if best is None else Status.FEASIBLE
    return Outcome(status, best, 0 if incumbent is None else incumbent.bound, count.nodes)


class _Search:
    def __init__(self, problem: Problem, count: _Count) -> None:
        self.problem = problem
        self.count = count
        self.best: list[int] | None = None
        self.bound = int(problem.horizon) + 1  # the least largest flow time seen

    def late(self, j: int, completion: int) -> bool:
        if self.problem.due is not None:
            return self.best is not None or completion > int(self.problem.due[j])
        return completion - int(self.problem.release[j]) >= self.bound

    def extend(self, order: list[int], now: int, setup: np.ndarray) -> None:
        if not self.count.node():
            return
        problem = self.problem
        if len(order) == problem.n:
            self.best = list(order)
            self.bound = problem.max_flow(order)
            return
        for j in range(problem.n):
            if j in order:
                continue
            release, cost = int(problem.release[j]), int(setup[j])
            end = max(now + cost, release + min(cost, int(problem.at_arrival[j])))
            if self.late(j, end):
                continue
            after = problem.setup[j]
            if problem.unbounded:
                after = np.minimum(setup, after)
            self.extend([*order, j], end, after)


def _brute_lru(problem: LruProblem, limits: Limits, incumbent: BestOrder | None) -> Outcome:
    """Every order, depth first: a prefix that is already too late is not extended."""
    edges = problem.edges
    due = (problem.instance.arrival if problem.due is None else problem.due).tolist()
    best: tuple[int, ...] | None = None
    bound = 1 if problem.due is not None else NO_DEADLINE  # of the lateness: less is better
    count = _Count(limits)
    stack: list[tuple[tuple[int, ...], int, int, Runs]] = [((), 0, -NO_DEADLINE, ())]
    while stack:
        order, now, worst, runs = stack.pop()
        if worst >= bound or (problem.due is not None and best is not None):
            continue
        if not count.node():
            break
        if len(order) == problem.n:
            best, bound = order, worst
            continue
        cached = sum(runs)
        for j in range(problem.n):
            if j not in order:
                end = max(now, edges.release[j]) + edges.cost(j, cached)
                stack.append(((*order, j), end, max(worst, end - due[j]), edges.serve(runs, j)))
    return _outcome(best, bound, incumbent, count, decision=problem.due is not None)

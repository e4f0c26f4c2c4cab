"""Bitset stage, the first of ``dp``: up to 64 queries, one compiled call for each decision."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.exact.backend import Backend, BestOrder, Outcome, beginning
from prefixsched.kernels.dp.bitset_problem import MAX_QUERIES, BitsetProblem, prepare
from prefixsched.kernels.dp.bitset_search import minimise, search
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.problem import Problem, WorkTree
from prefixsched.model.status import Status
from prefixsched.runtime.limits import Limits

MAX_NODES = 60_000
"""States expanded after which it gives up, and leaves the rest to slower and cleverer stages."""
RUN_NODES_DIVISOR = 2
"""Of the nodes that a run may take, it takes one in so many, so that later stages have as many."""
NODES_A_SECOND = 100_000
"""States expanded a second, on a slow machine."""
NODE_BYTES = 1_000
"""Memory that a state and those that follow from it take."""
BEAMS = np.array([1, 8, 64, 4_000])
"""States kept in a layer; a beam that leaves some out and finds nothing is followed by the next.

The last is for proofs: where more would be kept, the stages to come are faster.
"""
NARROW_UP_TO = 24
"""Queries up to which narrow beams are enough, and policies' orders aren't worth their time."""
NARROW_BEAMS = np.array([1, 4, 4_000])
"""States kept in a layer for so few queries."""
NODES_BETWEEN_REPORTS = 1_000
"""States expanded between two reports and looks at the clock, where nobody watches."""
_NOTHING = np.zeros(1, dtype=np.int64)
NO_TREE = WorkTree(_NOTHING, _NOTHING, _NOTHING, _NOTHING)
"""A root alone, where the set-ups come from no tree."""


def solve_by_bitsets(
    problem: Problem, limits: Limits, incumbent: BestOrder | None = None
) -> Outcome | None:
    """Decide or minimise, or give up early.

    Each search asks for an order better than the best, and the beam grows where it
    finds none; one that left nothing out and found nothing is a refutation.

    Parameters
    ----------
    problem
        Its queries are numbered by release.
    limits
        Of its nodes it takes a share.
    incumbent
        For a minimisation, what is known, and what learns of what is found.

    Returns
    -------
    Outcome
        What was found, or what is known when it gives up; None where the problem
        is too large for it.
    """
    if problem.n > MAX_QUERIES:
        return None
    if problem.due is not None:
        return _BitsetStage(problem, limits).decide(problem.due)
    return _BitsetStage(problem, limits).minimise(beginning(problem, incumbent))


def starts_itself(instance: Instance, solver: Backend | None) -> bool:
    """Whether ``solver``, or what stands in for None, is ``dp`` and makes the best start itself."""
    chosen = solver is None or solver.name == "dp"
    return chosen and instance.n <= NARROW_UP_TO and instance.cache is not Cache.LRU


class _BitsetStage:
    """One run, and what it may still spend."""

    def __init__(self, problem: Problem, limits: Limits) -> None:
        self.problem = problem
        self.limits = limits
        self.data = _bitset_problem(problem)
        self.most = min(MAX_NODES, limits.memory // NODE_BYTES)
        if limits.max_nodes is not None:
            self.most = min(self.most, limits.max_nodes // RUN_NODES_DIVISOR)
        self.beams = BEAMS if problem.n > NARROW_UP_TO else NARROW_BEAMS
        self.level = 0
        self.nodes = 0

    @property
    def limit(self) -> int:
        """States that may still be expanded, 0 where no more is to be tried."""
        left, limit = self.limits.remaining, self.most - self.nodes
        if left is not None:
            limit = min(limit, int(left * NODES_A_SECOND))
        return limit if self.level < len(self.beams) else 0

    def decide(self, due: IntArray) -> Outcome:
        """Whether the deadlines can be met."""
        by_due = np.argsort(due, kind="stable")
        while (limit := self.limit) > 0:
            beam, last = int(self.beams[self.level]), self.level == len(self.beams) - 1
            order, _, complete, nodes = search(self.data, due, by_due, beam, last, limit)
            self.nodes += int(nodes)
            self.level += 1
            if len(order):
                return Outcome(Status.FEASIBLE, order.tolist(), nodes=self.nodes)
            if complete:
                return Outcome(Status.INFEASIBLE, None, nodes=self.nodes)
        return Outcome(Status.UNKNOWN, None, nodes=self.nodes)

    def minimise(self, incumbent: BestOrder) -> Outcome:
        """The least largest flow time, or a bracket of it."""
        known, lower = incumbent.best, incumbent.bound
        best = np.arange(self.problem.n) if known is None else np.array(known, dtype=np.int64)
        pause = 1 if incumbent.watched else NODES_BETWEEN_REPORTS
        while (limit := self.limit) > 0:
            best, upper, proven, self.level, nodes = minimise(
                self.data, best, lower, self.beams, self.level, pause, limit
            )
            self.nodes += int(nodes)
            if proven:
                return Outcome(Status.OPTIMAL, best.tolist(), int(upper), self.nodes)
            incumbent.take(best.tolist())
            incumbent.report(self.nodes)
        return Outcome(Status.FEASIBLE, best.tolist(), lower, self.nodes)


def _bitset_problem(problem: Problem) -> BitsetProblem:
    """What the kernel sees."""
    tree = problem.tree or NO_TREE
    node = tree.node if problem.tree else np.zeros(problem.n, dtype=np.int64)
    release, setup, residual = problem.release, problem.setup, problem.at_arrival
    due = release if problem.due is None else problem.due
    return BitsetProblem(
        release,
        setup,
        residual,
        tree.parent,
        tree.edge,
        tree.token,
        node,
        *prepare(release, due, setup, residual, tree.parent, node, problem.anticipatory),
        problem.tree is not None,
        problem.unbounded,
    )

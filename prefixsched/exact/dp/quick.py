"""The first stage of ``dp``: few queries, searched by one compiled call for each decision."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from prefixsched.exact.backend import Backend, Outcome, Run
from prefixsched.exact.dp.grid import Grid
from prefixsched.exact.problem import Problem, WorkTree
from prefixsched.instance import Cache, Instance
from prefixsched.kernels.quick import MOST, Small, attempt, prepare
from prefixsched.prompts import IntArray
from prefixsched.result import Status

NODES = 20_000
"""States after which the search gives up, and leaves the rest to slower and cleverer stages."""
SHARE = 2
"""Of the nodes that a run may take, it takes one in so many."""
NODES_A_SECOND = 100_000
"""States expanded a second, on a slow machine."""
NODE_BYTES = 1_000
"""Memory that a state and those that follow from it take."""
BEAMS = (1, 8, 64, 2**62)
"""States kept in a layer; a beam that leaves some out and finds nothing is followed by the next."""


def quick(problem: Problem, run: Run) -> Outcome | None:
    """Decide or minimise, or give up early.

    Each search asks for an order better than the best, and the beam grows where it
    finds none; one that left nothing out and found nothing is a refutation.

    Parameters
    ----------
    problem
        Its queries are numbered by release.
    run
        Its limits; of its nodes it takes a share.

    Returns
    -------
    Outcome
        What was found, or what is known when it gives up; None where the problem
        is too large for it.
    """
    if problem.n > MOST:
        return None
    if problem.due is not None:
        return _Quick(problem, run).decide(problem.due)
    return _Quick(problem, run).minimise()


def starts_itself(instance: Instance, solver: Backend | None) -> bool:
    """Whether ``solver``, or what stands in for None, is ``dp`` and begins with this stage."""
    chosen = solver is None or solver.name == "dp"
    return chosen and instance.n <= MOST and instance.cache is not Cache.LRU


class _Quick:
    def __init__(self, problem: Problem, run: Run) -> None:
        self.problem = problem
        self.run = run
        self.small = _small(problem)
        self.limit = min(NODES, run.memory // NODE_BYTES)
        if run.max_nodes is not None:
            self.limit = min(self.limit, run.max_nodes // SHARE)
        self.nodes = 0
        self.level = 0

    @property
    def exhausted(self) -> bool:
        return self.level == len(BEAMS) or self.nodes >= self.limit or self.run.expired

    def decide(self, due: IntArray) -> Outcome:
        """Whether the deadlines can be met."""
        by_due = np.argsort(due, kind="stable")
        while not self.exhausted:
            order, _, complete = self._attempt(due, by_due)
            if order is not None:
                return self._outcome(Status.FEASIBLE, order, self.run.lower)
            if complete:
                return self._outcome(Status.INFEASIBLE, None, self.run.lower)
        return self._outcome(Status.UNKNOWN, None, self.run.lower)

    def minimise(self) -> Outcome:
        """The least largest flow time, or a bracket of it."""
        problem, run = self.problem, self.run
        by_release = np.arange(problem.n)
        best: Sequence[int] = by_release.tolist() if run.start is None else run.start
        upper, lower = problem.max_flow(best), run.lower
        grid = Grid.of(problem)
        while lower < upper and not self.exhausted:
            bound = grid.down(upper - 1)
            if bound < lower:
                lower = upper
                break
            order, flow, complete = self._attempt(problem.release + bound, by_release)
            if order is not None:
                best, upper = order, flow
            elif complete:
                lower = upper
            run.report(lower, best, self.nodes)
        status = Status.OPTIMAL if lower >= upper else Status.FEASIBLE
        return self._outcome(status, best, min(lower, upper))

    def _attempt(self, due: IntArray, by_due: IntArray) -> tuple[list[int] | None, int, bool]:
        """One search: an order, its largest flow time, and whether nothing was left out."""
        limit = self.limit - self.nodes
        left = self.run.remaining
        if left is not None:
            limit = min(limit, int(left * NODES_A_SECOND))
        order, flow, complete, nodes = attempt(self.small, due, by_due, BEAMS[self.level], limit)
        self.nodes += nodes
        if len(order):
            return order.tolist(), flow, complete
        self.level += 1
        return None, 0, complete

    def _outcome(self, status: Status, order: Sequence[int] | None, lower: int) -> Outcome:
        return Outcome(status, order, lower, self.nodes)


def _small(problem: Problem) -> Small:
    """What the kernel sees."""
    tree = problem.tree
    if tree is None:
        dummy = np.zeros(1, dtype=np.int64)
        tree = WorkTree(dummy, dummy, dummy, np.zeros(problem.n, dtype=np.int64))
    release, setup, warm = problem.release, problem.setup, problem.at_arrival
    due = release if problem.due is None else problem.due
    return Small(
        release,
        setup,
        warm,
        tree.parent,
        tree.edge,
        tree.token,
        tree.node,
        *prepare(release, due, setup, warm, tree.parent, tree.node),
        problem.tree is not None,
        problem.unbounded,
    )

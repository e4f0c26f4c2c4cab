"""Deadlines put to the relaxation: refuted, met by an order, or left open on a smaller graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prefixsched.exact.budget import Budget
from prefixsched.exact.prices import negotiate
from prefixsched.exact.problem import Problem
from prefixsched.exact.timegraph import Memory, TimeGraph
from prefixsched.exact.windows import Windows
from prefixsched.prompts import IntArray

ARCS = (500_000, 500_000, 2_000_000)
"""Arcs of a graph when it is built, and built again; its grid follows from that."""
SPLIT_ARCS = 3_000_000
"""Arcs that a graph may grow to when it tells nodes apart by memory."""
ROUNDS = 1_000
"""Paths priced before a graph is left as it is."""
REMEMBERED = 8
"""Queries that one query remembers."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What the relaxation has to say on some deadlines.

    Parameters
    ----------
    refuted
        Whether there is proof that no schedule meets them.
    order
        A schedule that does, if one was met.
    windows
        What every schedule that does must fulfil, but for the order of twins.
    graph
        What is left of the time graph, where one could be built.
    """

    refuted: bool
    order: Sequence[int] | None
    windows: Windows
    graph: TimeGraph | None


class Relaxation:
    """The relaxation of one problem, which learns from each set of deadlines for the next.

    Prices that refuted some deadlines are the first to be tried on others, and
    queries that paths visited twice stay in memory. Neither affects what is
    true, only how fast it is found.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.memory = Memory(problem.n, REMEMBERED)
        self.prices: IntArray | None = None

    def check(self, due: IntArray, budget: Budget) -> Answer:
        """Put ``due`` to the relaxation, pricing as many paths as ``budget`` allows.

        A graph may be coarse at first. What its prices rule out narrows the
        windows, and narrower windows allow for a finer grid.
        """
        windows = Windows.of(self.problem, due, self.problem.precedences)
        if self.problem.unbounded:
            return Answer(not windows.consistent, None, windows, None)
        graph = None
        for limit in ARCS:
            if not windows.consistent or budget.spent:
                break
            finer = TimeGraph(windows, limit)
            if finer.refused or (graph is not None and finer.grid >= graph.grid):
                continue
            graph = finer
            refuted, order = self._negotiate(graph, budget)
            if order is not None and (self.problem.completions(order) > due).any():
                order = None  # it meets them in rounded times alone
            if refuted or order is not None:
                return Answer(refuted, order, windows, graph)
            windows = graph.narrowed()
        return Answer(not windows.consistent, None, windows, graph)

    def _negotiate(self, graph: TimeGraph, budget: Budget) -> tuple[bool, Sequence[int] | None]:
        """Price, and remember what the paths visited twice, as long as that is new."""
        known = Memory(graph.n, 0)  # what the graph's nodes tell apart
        while True:
            rounds = budget.at_most(ROUNDS)
            verdict = negotiate(graph, self.prices, rounds, lambda: budget.run.expired)
            budget.charge(verdict.rounds)
            if verdict.refuted:
                self.prices = verdict.prices
            if verdict.refuted or verdict.order is not None or budget.spent:
                return verdict.refuted, verdict.order
            self.memory.learn(_cycles(verdict.mix))
            if (known.remembers == self.memory.remembers).all():
                return False, None
            if not graph.split(self.memory, SPLIT_ARCS):
                return False, None
            known.remembers = self.memory.remembers.copy()


def _cycles(paths: Sequence[Sequence[int]]) -> Iterator[Sequence[int]]:
    """The stretches of ``paths`` from a query until just before it comes again."""
    for path in paths:
        seen: dict[int, int] = {}
        for k, query in enumerate(path):
            if query in seen:
                yield path[seen[query] : k]
            seen[query] = k

"""One decision, with as much effort as asked for."""

from __future__ import annotations

from dataclasses import dataclass

from prefixsched.arrays import IntArray
from prefixsched.exact.dp.layered_search import search
from prefixsched.exact.dp.search_context import SearchContext
from prefixsched.exact.relaxation.refutation import Answer, Relaxation
from prefixsched.exact.relaxation.time_windows import Windows
from prefixsched.model.problem import Problem
from prefixsched.runtime.limits import Limits, now


@dataclass(frozen=True)
class Effort:
    """How much work a decision may take.

    Parameters
    ----------
    arcs, rounds
        Arcs that the relaxation's graph may have for each pair of queries, and paths
        that it may price; 0 to do without the relaxation.
    beam
        States kept in a layer of the search.
    """

    arcs: int
    rounds: int
    beam: int


MEASURABLE = 100
"""States of a layer whose time says how fast the search is: with fewer, kernels are compiled."""
LEAST_PAIRS = 5_000
"""Pairs of queries that a graph is made for at least, however few there are."""
ARC_BYTES = 100
"""Memory that an arc takes while a graph is unfolded."""
MAX_ARCS = 8_000_000
"""More arcs take a second for a few paths."""
EFFORTS = (
    Effort(0, 0, 300),
    Effort(100, 600, 1_000),
    Effort(200, 2_000, 10_000),
    Effort(400, 8_000, 100_000),
    Effort(800, 10**9, 2**62),
)


class Decider:
    """Decides deadlines for one problem, whose queries are numbered by release."""

    def __init__(self, problem: Problem, limits: Limits, threads: int = 1) -> None:
        self.problem = problem
        self.limits = limits.slice()
        self.threads = threads
        self.context = SearchContext.of(problem)
        self.relaxation = Relaxation(problem)
        self.exhausted = self.limits.spent

    def refutes(self, due: IntArray, effort: Effort) -> bool:
        """Whether the effort proves that the deadlines can't be met; quick where it doesn't."""
        return self.decide(due, effort, prove=True).refuted

    def decide(self, due: IntArray, effort: Effort, *, prove: bool = False) -> Answer:
        """Whether the deadlines can be met; open where the effort doesn't tell.

        With ``prove`` no time goes into schedules.
        """
        answer = self._relaxed(due, effort)
        if answer.refuted or answer.order is not None:
            return answer
        if self.limits.spent:
            self.exhausted = True
            return answer
        data = self.context.decision_data(answer.windows, answer.bounds)
        pace, since, before = 0.0, now(), 0

        def stop(nodes: int, width: int) -> bool:
            """Whether a layer of ``width`` states, at the speed of the last, would end too late."""
            nonlocal pace, since, before
            moment = now()
            if nodes - before >= MEASURABLE:
                pace = (moment - since) / (nodes - before)
            since, before = moment, nodes
            left, remaining = self.limits.left, self.limits.remaining
            self.exhausted = (left is not None and nodes >= left) or (
                remaining is not None and remaining <= pace * width
            )
            return self.exhausted

        memory = self.limits.memory - (0 if answer.bounds is None else answer.bounds.nbytes)
        found = search(
            data,
            effort.beam,
            memory,
            stop,
            lambda: self.limits.expired,
            threads=self.threads,
            prove=prove,
        )
        self.exhausted |= self.limits.expired
        self.limits.charge(found.nodes)
        refuted = found.order is None and found.complete
        return Answer(refuted, found.order, answer.windows)

    def _relaxed(self, due: IntArray, effort: Effort) -> Answer:
        if effort.arcs:
            arcs = effort.arcs * max(LEAST_PAIRS, self.problem.n**2)
            arcs = min(arcs, self.limits.memory // ARC_BYTES, MAX_ARCS)
            return self.relaxation.check(due, self.limits, arcs, effort.rounds)
        windows = Windows.of(self.problem, due, self.problem.precedences)
        return Answer(not windows.consistent, None, windows)

"""Which one query may miss, so that all others are on time: each is tried, two at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.exact.dp.decision import EFFORTS, Decider
from prefixsched.exact.relaxation.lagrangian import single_threaded_algebra
from prefixsched.model.problem import NO_DEADLINE, Problem
from prefixsched.runtime.limits import Limits

LEVELS = len(EFFORTS) - 1
"""Levels of work for one query; the last has no end but the answer."""


@dataclass(frozen=True)
class Found:
    """What came of it that one query may miss: ``refuted``, or an ``order``, or open."""

    query: int
    refuted: bool
    order: Sequence[int] | None
    nodes: int


class OneTardyJob:
    """Decides for one query after another whether all others can be on time.

    What is learned begins the next try: the multipliers that refuted another query, and the
    effort that refuted this one before. Who was the most work comes first, as it tells
    soonest whether a level of effort is enough.

    Each is tried once in a call, with finitely many efforts.

    Parameters
    ----------
    problem
        Queries without deadlines.
    limits
        Of all queries together.
    latest
        ``[n]``; the deadlines of those who miss, ``NO_DEADLINE`` for none.
    """

    def __init__(self, problem: Problem, limits: Limits, latest: IntArray | None = None) -> None:
        self.order = np.argsort(problem.release, kind="stable")
        self.problem = problem.permuted(self.order)
        self.limits = limits
        self.latest = np.full(problem.n, NO_DEADLINE) if latest is None else latest
        self.work = np.zeros(problem.n, dtype=np.int64)
        self.effort = np.zeros(problem.n, dtype=np.int64)
        self.multipliers: IntArray | None = None

    def decide(
        self,
        due: IntArray,
        queries: Sequence[int],
        level: int | None,
        most_nodes: int | None,
        tell: Callable[[Found], bool],
    ) -> None:
        """Try ``queries`` until ``tell``, which hears of each, says that it is enough.

        Parameters
        ----------
        due
            ``[n]``; the latest completions.
        queries
            In the order in which to try them where no work is known yet.
        level
            How much work each may take: -1, or more for more; None for all that it takes.
        most_nodes
            The most search nodes; then they are tried one at a time, so that runs repeat.
        tell
            Called in the order of trying.
        """
        limits = self.limits.slice(nodes=most_nodes, counted=most_nodes is not None)
        most = 1 + (LEVELS if level is None else min(level + 1, LEVELS))
        by_work = sorted(queries, key=lambda j: -int(self.work[j]))
        if most_nodes is not None or limits.threads < 2:
            self._hear((self._try(due, j, most, limits) for j in by_work), limits, tell)
            return
        limits.memory //= 2
        with single_threaded_algebra(), ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(self._try, due, j, most, limits) for j in by_work]
            try:
                self._hear((one.result() for one in waiting), limits, tell)
            finally:
                limits.end()
                for one in waiting:
                    one.cancel()

    def _hear(self, tried: Iterator[Found], limits: Limits, tell: Callable[[Found], bool]) -> None:
        """Learn from each in turn, until ``tell`` says that it is enough."""
        for found in tried:
            self.work[found.query] = found.nodes
            limits.charge(found.nodes)
            if not tell(found):
                return

    def _try(self, due: IntArray, query: int, most: int, limits: Limits) -> Found:
        """Let one query miss, with all efforts below ``most`` that may be of use."""
        free = due.copy()
        free[query] = self.latest[query]
        free = free[self.order]
        decider = Decider(replace(self.problem, due=free), limits)
        decider.relaxation.multipliers = self.multipliers
        order, refuted = None, False
        for effort in range(min(int(self.effort[query]), most - 1), most):
            answer = decider.decide(free, EFFORTS[effort])
            order, refuted = answer.order, answer.refuted
            if order is not None or refuted or decider.exhausted:
                break
            self.effort[query] = effort + 1
        if refuted:
            self.effort[query] = effort
            self.multipliers = decider.relaxation.multipliers
        found = None if order is None else self.order[list(order)].tolist()
        return Found(query, refuted, found, decider.limits.nodes)

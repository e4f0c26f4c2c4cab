"""Time-window tightening: what deadlines imply for completions, precedences and arcs.

The rules are those by which Ascheuer, Fischetti and Grötschel, "Solving the asymmetric travelling
salesman problem with time windows by branch-and-cut" (Mathematical Programming 90, 2001),
preprocess, with the least set-up over all possible predecessors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prefixsched.arrays import INFINITY, BoolArray, IntArray
from prefixsched.kernels.relaxation.bit_relations import closure, twice
from prefixsched.model.problem import NO_DEADLINE, Problem


@dataclass(frozen=True, eq=False)
class Windows:
    """Necessary conditions on every schedule that meets the deadlines, each served at once.

    *Served at once* means that a query is served as soon as the server and the
    query are there, which a permutation implies. Among schedules that differ in
    the order of twins alone, the conditions keep one.

    Parameters
    ----------
    problem
        What is scheduled; its own deadlines play no part here.
    earliest, latest
        ``[n]``; bounds on each completion.
    before
        ``[n, n]``; whether row is served before column; transitively closed.
    arcs
        ``[n + 1, n + 1]``; whether column can come right after row. Row n is the
        empty cache, column n the end.
    consistent
        False if the conditions contradict each other, so that there is no such
        schedule; then the other fields mean nothing.
    """

    problem: Problem
    earliest: IntArray
    latest: IntArray
    before: BoolArray
    arcs: BoolArray
    consistent: bool

    @classmethod
    def of(cls, problem: Problem, due: IntArray, precedences: Sequence[tuple[int, int]]) -> Windows:
        """The conditions that follow from deadlines and given precedences."""
        n = problem.n
        before = np.zeros((n, n), dtype=bool)
        for i, j in precedences:
            before[i, j] = True
        arcs = np.ones((n + 1, n + 1), dtype=bool)
        np.fill_diagonal(arcs, False)
        latest = np.minimum(due, problem.horizon)
        free = due >= NO_DEADLINE
        if free.any() and not free.all():  # served at once after all others, if not before
            after = max(int(due[~free].max()), int(problem.release.max()))
            latest = np.minimum(latest, after + int(problem.greatest_setup[free].sum()))
        return cls(problem, problem.release, latest, before, arcs, True).tightened()

    @property
    def direct(self) -> BoolArray:
        """``[n, n]``; ``before`` without the pairs that follow from others."""
        direct: BoolArray = self.before & ~twice(self.before)
        return direct

    @property
    def sources(self) -> BoolArray:
        """``[n + 1, n]``; whose cache each query can use: the one before, or any served before."""
        if not self.problem.unbounded:
            return self.arcs[:, :-1]
        allowed = np.ones((self.problem.n + 1, self.problem.n), dtype=bool)
        allowed[:-1] = ~self.before.T
        np.fill_diagonal(allowed, False)
        return allowed

    @property
    def least(self) -> IntArray:
        """``[n]``; each query's least set-up over its possible sources; ``INFINITY`` without."""
        cost = np.where(self.sources, self.problem.setup, INFINITY)
        least: IntArray = cost.min(axis=0)
        return least

    def restricted(self, earliest: IntArray, latest: IntArray, arcs: BoolArray) -> Windows:
        """These conditions and others, with all that follows."""
        return Windows(
            self.problem,
            np.maximum(self.earliest, earliest),
            np.minimum(self.latest, latest),
            self.before,
            self.arcs & arcs,
            self.consistent,
        ).tightened()

    def tightened(self) -> Windows:
        """All that follows from these conditions, by the rules below until none applies.

        Let p be the least set-ups over possible sources. They bound from below
        what a query costs wherever it is served, under any matrix.

        - A query ends no earlier than r + p (set-up before arrival: r), nor than any
          query served before it plus p. The queries P served before j need, from
          the k-th release of theirs on, the sum of the p of those released then
          or later (set-up before arrival: but for what the first of them had done
          before its release, though not before 0, so that all of P is not done
          before the sum of its p); then j still needs its own.
        - Mirrored: i ends before the latest completion, less p, of each query after it.
        - j can't precede i if earliest(j) + p(i) > latest(i); then i precedes j.
        - An arc (i, j) needs i and j unordered or i before j with nothing between,
          and i's earliest completion to leave time for j.
        - What no other query can come right after is last, and what can come right
          after no other is first.
        """
        now = self
        while now.consistent:
            closed = closure(now.before)
            if closed.diagonal().any():
                return now._contradiction()
            arcs = now._possible_arcs(closed)
            now = Windows(now.problem, now.earliest, now.latest, closed, arcs, True)
            least = now.least
            if (least >= INFINITY).any() or not arcs.any(axis=1).all():
                return now._contradiction()
            earliest, latest = now._bounds(least)
            if (earliest > latest).any():
                return now._contradiction()
            late = earliest[:, None] + least[None, :] > latest[None, :]  # row can't precede column
            np.fill_diagonal(late, False)
            before = closed | late.T | _ends(arcs)
            after = Windows(now.problem, earliest, latest, before, arcs, True)
            if after._same(now):
                return now
            now = after
        return now

    def _contradiction(self) -> Windows:
        return Windows(self.problem, self.earliest, self.latest, self.before, self.arcs, False)

    def _same(self, other: Windows) -> bool:
        return (
            np.array_equal(self.earliest, other.earliest)
            and np.array_equal(self.latest, other.latest)
            and np.array_equal(self.before, other.before)
            and np.array_equal(self.arcs, other.arcs)
        )

    def _possible_arcs(self, before: BoolArray) -> BoolArray:
        problem, n = self.problem, self.problem.n
        arcs = self.arcs.copy()
        arcs[:n, :n] &= ~before.T & ~twice(before)
        arcs[n, :n] &= ~before.any(axis=0)
        arcs[:n, n] &= ~before.any(axis=1)
        arcs[n, n] = False
        if not problem.unbounded:  # else the arc says nothing about the set-up
            end = problem.finish(self.earliest[:, None], problem.setup[:-1])
            arcs[:n, :n] &= end <= self.latest[None, :]
            arcs[n, :n] &= problem.finish(0, problem.setup[-1]) <= self.latest
        return arcs

    def _bounds(self, least: IntArray) -> tuple[IntArray, IntArray]:
        problem = self.problem
        earliest = np.maximum(self.earliest, problem.finish(0, least))
        latest = self.latest.copy()
        by_release = np.argsort(problem.release, kind="stable")
        early = least - np.minimum(least, problem.at_arrival)
        for j in by_release.tolist():  # one pass: the caller repeats until nothing changes
            pred = by_release[self.before[by_release, j]]
            if len(pred):
                work = np.cumsum(least[pred][::-1])[::-1]
                work = work - np.maximum.accumulate(early[pred][::-1])[::-1]
                ready = max(
                    int((problem.release[pred] + work).max()),
                    int(earliest[pred].max()),
                    int(least[pred].sum()),
                )
                cost = int(least[j])
                soonest = int(problem.release[j]) + min(cost, int(problem.at_arrival[j]))
                earliest[j] = max(earliest[j], ready + cost, soonest)
        for i in np.argsort(-latest, kind="stable").tolist():
            succ = np.flatnonzero(self.before[i])
            if len(succ):
                succ = succ[np.argsort(latest[succ], kind="stable")]
                work = np.cumsum(least[succ])
                latest[i] = min(int(latest[i]), int((latest[succ] - work).min()))
        return earliest, latest


def _ends(arcs: BoolArray) -> BoolArray:
    """``[n, n]``; all pairs with a query that must be first or last."""
    between = arcs[:-1, :-1]
    ends = np.zeros_like(between)
    ends[:, ~between.any(axis=1)] = True
    ends[~between.any(axis=0)] = True
    np.fill_diagonal(ends, False)
    return ends

"""Swaps of late queries, in turn with ruin and recreate of all others: a better percentile.

Who may be late and the order of those who may not are improved one after the other, as in variable
neighbourhood descent (Mladenović and Hansen, Computers and Operations Research 24, 1997).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.heuristics.local_search import improve
from prefixsched.kernels.heuristics.tardy_swap import best_insertion, best_removal
from prefixsched.model.problem import NO_DEADLINE, Problem
from prefixsched.runtime.limits import Limits

TARGET_FRACTIONS = (32, 128, 16, 64)
"""The target lies one of these fractions below the best value, round by round."""
MOVES_A_ROUND, WORK_A_ROUND = 5_000, 1_500_000
"""Moves of ruin and recreate in a round: the larger of these and of what makes for so much work,
in moves times queries; about half a second of a thousand queries."""
ROUNDS_TO_GROW = 8
"""After so many rounds they take twice as many moves, then three times..."""
SWEEPS_A_ROUND = 3
"""How often in a round each late query is tried to be swapped, as long as that is of use."""
ROUNDS_WITHOUT_LIMIT = 16
"""Rounds where nothing else limits the search."""


def improve_tardy_set(
    problem: Problem, order: Sequence[int], spare: int, limits: Limits, enough: int
) -> Iterator[IntArray]:
    """Yield orders in which no more than ``spare`` flow times exceed a bound, ever lower ones.

    Each round has a target a little below the best value. Late queries are put where the others
    suffer least, and another one is let be late instead, as long as total tardiness beyond the
    target falls; then all others are rearranged for that target.

    Parameters
    ----------
    problem
        Without deadlines, and with a cache of the last prompt.
    order
        ``[n]``; where to begin.
    spare
        How many may be late; at least 1 and less than n.
    limits
        When to end; moves are charged.
    enough
        A value, in normalised time, that need not be bettered.
    """
    search = _Swaps(problem, np.array(order, dtype=np.int64), spare, limits)
    value = search.value
    yield np.concatenate((search.on_time, search.late))
    free = limits.deadline is None and limits.max_nodes is None
    for number in range(ROUNDS_WITHOUT_LIMIT) if free else count():
        if value <= enough or limits.spent:
            return
        fraction = TARGET_FRACTIONS[number % len(TARGET_FRACTIONS)]
        due = problem.release + max(enough, value - max(1, value // fraction))
        before = search.on_time, search.late
        search.swap(due)
        search.rearrange(due, number)
        if search.value < value:
            value = search.value
            yield np.concatenate((search.on_time, search.late))
        elif search.value > value:
            search.on_time, search.late = before


class _Swaps:
    """The order of those on time, and the others, which are served last.

    Those without which tardiness beyond a target would be least are late at first.
    """

    def __init__(self, problem: Problem, order: IntArray, spare: int, limits: Limits) -> None:
        self.problem = problem
        self.limits = limits
        self.on_time, self.late = order, order[:0]
        flow = problem.completions(order.tolist()) - problem.release
        value = int(np.sort(flow)[-spare - 1])
        due = problem.release + value - value // TARGET_FRACTIONS[0]
        for _ in range(spare):
            self._let_go(due)

    @property
    def value(self) -> int:
        """The largest flow time of those on time."""
        order = self.on_time.tolist()
        flow: IntArray = self.problem.completions(order) - self.problem.release
        return int(flow[self.on_time].max())

    def _let_go(self, due: IntArray) -> int:
        """Let be late whom the others do best without; what their tardiness is then."""
        problem = self.problem
        total, place = best_removal(
            problem.anticipatory, problem.release, due, problem.setup, self.on_time
        )
        self.late = np.append(self.late, self.on_time[place])
        self.on_time = np.delete(self.on_time, place)
        self.limits.charge(1)
        return int(total)

    def swap(self, due: IntArray) -> None:
        """Swap late ones for others, as long as tardiness falls: so it ends."""
        problem, least = self.problem, None
        for _ in range(SWEEPS_A_ROUND):
            found = False
            for query in self.late.tolist():
                if self.limits.spent or least == 0:
                    return
                before = self.on_time, self.late
                _, place = best_insertion(
                    problem.anticipatory, problem.release, due, problem.setup, self.on_time, query
                )
                self.on_time = np.insert(self.on_time, place, query)
                self.late = self.late[self.late != query]
                total = self._let_go(due)
                if self.late[-1] == query or (least is not None and total >= least):
                    self.on_time, self.late = before
                else:
                    least, found = total, True
            if not found:
                return

    def rearrange(self, due: IntArray, number: int) -> None:
        """Ruin and recreate, in which who is late counts for nothing; ``number`` of the round."""
        n, limits = self.problem.n, self.limits
        due = due.copy()
        due[self.late] = NO_DEADLINE
        moves = max(MOVES_A_ROUND, WORK_A_ROUND // n) * (1 + number // ROUNDS_TO_GROW)
        moves = limits.at_most(moves)
        limits.charge(moves)
        order = improve(
            replace(self.problem, due=due),
            np.concatenate((self.on_time, self.late)),
            deadline=limits.deadline,
            seed=limits.seed + number,
            max_moves=moves,
        )
        self.on_time = order[~np.isin(order, self.late)]

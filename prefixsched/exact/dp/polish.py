"""Local search beside the proofs: slice after slice, in a thread of its own where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from prefixsched.exact.dp.decision import Decider
from prefixsched.heuristics.local_search import improve

WORK = 2_000_000
"""Moves times queries of a slice at most: about half a second."""
BEGIN = 30_000
"""Moves times queries of the first slice in a thread; each is twice as long as the last."""
FIRST = 4
"""Moves for each pair of queries of the first slice at most."""


class Polish:
    """Local search from the best order known.

    Parameters
    ----------
    decider
        The problem, and whose budget is charged.
    pool
        A thread to search in while others go on with proofs; None to search only when
        asked. Then runs repeat.
    """

    def __init__(self, decider: Decider, pool: ThreadPoolExecutor | None) -> None:
        self.decider = decider
        self.pool = pool
        self.slices = 0
        self._running: Future[list[int]] | None = None

    def first(self, best: Sequence[int], enough: int) -> list[int]:
        """A short search at once."""
        return self._slice(best, enough, FIRST * self.decider.problem.n**2)

    def level(self, best: Sequence[int], enough: int, level: int) -> list[int] | None:
        """A search before a level of effort; None where a thread does that."""
        if self.pool is not None:
            return None
        return self._slice(best, enough, FIRST * 10**level * self.decider.problem.n**2)

    def poll(self, best: Sequence[int], enough: int) -> list[int] | None:
        """What the thread has found since, if a slice has ended; begins the next one."""
        if self.pool is None or (self._running is not None and not self._running.done()):
            return None
        found = None if self._running is None else self._running.result()
        value = self.decider.problem.max_flow
        if found is not None and value(found) < value(best):
            best = found
        work = min(WORK, BEGIN << min(self.slices, 16))
        self._running = self.pool.submit(self._slice, best, enough, work // len(best))
        return found

    def _slice(self, best: Sequence[int], enough: int, most: int) -> list[int]:
        decider = self.decider
        moves = decider.budget.at_most(min(WORK // decider.problem.n, most))
        self.slices += 1
        order = improve(
            decider.problem,
            best,
            deadline=decider.run.deadline,
            seed=decider.run.seed + self.slices,
            max_moves=moves,
            enough=enough,
        )
        decider.budget.charge(moves)
        found: list[int] = order.tolist()
        return found

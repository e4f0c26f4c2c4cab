"""Local-search worker: improves schedules beside the proofs, in a thread where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from time import sleep

from prefixsched.exact.dp.decision import Decider
from prefixsched.heuristics.local_search import improve
from prefixsched.runtime.interrupt import POLL

SLICE_WORK = 2_000_000
"""Moves times queries of a slice at most: about half a second, for which stopping may wait."""
FIRST_SLICE_WORK = 30_000
"""Moves times queries of the first slice in a thread; each is twice as long as the last."""
FIRST_MOVES_A_PAIR = 4
"""Moves for each pair of queries of the first slice at most; each level takes ten times as many."""


class LocalSearchWorker:
    """Local search from the best order known, in slices.

    Parameters
    ----------
    decider
        The problem, and whose limits are charged.
    pool
        A thread to search in while others go on with proofs; None to search only when
        asked. Then runs repeat.
    """

    def __init__(self, decider: Decider, pool: ThreadPoolExecutor | None) -> None:
        self.decider = decider
        self.pool = pool
        self.slices = 0
        self._lock = Lock()
        self._best: Sequence[int] | None = None  # where the thread goes on from
        self._enough = 0
        self._stopped = False

    def first(self, best: Sequence[int], enough: int) -> list[int]:
        """A short search at once."""
        return self._slice(best, enough, FIRST_MOVES_A_PAIR * self.decider.problem.n**2)

    def level(self, best: Sequence[int], enough: int, level: int) -> list[int] | None:
        """A search before a level of effort; None where a thread does that."""
        if self.pool is not None:
            return None
        return self._slice(best, enough, FIRST_MOVES_A_PAIR * 10**level * self.decider.problem.n**2)

    def poll(self, best: Sequence[int], enough: int) -> Sequence[int] | None:
        """What the thread has found that is better than ``best``; else it goes on from there."""
        if self.pool is None:
            return None
        value = self.decider.problem.max_flow
        with self._lock:
            begins, self._enough = self._best is None, enough
            if self._best is None or value(best) < value(self._best):
                self._best = best
            found = self._best
        if begins:
            self.pool.submit(self._go_on)
        return found if value(found) < value(best) else None

    @property
    def has_time(self) -> bool:
        """Whether time is left that the proofs have no use for; without a deadline none is."""
        limits = self.decider.limits
        return limits.deadline is not None and not limits.spent

    def more(self, best: Sequence[int], enough: int) -> Sequence[int] | None:
        """A slice at once; where a thread searches, what that has found in a while."""
        if self.pool is None:
            return self._slice(best, enough, SLICE_WORK)
        sleep(POLL)
        return self.poll(best, enough)

    def stop(self) -> None:
        """Let the thread end with its slice."""
        self._stopped = True

    def _go_on(self) -> None:
        """Slice after slice, each from the best order known then."""
        value = self.decider.problem.max_flow
        while not self._stopped and not self.decider.limits.expired:
            with self._lock:
                best, enough = self._best, self._enough
            assert best is not None
            if value(best) <= enough:
                return
            work = min(SLICE_WORK, FIRST_SLICE_WORK << min(self.slices, 16))
            found = self._slice(best, enough, work // len(best))
            with self._lock:
                if self._best is None or value(found) < value(self._best):
                    self._best = found

    def _slice(self, best: Sequence[int], enough: int, most: int) -> list[int]:
        decider = self.decider
        moves = decider.limits.at_most(min(SLICE_WORK // decider.problem.n, most))
        self.slices += 1
        order = improve(
            decider.problem,
            best,
            deadline=decider.limits.deadline,
            seed=decider.limits.seed + self.slices,
            max_moves=moves,
            enough=enough,
        )
        decider.limits.charge(moves)
        found: list[int] = order.tolist()
        return found

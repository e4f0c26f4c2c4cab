"""Orders with the cache ``lru`` for a small largest TTFT: list scheduling, then local search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from threading import Event

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.heuristics.lru_list_scheduling import list_schedule
from prefixsched.heuristics.lru_local_search import ALLOWED_SHARE, LruLocalSearch
from prefixsched.heuristics.lru_rules import RuleSearch
from prefixsched.heuristics.lru_stream import LruSource
from prefixsched.model.instance import Instance
from prefixsched.runtime.limits import expired, in_seconds, remaining
from prefixsched.runtime.threads import beside

DEFAULT_WORK = 200_000_000
"""Moves times queries where neither a deadline nor a number of moves is given."""
PASS_MOVES = 100
"""Moves that a pass of list scheduling counts as, and about takes as long as."""
PASS_SHARE = 0.5
"""Share of the time for list scheduling at most..."""
PASS_SLICES, PASS_GAIN = 6, 0.002
"""...and it ends where so many slices lowered the largest TTFT by no more than this share."""
MOVE_SHARE = 0.2
"""The same of a number of moves."""
SLICE_SECONDS = 1.0
"""Seconds of search after which threads compare notes."""
SLICE_MOVES = 20_000
"""Moves of such a slice at most."""
AIM = 200
"""Due times are met when the largest TTFT falls by one part in so many. Parts in 100 and in 500
came to the same or less after 15 s."""
SHORT = 150
"""Queries up to which an order is one window, and local search soon at a local optimum:"""
ROUND_MOVES, KICK_MOVES = 60, 4
"""after so many moves a query that don't better the best, so many are made that may be for the
worse."""
NO_LIMIT = int(INFINITY)
LAG = 0.003
"""A thread that is behind the best by more than this share goes on from the best."""


def improve_lru(
    instance: Instance,
    order: Sequence[int] | IntArray,
    *,
    deadline: float | None = None,
    seed: int = 0,
    max_moves: int | None = None,
    enough: int = 0,
    threads: int = 1,
) -> Iterator[IntArray]:
    """Find orders with a smaller largest TTFT, as long as limits allow.

    Parameters
    ----------
    instance
        Its cache is ``lru``.
    order
        ``[n]``; a permutation of all queries.
    deadline
        When to end, by :func:`prefixsched.runtime.limits.now`; looked at every few milliseconds.
    seed
        Of all random choices: with one thread, ``max_moves`` and no deadline, runs repeat.
    max_moves
        The most moves of each thread.
    enough
        A largest TTFT, in ticks, that need not be bettered: a proven lower bound, say.
    threads
        Searches side by side, which go on from the best now and then.

    Yields
    ------
    array
        ``[n]``; orders, each better than those before and than the one given.
    """
    if instance.n < 2:
        return
    source = LruSource(instance)
    left = max_moves
    if max_moves is None and deadline is None:
        left = DEFAULT_WORK // instance.n
    workers = [_Worker(source, order, seed + k, enough) for k in range(threads)]
    best = workers[0].worst
    if left is not None:
        passes = int(left * MOVE_SHARE) // PASS_MOVES
        left -= passes * PASS_MOVES
    time = remaining(deadline)
    listing = None if time is None else in_seconds(PASS_SHARE * time)
    history = [best]
    while best > enough and not expired(deadline) and left != 0:
        if left is not None and passes:
            some = min(passes, SLICE_MOVES // PASS_MOVES)
            passes -= some
            calls = [partial(worker.list, some) for worker in workers]
        elif left is None and not expired(listing) and _gains(history):
            calls = [partial(worker.list, None) for worker in workers]
        else:
            moves = SLICE_MOVES if left is None else min(left, SLICE_MOVES)
            left = None if left is None else left - moves
            calls = [partial(worker.move, moves) for worker in workers]
        _run(calls, deadline)
        first = min(workers, key=lambda worker: worker.worst)
        history.append(first.worst)
        for worker in workers:
            if worker.worst > first.worst * (1 + LAG):
                worker.take(first)
        if first.worst < best:
            best = first.worst
            yield first.order


def _gains(history: Sequence[int]) -> bool:
    """Whether the last slices lowered the largest TTFT by enough."""
    recent = history[-PASS_SLICES - 1 :]
    return len(recent) <= PASS_SLICES or recent[-1] < recent[0] * (1 - PASS_GAIN)


def _run(calls: Sequence[Callable[[Callable[[], bool]], None]], deadline: float | None) -> None:
    """Run calls for a slice of time, side by side."""
    end = in_seconds(SLICE_SECONDS)
    halt = Event()

    def over() -> bool:
        return halt.is_set() or expired(deadline)

    def pause() -> bool:
        return over() or expired(end)

    if len(calls) == 1:
        calls[0](pause)
    else:
        beside([partial(call, pause) for call in calls], halt.set, over)


class _Worker:
    """One thread's search.

    Attributes
    ----------
    order, worst
        The best so far, and its largest TTFT.
    """

    def __init__(
        self, source: LruSource, order: Sequence[int] | IntArray, seed: int, enough: int
    ) -> None:
        self.source, self.enough = source, enough
        self.rules = RuleSearch(source, np.random.default_rng(seed))
        self.search = LruLocalSearch(source, order, seed)
        self.order, self.worst = np.array(order, dtype=np.int64), self.search.worst
        self.aim = -1

    def take(self, other: _Worker) -> None:
        """Go on from another one's order and rule."""
        self.rules.follow(other.rules)
        self.search.restart(other.order)
        self._keep()

    def _keep(self) -> None:
        self.order, self.worst = self.search.plan.order.copy(), self.search.worst

    def list(self, passes: int | None, over: Callable[[], bool]) -> None:
        """List scheduling by one rule after another."""
        while passes != 0 and not over() and self.worst > self.enough:
            passes = None if passes is None else passes - 1
            rule = self.rules.draw(self.worst)
            found = list_schedule(self.source, rule, over)
            if found is None:
                break
            self.search.restart(found)
            self.rules.judge(rule, self.search.ttft)
            if self.search.worst < self.worst:
                self._keep()
        self.search.restart(self.order)
        self.aim = -1

    def move(self, moves: int, over: Callable[[], bool]) -> None:
        """Local search with due times a little below the largest TTFT."""
        search, arrival = self.search, self.source.instance.arrival
        short = self.source.instance.n <= SHORT
        while moves > 0 and not over() and self.worst > self.enough:
            if self.aim < 0 or not search.plan.tardiness[-1]:
                self.aim = max(self.enough, search.worst - max(1, search.worst // AIM))
            late = search.aim(arrival + self.aim)
            some = min(moves, ROUND_MOVES * self.source.instance.n) if short else moves
            moves -= search.run(late, int(ALLOWED_SHARE * self.aim), some, over)
            if search.worst < self.worst:
                self._keep()
            elif short and moves > 0:
                self._kick()

    def _kick(self) -> None:
        """Leave a local optimum: go on from the best after a few moves of any kind."""
        search = self.search
        search.restart(self.order)
        search.aim(self.source.instance.arrival)
        search.run(NO_LIMIT, NO_LIMIT, KICK_MOVES, lambda: False)
        self.aim = -1

"""Local search on the order by simulated annealing in windows: a better largest TTFT, no proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle as cycle_through

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.heuristics.lru import improve_lru
from prefixsched.heuristics.setup_times import Costs, PromptCosts, costs_of
from prefixsched.heuristics.windows import TimedOrder, WindowSearch
from prefixsched.kernels.heuristics.relocate import relocate
from prefixsched.kernels.heuristics.ruin_recreate import ruin_recreate
from prefixsched.model.cost import Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.problem import Problem
from prefixsched.runtime.limits import expired

DEFAULT_MOVES = 100_000
"""Moves where neither a deadline nor a number of moves is given."""
TARGET_FRACTIONS = (64, 32, 128)
"""The target lies one of these fractions below the best value, cycle by cycle."""


@dataclass(frozen=True)
class _Style:
    """How a cache is searched: sizes of windows, moves and cooling cycles."""

    whole: int  # up to so many queries are one window
    window: int  # else so many are
    size: int  # of a move
    cycle: int  # moves of the first cooling cycle on a whole order
    batch: int  # move-queries between two looks at the clock


LAST = _Style(whole=1000, window=300, size=4, cycle=5_000, batch=200_000)
UNBOUNDED = _Style(whole=150, window=100, size=3, cycle=20_000, batch=2_000_000)


def improve(
    source: Problem | Instance,
    order: Sequence[int] | IntArray,
    *,
    deadline: float | None = None,
    seed: int = 0,
    max_moves: int | None = None,
    enough: int | None = None,
    due: IntArray | None = None,
) -> IntArray:
    """Rearrange an order so that the largest TTFT falls.

    A window of the order is rearranged by simulated annealing (ruin and recreate
    for a cache of the last prompt, relocations for an unbounded one) on the
    tardiness beyond a target that lies a little below the best largest TTFT, and
    put back where that fell. A short order is one window. A long one is swept:
    each place where a query is later than the target gets a window, which must
    not delay what comes after; and where that leads no further, so does some
    place between the server's last idling and the largest TTFT, as less work
    there lowers it. With an ``lru`` cache :func:`prefixsched.heuristics.lru.improve_lru` does it.

    Parameters
    ----------
    source
        An instance, of any size, or a problem with its matrix. Where the problem
        has deadlines, the largest completion less deadline is lowered, until
        none is missed.
    order
        ``[n]``; a permutation of all queries.
    deadline
        When to end, by :func:`prefixsched.runtime.limits.now`; looked at every few milliseconds.
    seed
        Of all random choices: with ``max_moves`` and no deadline, runs repeat.
    max_moves
        The most moves; ``DEFAULT_MOVES`` where no deadline is given either.
    enough
        A value, in the unit of ``source``, that need not be bettered: a proven
        lower bound, say.
    due
        ``[n]``; what lateness counts from in place of arrivals, for an instance whose cost is no
        table and whose cache is not ``lru``.

    Returns
    -------
    array
        ``[n]``; an order with a largest lateness no more than the one given.

    Raises
    ------
    InputError
        If ``order`` isn't a permutation, or ``max_moves`` is negative.
    """
    if isinstance(source, Instance) and isinstance(source.cost, Table):
        source = Problem.of(source)
        enough = None if enough is None else enough // source.tick
    n = source.n
    given = np.array(order, dtype=np.int64)
    if given.shape != (n,) or not np.array_equal(np.sort(given), np.arange(n)):
        raise InputError(f"order: not a permutation of {n} queries; give each of 0 to {n - 1} once")
    if max_moves is not None and max_moves < 0:
        raise InputError(f"max moves: {max_moves}; give 0 or more")
    if isinstance(source, Instance) and source.cache is Cache.LRU:
        for better in improve_lru(
            source, given, deadline=deadline, seed=seed, max_moves=max_moves, enough=enough or 0
        ):
            given = better
        return given
    if max_moves is None and deadline is None:
        max_moves = DEFAULT_MOVES
    costs = costs_of(source)
    if due is not None:
        assert isinstance(costs, PromptCosts)
        costs = replace(costs, counted_from=due)
    floor = int((costs.release + costs.least() - costs.due).max())
    decision = isinstance(source, Problem) and source.due is not None
    if decision:
        floor = max(floor, 0)
    if enough is not None:
        floor = max(floor, enough)
    search = _Search(
        costs, given, floor, decision, np.random.default_rng(seed), deadline, max_moves
    )
    search.run()
    return search.timed.order


class _Search:
    """One run, and what is left of its budget."""

    def __init__(
        self,
        costs: Costs,
        order: IntArray,
        floor: int,
        decision: bool,
        rng: np.random.Generator,
        deadline: float | None,
        max_moves: int | None,
    ) -> None:
        self.timed = TimedOrder(costs, order)
        self.floor = floor
        self.rng = rng
        self.deadline = deadline
        self.left = max_moves
        self.style = UNBOUNDED if costs.unbounded else LAST
        self.kernel = relocate if costs.unbounded else ruin_recreate
        self.decision = decision
        self.aim = TARGET_FRACTIONS[-1]

    @property
    def over(self) -> bool:
        """Whether the budget is spent or nothing is left to gain."""
        return expired(self.deadline) or self.left == 0 or self.timed.worst <= self.floor

    def run(self) -> None:
        """Rearrange windows until the run is over."""
        if len(self.timed.order) <= self.style.whole:
            self._cool()
            return
        while not self.over:
            if not self._sweep():
                self._save()

    def _cool(self) -> None:
        """Rearrange all at once, in cooling cycles that grow longer and differ in their aims."""
        search = self.timed.window(0, len(self.timed.order), self.floor)
        cycle, aims = self.style.cycle, cycle_through(TARGET_FRACTIONS)
        while not self.over and search.worst > search.goal:
            drop = search.worst - search.goal
            if not self.decision:
                drop = min(drop, max(1, search.worst // next(aims)))
            self._anneal(search, cycle, drop)
            cycle += cycle // 4
        self.timed.put(search)

    def _sweep(self) -> bool:
        """Lower all that is late beyond a target, from first to last; whether the worst fell."""
        timed, width, before = self.timed, self.style.window, self.timed.worst
        target = max(self.floor, before - max(1, (before - self.floor) // self.aim))
        place = timed.late(target, 0)
        while place is not None and not self.over:
            begin = place - width // 2 - int(self.rng.integers(0, width // 4))
            begin = max(0, min(begin, len(timed.order) - width))
            self._rearrange(begin, target, hold=True)
            place = timed.late(target, begin + width)
        fell = timed.worst < before
        self.aim = max(TARGET_FRACTIONS[0], self.aim // 2) if fell else self.aim * 2
        return fell

    def _save(self) -> None:
        """Let the server come to the critical place earlier, by less work somewhere before it."""
        timed, width = self.timed, self.style.window
        critical = timed.critical
        centre = int(self.rng.integers(timed.idle_before(critical), critical + 1))
        begin = max(0, min(centre - width // 2, len(timed.order) - width))
        target = max(
            self.floor, timed.worst - max(1, (timed.worst - self.floor) // TARGET_FRACTIONS[0])
        )
        self._rearrange(begin, target)

    def _rearrange(self, begin: int, target: int, *, hold: bool = False) -> None:
        """Anneal the window that begins at a place, once."""
        search = self.timed.window(begin, begin + self.style.window, target, hold=hold)
        self._anneal(search, self.style.cycle // 2, max(1, search.worst - target))
        self.timed.put(search)

    def _anneal(self, search: WindowSearch, cycle: int, drop: int) -> None:
        """One cooling cycle from the best order of a window."""
        order, first = search.best.copy(), 0
        batch = max(1, self.style.batch // len(order))
        while first < cycle and search.worst > search.goal and not self.over:
            moves = min(batch, cycle - first)
            if self.left is not None:
                moves = min(moves, self.left)
                self.left -= moves
            self.kernel(
                search.window,
                order,
                search.best,
                search.goal,
                drop,
                search.hot,
                self.style.size,
                first,
                cycle,
                moves,
                self.rng,
            )
            first += moves
            search.refresh()

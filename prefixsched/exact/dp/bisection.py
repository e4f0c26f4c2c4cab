"""Bisection of the least largest flow time, by decisions of growing effort."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from prefixsched.exact.backend import BestOrder, Outcome, found
from prefixsched.exact.dp.decision import EFFORTS, Decider, Effort
from prefixsched.exact.dp.local_search_worker import LocalSearchWorker
from prefixsched.exact.dp.value_grid import Grid
from prefixsched.model.status import Status

BARE_SEARCH_UP_TO = 24
"""Queries up to which the search without a relaxation comes first."""
MANY_PATHS_FROM, PATHS_A_QUERY = 150, 4
"""From so many queries on, a bound that is of use takes so many paths for each: less is wasted."""
NARROW_DIVISOR = 20
"""A bracket this share of the upper bound wide is tried to be closed at once."""
WIDTH_DIVISOR = 100
"""The bisection of a level ends within this share of the upper bound; each level halves it."""


class Bisection:
    """Closes the interval of an incumbent from both ends.

    At each level of effort, bisection finds the largest bound that this effort
    refutes, looking for it near the upper bound first; and where the interval is
    narrow the next better schedule is asked for: a refutation ends the run. The
    next level begins from there.

    Each level ends (:meth:`_bisect`, :meth:`_climb`), and there are finitely many. The
    last leaves no bound open but for want of memory or time, so what it bisects ends
    narrow enough to be closed: without limits a run ends with the optimum.
    """

    def __init__(self, decider: Decider, worker: LocalSearchWorker, incumbent: BestOrder) -> None:
        problem = decider.problem
        self.decider = decider
        self.worker = worker
        self.grid = Grid.of(problem)
        self.incumbent = incumbent
        if incumbent.best is None:
            incumbent.take(np.argsort(problem.release, kind="stable").tolist())
        incumbent.bound = min(self.grid.up(incumbent.bound), self.upper)

    @property
    def best(self) -> Sequence[int]:
        """The best order."""
        assert self.incumbent.best is not None
        return self.incumbent.best

    @property
    def upper(self) -> int:
        """Its largest flow time."""
        assert self.incumbent.value is not None
        return self.incumbent.value

    @property
    def lower(self) -> int:
        """Proven."""
        return self.incumbent.bound

    @property
    def settled(self) -> bool:
        """Whether there is no more to do, or no more time for it."""
        return self.incumbent.closed or self.decider.exhausted

    def minimise(self) -> Outcome:
        """Close the interval, level by level."""
        n, share = self.decider.problem.n, WIDTH_DIVISOR
        if not self.settled:
            self._take(self.worker.first(self.best, self.lower))
        for level, effort in enumerate(EFFORTS):
            if (effort.arcs == 0 and n > BARE_SEARCH_UP_TO) or (
                n >= MANY_PATHS_FROM and effort.rounds < n * PATHS_A_QUERY
            ):
                continue
            if level and not self.settled:
                self._take(self.worker.level(self.best, self.lower, level))
            if n <= 2 * BARE_SEARCH_UP_TO:
                self._climb(effort)
            if effort.arcs:
                self._bisect(effort, self.upper // share)
            if self.upper - self.lower <= max(1, self.upper // NARROW_DIVISOR):
                self._climb(effort)
            share *= 2
        while not self.incumbent.closed and self.worker.has_time:
            self._take(self.worker.more(self.best, self.lower))
        status = Status.OPTIMAL if self.incumbent.closed else Status.FEASIBLE
        return found(status, self.incumbent, self.decider.limits.nodes)

    def _bisect(self, effort: Effort, width: int) -> None:
        """Raise the lower bound to within ``width`` of the least bound that stays open.

        It ends, as ``unclear`` - ``lower`` falls by 1 or more in each round. The bound that
        is asked lies from ``lower`` to ``unclear`` - 1, as ``lower`` lies on the grid. If
        it is refuted, ``lower`` passes it. If a schedule meets it, ``upper`` comes down to
        it, and if it stays open ``unclear`` does.
        """
        unclear = self.upper
        while not self.settled and unclear - self.lower > max(1, width):
            least = max(self.lower, unclear - unclear // 4)
            middle = min((least + unclear) // 2, unclear - 1)  # for the least ones rounding is much
            left_open = self._try_at(middle, effort)
            if left_open is not None:
                unclear = left_open
            unclear = min(unclear, self.upper)

    def _climb(self, effort: Effort) -> None:
        """Better schedules as long as there are any, or a refutation.

        It ends: ``upper`` falls in each round, or ``lower`` meets it, or a bound stays open.
        """
        while not self.settled and self._try_at(self.upper - 1, effort) is None:
            pass

    def _try_at(self, bound: int, effort: Effort) -> int | None:
        """Decide a bound, or rather the next possible optimum below.

        Returns
        -------
        int or None
            The bound that was asked, where it stays open; None where it was answered:
            then there is a schedule that meets it, or ``lower`` is above it.
        """
        self._take(self.worker.poll(self.best, self.lower))
        bound = self.grid.down(min(bound, self.upper - 1))
        if bound < self.lower:
            self._raise_to(bound + 1)
            return None
        decider = self.decider
        answer = decider.decide(decider.problem.release + bound, effort)
        self._take(answer.order)
        if answer.refuted:
            self._raise_to(bound + 1)
        self._report()
        return None if answer.refuted or self.upper <= bound else bound

    def _take(self, order: Sequence[int] | None) -> None:
        """Keep an order if it is better than the best."""
        if order is not None and self.incumbent.take(order):
            self._report()

    def _raise_to(self, value: int) -> None:
        """A proven bound, rounded up to a possible value; told with the next report."""
        self.incumbent.bound = max(self.lower, min(self.grid.up(value), self.upper))

    def _report(self) -> None:
        self.incumbent.report(self.decider.limits.nodes)

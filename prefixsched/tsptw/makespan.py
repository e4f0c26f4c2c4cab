"""The least makespan of a travelling salesman with time windows, by bisection over decisions.

:mod:`prefixsched.tsptw.instance` says how a tour is an instance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from prefixsched.exact.backend import Backend
from prefixsched.exact.incumbent import Incumbent
from prefixsched.exact.relaxation.time_windows import Windows
from prefixsched.heuristics.local_search import improve
from prefixsched.model.cost import Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import NO_ALLOWANCE, Instance
from prefixsched.model.problem import Problem
from prefixsched.model.status import Status
from prefixsched.plugins.registry import create
from prefixsched.runtime.interrupt import cooperative
from prefixsched.runtime.limits import Limits, in_seconds, now
from prefixsched.tsptw.instance import DEPOT
from prefixsched.verifier.schedule import Schedule, evaluate

MOVES_TIMES_QUERIES = 400_000
"""Of local search before a decision, at most: some tenths of a second."""
MOVES_A_QUERY = 100
"""The most moves a query, however few queries there are."""
LEAST = 1.0
"""Seconds for a decision, where so many are left."""


@dataclass(frozen=True)
class Makespan:
    """What is known of the least makespan.

    Parameters
    ----------
    status
        ``OPTIMAL``; ``INFEASIBLE`` where no tour keeps to the windows;
        ``FEASIBLE`` where the limit came before the bracket closed, ``UNKNOWN``
        where it came before a tour.
    schedule
        The best tour, checked by the verifier; None where there is none.
    upper_bound
        The tick at which it is back, None where there is none.
    lower_bound
        No tour is back before; where ``INFEASIBLE``, past the depot's window.
    decisions
        How often the backend was asked.
    seconds
        Wall time.
    """

    status: Status
    schedule: Schedule | None = field(repr=False)
    upper_bound: int | None
    lower_bound: int
    decisions: int
    seconds: float


def least_makespan(
    instance: Instance,
    last: str = DEPOT,
    *,
    backend: str = "dp",
    time_limit: float | None = None,
    threads: int = 2,
    seed: int = 0,
    on_progress: Callable[[int, int | None], None] | None = None,
) -> Makespan:
    """The least completion of a closing depot, by bisection over decisions.

    The first decision asks for any tour. From then on the least bound that is
    not refuted lies between what the windows imply, or the last refutation, and
    the best tour. Each bound goes to local search first, from the best tour; what
    it doesn't meet, ``backend`` decides with proof. A bound that a tour meets is
    met by it at every later bound, so bisection is exact. Under a limit a decision
    has half the time left; while one is undecided, lesser bounds are put next, and
    when it comes again it has all of it.

    It ends. A bound that is met lowers the upper end to it, one that is refuted raises the lower
    end past it, and one that stays open joins those that were tried; when such a one stays
    open again, or the time is up, the run is over.

    Parameters
    ----------
    instance
        A table whose every query has an allowance, as :func:`tsptw_instance` makes.
    last
        The id of the closing depot.
    backend
        What decides, as in :func:`prefixsched.offline.solve`.
    time_limit
        Seconds for all decisions; None for no limit.
    threads, seed
        Handed on to the backend and to local search.
    on_progress
        Called with each new bracket, (lower bound, upper bound or None).

    Raises
    ------
    InputError
        If there is no such query, or nothing makes it come last: every other
        query must be late if it is served after it.
    """
    began = now()
    search = _Bisection(instance, _closing(instance, last), on_progress)
    incumbent = search.incumbent
    solver: Backend = create("backends", backend)
    limits = Limits(in_seconds(time_limit), threads, seed)
    with cooperative(limits.deadline, strict=True):
        search.close(solver, limits)
    status = Status.UNKNOWN
    if search.settled:
        status = Status.INFEASIBLE if incumbent.best is None else Status.OPTIMAL
    elif incumbent.best is not None:
        status = Status.FEASIBLE
    return Makespan(
        status,
        incumbent.best,
        incumbent.value,
        incumbent.bound,
        search.decisions,
        now() - began,
    )


def _closing(instance: Instance, last: str) -> int:
    """The query with that id, if any query after it would be late.

    C_j ≥ C_last + p(last, j) > d_j, where p(last, j) > d_j, under both set-up rules.
    """
    if last not in instance.index:
        raise InputError(f"last: there is no query {last!r}; name the closing depot")
    k = instance.index[last]
    assert instance.allowance is not None
    if not isinstance(instance.cost, Table) or (instance.allowance == NO_ALLOWANCE).any():
        raise InputError(
            f"{instance.name}: not a table with an allowance for each query; make a TSPTW one"
        )
    due = instance.arrival + instance.allowance
    free = instance.cost.matrix[k] <= due
    free[k] = False
    if free.any():
        j = int(free.argmax())
        raise InputError(
            f"cost.matrix[{k}][{j}]: {instance.ids[j]} could follow {last}; give more than "
            f"{due[j]}, the end of its window"
        )
    return k


class _Bisection:
    """Decides one bound after another, in the instance's ticks."""

    def __init__(
        self,
        instance: Instance,
        last: int,
        on_progress: Callable[[int, int | None], None] | None,
    ) -> None:
        assert instance.allowance is not None
        self.instance = instance
        self.last = last
        self.problem = Problem.of(instance)
        self.latest = int(instance.arrival[last] + instance.allowance[last])
        self.undecided: int | None = None
        self.decisions = 0
        due = self.problem.within(instance.allowance).due
        assert due is not None
        ahead = [(j, last) for j in range(instance.n) if j != last]
        windows = Windows.of(self.problem, due, ahead)
        lower = self.latest + 1
        if windows.consistent:
            lower = self.problem.origin + self.problem.tick * int(windows.earliest[last])
        self.incumbent: Incumbent[Schedule] = Incumbent(self._makespan, lower)
        if on_progress is not None:
            incumbent = self.incumbent
            incumbent.on_change = lambda: on_progress(incumbent.bound, incumbent.value)

    def _makespan(self, schedule: Schedule) -> int | None:
        """When a tour is back; None where a window is missed."""
        return schedule.completion[self.last] if schedule.meets(self.instance) else None

    @property
    def settled(self) -> bool:
        if self.incumbent.value is None:
            return self.incumbent.bound > self.latest
        return self.incumbent.closed

    @property
    def middle(self) -> int:
        """The bound to decide next: any tour first; then below what was left undecided."""
        if self.incumbent.value is None:
            return self.latest
        top = self.incumbent.value if self.undecided is None else self.undecided
        return (self.incumbent.bound + top - 1) // 2

    def close(self, solver: Backend, limits: Limits) -> None:
        """Decide one bound after another, until the interval is closed or the limit comes."""
        tried: set[int] = set()
        while not self.settled:
            bound = self.middle
            if self.meets(bound, limits):
                continue
            whole = bound in tried or not self.others(limits)
            part = limits.slice(None if whole else 1 / 2, least=LEAST)
            found = solver.solve(self.due_by(bound), part)
            self.decisions += 1
            if found.order is not None:
                self.take(found.order)
            if self.met(bound):
                continue
            if found.status is Status.FEASIBLE:
                raise RuntimeError(
                    f"backend {solver.name} claims a tour by {bound} that the verifier does not "
                    "find; please report this"
                )
            if found.status is Status.INFEASIBLE:
                self.refute(bound)
            elif whole:
                break
            else:
                self.leave(bound)
                tried.add(bound)
            if limits.expired:
                break

    def others(self, limits: Limits) -> bool:
        """Whether there can be other decisions to leave half of the time to."""
        value, bound = self.incumbent.value, self.incumbent.bound
        timed = limits.deadline is not None
        return timed and value is not None and value - bound > self.problem.tick

    def due_by(self, bound: int) -> Problem:
        """The decision whether there is a tour that is back by ``bound``."""
        assert self.instance.allowance is not None
        allowance = self.instance.allowance.copy()
        allowance[self.last] = bound - self.instance.arrival[self.last]
        return self.problem.within(allowance)

    def met(self, bound: int) -> bool:
        """Whether the best tour is back by ``bound``."""
        return self.incumbent.value is not None and self.incumbent.value <= bound

    def meets(self, bound: int, limits: Limits) -> bool:
        """Whether local search finds a tour that is back by ``bound``, and takes it."""
        n, best = self.instance.n, self.incumbent.best
        order = improve(
            self.due_by(bound),
            self._by_due() if best is None else best.order,
            deadline=limits.deadline,
            seed=limits.seed,
            max_moves=min(MOVES_TIMES_QUERIES // n, MOVES_A_QUERY * n),
        )
        self.take(order.tolist())
        return self.met(bound)

    def take(self, order: Sequence[int]) -> None:
        """Keep an order that is a tour within all windows, and better than any before."""
        if self.incumbent.offer(evaluate(self.instance, order)):
            self.undecided = None

    def refute(self, bound: int) -> None:
        """No tour is back by ``bound``, so none before the next possible completion."""
        problem = self.problem
        self.incumbent.raise_bound(bound + 1 + (problem.origin - bound - 1) % problem.tick)
        if self.undecided is not None:
            self.leave(self.undecided)

    def leave(self, bound: int) -> None:
        """Leave ``bound`` undecided while there are lesser ones to decide."""
        self.undecided = bound if bound > self.incumbent.bound else None

    def _by_due(self) -> list[int]:
        assert self.instance.allowance is not None
        due = self.instance.arrival + self.instance.allowance
        due[self.last] = np.iinfo(np.int64).max
        order: list[int] = np.argsort(due, kind="stable").tolist()
        return order

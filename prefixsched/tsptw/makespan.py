"""The travelling salesman with time windows as a table of set-up times, and its least makespan.

A tour leaves a depot no earlier than its window opens, visits every customer once
and returns to the depot. Service at a customer begins within its window (a
salesman who is early waits; service may go on past the window's end) and takes
its service time. With e, l the windows, s the service times, d the distances
and 0 the depot, that is this instance, under anticipatory set-up:

- Each customer is a query, and so is the return to the depot. A completion is
  the start of service, or the return.
- Arrival e_j, allowance l_j - e_j: service begins in [e_j, l_j].
- ``matrix[i][j]`` is s_i + d_ij, and to the closing depot s_i + d_i0. For
  C_j = max(C_i + s_i + d_ij, e_j) is when service at j can begin after i.
- ``start[j]`` is e_0 + s_0 + d_0j: the clock begins at 0, the tour at e_0.
- The closing depot comes last, because nothing can follow it in time:
  ``matrix[depot][j]`` is l_j + 1, and any C_j after it is at least that. Nor can
  it come first, as ``start[depot]`` is l_0 + 1.

Nothing is asked of d: it may be asymmetric and break the triangle inequality.
Leaving the depot later than e_0, or waiting longer than until a window opens,
never lets a tour return sooner, so the permutations of the queries that meet all
allowances are the feasible tours, and the completion of the closing depot is the
makespan, counted from tick 0. So ``solve(instance, ttft="own")`` decides whether
there is a tour, and the allowance D - e_0 for the closing depot asks for one that
is back by D.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import IntArray
from prefixsched.exact.backend import Backend, Run
from prefixsched.exact.relaxation.time_windows import Windows
from prefixsched.heuristics.local_search import improve
from prefixsched.model.cost import MAX_NUMBER, Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import NO_ALLOWANCE, Instance
from prefixsched.model.integers import integers
from prefixsched.model.problem import Problem
from prefixsched.model.prompts import Prompts
from prefixsched.model.status import Status
from prefixsched.plugins.registry import create
from prefixsched.runtime.interrupt import cooperative
from prefixsched.runtime.limits import expired, in_seconds, now, until
from prefixsched.verifier.schedule import Schedule, evaluate

DEPOT = "depot"
"""The id of the query that stands for the return."""
DIMENSIONS = {"distance": 2, "window": 2, "service": 1}
"""Of the arrays that state a tour."""
WORK = 400_000
"""Moves times queries of local search before a decision."""
MOVES = 100
"""The most moves a query, however few queries there are."""
LEAST = 1.0
"""Seconds for a decision, where so many are left."""


def tsptw_instance(
    distance: npt.ArrayLike,
    window: npt.ArrayLike,
    service: npt.ArrayLike | None = None,
    *,
    name: str = "tsptw",
) -> Instance:
    """The instance whose schedules within their allowances are the feasible tours.

    Parameters
    ----------
    distance
        ``[n, n]``; ticks to go from row to column, 0 or more; the depot is number
        0. The diagonal means nothing.
    window
        ``[n, 2]``; the first and the last tick at which service may begin; for the
        depot, when the tour may leave, and must be back.
    service
        ``[n]``; ticks that service takes, 0 or more; none where not given. Where
        the distances from i include the service at i, it is not given again.
    name
        The instance's name.

    Returns
    -------
    Instance
        n queries: customers 1 to n - 1, whose ids are their numbers, and then
        the return, :data:`DEPOT`.

    Raises
    ------
    InputError
        If shapes disagree, a number is negative, not whole or past 2^53, or a
        window ends before it begins.
    """
    matrix = _ticks("distance", distance)
    n = len(matrix)
    if matrix.shape != (n, n) or n < 2:
        raise InputError(f"distance: shape {matrix.shape}; give n rows of n, with 2 places or more")
    windows = _ticks("window", window)
    if windows.shape != (n, 2):
        raise InputError(f"window: shape {windows.shape}; give {n} rows of earliest and latest")
    times = np.zeros(n, dtype=np.int64) if service is None else _ticks("service", service)
    if times.shape != (n,):
        raise InputError(f"service: shape {times.shape}; give {n} times")
    earliest, latest = windows.T
    if (earliest > latest).any():
        j = int((earliest > latest).argmax())
        raise InputError(
            f"window[{j}]: earliest {earliest[j]} is past latest {latest[j]}; give the lesser first"
        )
    places = np.roll(np.arange(n), -1)  # customers, then the depot
    setup = (times[:, None] + matrix)[np.ix_(places, places)]
    setup[-1] = latest[places] + 1
    np.fill_diagonal(setup, 0)
    start = earliest[0] + times[0] + matrix[0, places]
    start[-1] = latest[0] + 1
    return Instance(
        name=name,
        ids=[*map(str, range(1, n)), DEPOT],
        arrival=earliest[places],
        prompts=Prompts.from_segments([] for _ in places),
        cost=Table(start, setup, anticipatory=True),
        allowance=(latest - earliest)[places],
    )


def _ticks(field: str, values: npt.ArrayLike) -> IntArray:
    """``values`` as 64-bit integers from 0 to 2^53."""
    array = integers(field, values, DIMENSIONS[field])
    if array.size and not 0 <= int(array.min()) <= int(array.max()) <= MAX_NUMBER:
        raise InputError(f"{field}: a number out of range; give 0 to 2^53 ticks")
    return array


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
    search = _Search(instance, _closing(instance, last), seed, on_progress)
    solver: Backend = create("backends", backend)
    deadline = in_seconds(time_limit)
    with cooperative(deadline, strict=True):
        search.close(solver, Run(deadline, threads, seed))
    status = Status.UNKNOWN
    if search.settled:
        status = Status.INFEASIBLE if search.best is None else Status.OPTIMAL
    elif search.best is not None:
        status = Status.FEASIBLE
    return Makespan(
        status,
        search.best,
        search.upper,
        search.lower,
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


class _Search:
    """The bracket of one run, in the instance's ticks."""

    def __init__(
        self,
        instance: Instance,
        last: int,
        seed: int,
        on_progress: Callable[[int, int | None], None] | None,
    ) -> None:
        assert instance.allowance is not None
        self.instance = instance
        self.last = last
        self.seed = seed
        self.on_progress = on_progress
        self.problem = Problem.of(instance)
        self.latest = int(instance.arrival[last] + instance.allowance[last])
        self.best: Schedule | None = None
        self.undecided: int | None = None
        self.decisions = 0
        due = self.problem.within(instance.allowance).due
        assert due is not None
        ahead = [(j, last) for j in range(instance.n) if j != last]
        windows = Windows.of(self.problem, due, ahead)
        self.lower = self.latest + 1
        if windows.consistent:
            self.lower = self.problem.origin + self.problem.tick * int(windows.earliest[last])

    @property
    def upper(self) -> int | None:
        return None if self.best is None else self.best.completion[self.last]

    @property
    def settled(self) -> bool:
        if self.upper is None:
            return self.lower > self.latest
        return self.lower >= self.upper

    @property
    def middle(self) -> int:
        """The bound to decide next: any tour first; then below what was left undecided."""
        if self.upper is None:
            return self.latest
        top = self.upper if self.undecided is None else self.undecided
        return (self.lower + top - 1) // 2

    def close(self, solver: Backend, run: Run) -> None:
        """Decide one bound after another, until the bracket is closed or the limit comes."""
        deadline = run.deadline
        tried: set[int] = set()
        while not self.settled:
            bound = self.middle
            if self.meets(bound, deadline):
                continue
            until = deadline if bound in tried else self.until(deadline)
            inner = replace(run, deadline=until)
            found = solver.solve(self.due_by(bound), inner)
            self.decisions += 1
            if found.order is not None:
                self.take(found.order)
            if self.upper is not None and self.upper <= bound:
                continue
            if found.status is Status.FEASIBLE:
                raise RuntimeError(
                    f"backend {solver.name} claims a tour by {bound} that the verifier does not "
                    "find; please report this"
                )
            if found.status is Status.INFEASIBLE:
                self.refute(bound)
            elif until == deadline:
                break
            else:
                self.leave(bound)
                tried.add(bound)
            if expired(deadline):
                break

    def until(self, deadline: float | None) -> float | None:
        """When the next decision must end: half the time is for others, if there can be any."""
        if deadline is None or self.upper is None or self.upper - self.lower <= self.problem.tick:
            return deadline
        left = until(deadline)
        return deadline - left + max(left / 2, min(left, LEAST))

    def due_by(self, bound: int) -> Problem:
        """The decision whether there is a tour that is back by ``bound``."""
        assert self.instance.allowance is not None
        allowance = self.instance.allowance.copy()
        allowance[self.last] = bound - self.instance.arrival[self.last]
        return self.problem.within(allowance)

    def meets(self, bound: int, deadline: float | None) -> bool:
        """Whether local search finds a tour that is back by ``bound``, and takes it."""
        n = self.instance.n
        order = improve(
            self.due_by(bound),
            self._by_due() if self.best is None else self.best.order,
            deadline=deadline,
            seed=self.seed,
            max_moves=min(WORK // n, MOVES * n),
        )
        self.take(order.tolist())
        return self.upper is not None and self.upper <= bound

    def take(self, order: Sequence[int]) -> None:
        """Keep an order that is a tour within all windows, and better than any before."""
        schedule = evaluate(self.instance, order)
        better = self.upper is None or schedule.completion[self.last] < self.upper
        if better and schedule.meets(self.instance):
            self.best, self.undecided = schedule, None
            self._tell()

    def refute(self, bound: int) -> None:
        """No tour is back by ``bound``, so none before the next possible completion."""
        problem = self.problem
        self.lower = bound + 1 + (problem.origin - bound - 1) % problem.tick
        if self.undecided is not None:
            self.leave(self.undecided)
        self._tell()

    def leave(self, bound: int) -> None:
        """Leave ``bound`` undecided while there are lesser ones to decide."""
        self.undecided = bound if bound > self.lower else None

    def _by_due(self) -> list[int]:
        assert self.instance.allowance is not None
        due = self.instance.arrival + self.instance.allowance
        due[self.last] = np.iinfo(np.int64).max
        order: list[int] = np.argsort(due, kind="stable").tolist()
        return order

    def _tell(self) -> None:
        if self.on_progress is not None:
            self.on_progress(self.lower, self.upper)

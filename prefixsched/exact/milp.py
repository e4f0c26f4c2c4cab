"""The backend ``milp``: mixed-integer programming through PuLP, with HiGHS or CBC."""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from typing import Any

import highspy
import numpy as np
import pulp

from prefixsched.arrays import IntArray
from prefixsched.exact.backend import BestOrder, Outcome, beginning
from prefixsched.exact.pulp_solvers import Cbc, Highs
from prefixsched.model.errors import InputError
from prefixsched.model.problem import Problem
from prefixsched.model.status import Status
from prefixsched.runtime.limits import Limits

TOLERANCE = 1e-9
"""Feasibility and integrality tolerance asked of the solver."""
MAX_COEFFICIENT = 10**15 - 1
"""Ticks that a row may have as a coefficient: HiGHS takes 1e15 and more for infinite."""
SOLVERS = ("highs", "cbc")


class Milp:
    """Arc (cache ``last``) or order (``unbounded``) variables with tightened big-M rows.

    A floating-point solver may take x = ε for 0, which relaxes a row with
    constant M by M ε, and a row by ε besides. Along a chain of n queries that
    adds up to at most n (M + 1) ε, with M at most the horizon. A bound or a
    refutation is taken as proof only where this is below half a tick: then no
    integer lies between what the solver proves and what is true. Elsewhere the
    answer is the best schedule and the bound known before.

    Parameters
    ----------
    solver
        ``highs`` or ``cbc``.
    """

    def __init__(self, solver: str = "highs") -> None:
        if solver not in SOLVERS:
            raise InputError(f"milp: solver is {solver!r}; give highs or cbc")
        self.solver = solver
        self.name = "milp" if solver == "highs" else "milp:solver=cbc"

    def solve(
        self, problem: Problem, limits: Limits, incumbent: BestOrder | None = None
    ) -> Outcome:
        """Decide or minimise; ``max_nodes`` bounds the branch-and-bound nodes."""
        most = problem.horizon + int(problem.greatest_setup.max())  # of a big M, and so of any
        if most > MAX_COEFFICIENT:
            raise InputError(
                f"backend {self.name}: times reach {most} after scaling, past 10^15; "
                "use a coarser tick"
            )
        incumbent = beginning(problem, incumbent)
        latest = _latest(problem, incumbent)
        early = problem.release if problem.anticipatory else problem.release + problem.least_setup
        if problem.due is not None and (latest < early).any():
            return Outcome(Status.INFEASIBLE, None)  # late even when served first
        if limits.expired:
            return _unanswered(problem, incumbent, 0)
        model = _Model(problem, latest, incumbent.bound)
        command = self._command(limits)
        model.program.solve(command)
        if model.program.status == pulp.LpStatusNotSolved and not limits.expired:
            # HiGHS's presolve can lose a row and then disown its own solution: do without.
            model = _Model(problem, latest, incumbent.bound)
            command = self._command(limits, presolve="off")
            model.program.solve(command)
        nodes, dual = command.nodes, command.bound
        status = model.program.sol_status
        order = model.order() if status in _WITH_SOLUTION else None
        certain = _certain(problem)
        if problem.due is not None:
            if order is not None and (problem.completions(order) <= problem.due).all():
                return Outcome(Status.FEASIBLE, order, nodes=nodes)
            if certain and model.program.status == pulp.LpStatusInfeasible:
                return Outcome(Status.INFEASIBLE, None, nodes=nodes)
            return Outcome(Status.UNKNOWN, None, nodes=nodes)
        if order is not None:
            incumbent.take(order)
        best, upper = incumbent.best, incumbent.value
        if best is None or upper is None:
            return _unanswered(problem, incumbent, nodes)
        lower = incumbent.bound
        if certain and status == pulp.LpSolutionOptimal:
            dual = float(pulp.value(model.program.objective))
        lower = min(_proven(problem, lower, dual), upper)
        done = Status.OPTIMAL if lower == upper else Status.FEASIBLE
        return Outcome(done, best, lower, nodes)

    def _command(self, limits: Limits, presolve: str = "choose") -> Any:
        if self.solver == "cbc":
            settings: dict[str, float | None] = {
                "sec": limits.remaining,
                "primalT": TOLERANCE,
                "integerT": TOLERANCE,
            }
            settings |= {"ratioGap": 0, "allow": 1e-6, "randomS": limits.seed + 1}
            settings |= {"threads": limits.threads, "maxNodes": limits.max_nodes}
            given = {name: value for name, value in settings.items() if value is not None}
            return Cbc(lambda: limits.expired, given)
        _swallow_banner()
        _use_threads(limits.threads)
        most = {} if limits.max_nodes is None else {"mip_max_nodes": limits.max_nodes}
        return Highs(
            lambda: limits.expired,
            threads=limits.threads,
            timeLimit=limits.remaining,
            random_seed=limits.seed,
            mip_rel_gap=0.0,
            mip_abs_gap=1e-6,
            mip_feasibility_tolerance=TOLERANCE,
            primal_feasibility_tolerance=TOLERANCE,
            presolve=presolve,
            **most,
        )


@cache
def _swallow_banner() -> None:
    """Let HiGHS greet nobody: its first object in a process prints on standard output."""
    sys.stdout.flush()
    libc = ctypes.CDLL(None)
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highspy.Highs()  # type: ignore[no-untyped-call]
        libc.fflush(None)  # the greeting waits in C's buffer where output is no terminal
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _use_threads(threads: int) -> None:
    """Let HiGHS start its workers anew: it has one pool a process and refuses another size."""
    global _pool_size  # noqa: PLW0603 - mirrors a global of the library
    if threads != _pool_size:
        highspy.Highs.resetGlobalScheduler(True)
        _pool_size = threads


_pool_size = 0
_WITH_SOLUTION = (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible)


def _certain(problem: Problem) -> bool:
    """Whether the solver's tolerances can't hide half a tick."""
    return problem.n * (problem.horizon + 1) * TOLERANCE < 0.5


def _proven(problem: Problem, lower: int, bound: float | None) -> int:
    """The lower bound that a dual bound of a minimisation proves, or the one known."""
    if problem.due is not None or bound is None or not np.isfinite(bound) or not _certain(problem):
        return lower
    return max(lower, int(np.ceil(bound - 0.5)))


def _unanswered(problem: Problem, incumbent: BestOrder, nodes: int) -> Outcome:
    if problem.due is None and incumbent.best is not None:
        return Outcome(Status.FEASIBLE, incumbent.best, incumbent.bound, nodes)
    return Outcome(Status.UNKNOWN, None, incumbent.bound, nodes)


def _latest(problem: Problem, incumbent: BestOrder) -> IntArray:
    """``[n]``; completions that some best schedule keeps to."""
    latest = np.full(problem.n, problem.horizon, dtype=np.int64)
    if problem.due is not None:
        return np.minimum(latest, problem.due)
    if incumbent.value is not None:
        return np.minimum(latest, problem.release + incumbent.value)
    return latest


class _Model:
    """The program and how to read an order from it."""

    def __init__(self, problem: Problem, latest: IntArray, lower: int) -> None:
        self.problem = problem
        self.latest = latest.tolist()
        self.earliest = problem.release.tolist()
        if not problem.anticipatory:
            self.earliest = (problem.release + problem.least_setup).tolist()
        n = problem.n
        self.program = pulp.LpProblem("prefixsched", pulp.LpMinimize)
        self.end = [
            pulp.LpVariable(f"c{j}", self.earliest[j], max(self.earliest[j], self.latest[j]))
            for j in range(n)
        ]
        flow = pulp.LpVariable("flow", lowBound=lower if problem.due is None else 0)
        self.program += flow
        if problem.due is None:
            for j in range(n):
                self.program += flow >= self.end[j] - int(problem.release[j])
        # Without set-ups of 0, time alone orders the queries; with them, places do.
        self.places = bool((problem.setup[~np.eye(n + 1, n, dtype=bool)] == 0).any())
        self.place = [pulp.LpVariable(f"u{j}", 0, n - 1) for j in range(n)] if self.places else []
        self.before: dict[tuple[int, int], Any] = {}
        self.arc: dict[tuple[int, int], Any] = {}
        if problem.unbounded:
            self._order_model()
        else:
            self._arc_model()
        for i, j in problem.precedences:
            self.program += self.end[j] >= self.end[i]

    def _after(self, i: int, j: int, ticks: Any, least: int, chosen: Any) -> None:
        """``j`` ends at least ``ticks`` after ``i`` where ``chosen`` is 1."""
        big = max(0, self.latest[i] + least - self.earliest[j])
        self.program += self.end[j] >= self.end[i] + ticks - big * (1 - chosen)
        if self.places:
            n = self.problem.n
            self.program += self.place[j] >= self.place[i] + 1 - n * (1 - chosen)

    def _starts(self, j: int, ticks: Any) -> None:
        """``j`` ends ``ticks`` after its arrival, or after time 0 where set-up anticipates."""
        origin = 0 if self.problem.anticipatory else int(self.problem.release[j])
        self.program += self.end[j] >= origin + ticks

    def _arc_model(self) -> None:
        problem, n = self.problem, self.problem.n
        setup = problem.setup.tolist()
        for i in range(n + 1):
            for j in range(n):
                if i == j:
                    continue
                soonest = self.earliest[j]
                if i < n:
                    soonest = max(soonest, self.earliest[i] + setup[i][j])
                if not problem.anticipatory:
                    soonest = max(soonest, int(problem.release[j]) + setup[i][j])
                if soonest <= self.latest[j]:
                    self.arc[i, j] = pulp.LpVariable(f"x{i}_{j}", cat=pulp.LpBinary)
        for j in range(n):
            into = [(i, x) for (i, k), x in self.arc.items() if k == j]
            self.program += pulp.lpSum(x for _, x in into) == 1
            self._starts(j, pulp.lpSum(setup[i][j] * x for i, x in into))
        for i in range(n + 1):
            out = pulp.lpSum(x for (k, _), x in self.arc.items() if k == i)
            self.program += (out == 1) if i == n else (out <= 1)
        for (i, j), x in self.arc.items():
            if i < n:
                self._after(i, j, setup[i][j], setup[i][j], x)

    def _order_model(self) -> None:
        problem, n = self.problem, self.problem.n
        setup = problem.setup.tolist()
        for i in range(n):
            for j in range(i + 1, n):
                first = pulp.LpVariable(f"y{i}_{j}", cat=pulp.LpBinary)
                self.before[i, j], self.before[j, i] = first, 1 - first
        ticks: list[Any] = []
        for j in range(n):
            # Any query served before may be the source: the cheapest is never worse.
            sources = {n: pulp.LpVariable(f"s{n}_{j}", cat=pulp.LpBinary)}
            for i in range(n):
                if i != j and setup[i][j] < setup[n][j]:
                    sources[i] = pulp.LpVariable(f"s{i}_{j}", cat=pulp.LpBinary)
                    self.program += sources[i] <= self.before[i, j]
            self.program += pulp.lpSum(sources.values()) == 1
            ticks.append(pulp.lpSum(setup[i][j] * s for i, s in sources.items()))
            self._starts(j, ticks[j])
        for (i, j), first in self.before.items():
            self._after(i, j, ticks[j], setup[n][j], first)

    def order(self) -> list[int]:
        """The order of the solution found."""
        n = self.problem.n
        if self.problem.unbounded:
            ahead = [
                sum(round(pulp.value(self.before[i, j])) for i in range(n) if i != j)
                for j in range(n)
            ]
            return sorted(range(n), key=lambda j: (ahead[j], pulp.value(self.end[j])))
        after = {i: j for (i, j), x in self.arc.items() if pulp.value(x) > 0.5}
        order: list[int] = []
        i = n
        while i in after and len(order) < n:
            i = after[i]
            order.append(i)
        if len(order) < n:
            raise RuntimeError("milp: the solver's arcs form no single path; please report this")
        return order

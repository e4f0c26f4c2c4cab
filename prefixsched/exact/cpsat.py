"""The backend ``cpsat``: a circuit with times, decided bound by bound in CP-SAT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from prefixsched.arrays import IntArray
from prefixsched.exact.backend import BestOrder, Outcome, beginning, found
from prefixsched.exact.dp.recomputation import chains
from prefixsched.exact.relaxation.refutation import Answer, Relaxation
from prefixsched.exact.relaxation.time_windows import Windows
from prefixsched.heuristics.local_search import improve
from prefixsched.model.errors import InputError
from prefixsched.model.problem import Problem
from prefixsched.model.status import Status
from prefixsched.runtime.limits import Limits
from prefixsched.runtime.threads import beside

MAX_HORIZON = 2**52
"""Times above this could overflow the solver's own sums."""
ARCS = 200_000
"""Arcs of the relaxation's graph."""
ROUNDS = 200
"""Cheapest paths that the relaxation may find before CP-SAT is asked."""
SEARCH_WORK = 2_000_000
"""Moves times queries of local search."""
MOVES_A_QUERY = 1_000
"""The most moves a query, however few queries there are."""


class CpSat:
    """A minimisation is a sequence of decisions, each with its own time windows.

    One min-max run is weak: its bound comes from the circuit alone until the end.
    A fixed bound T gives every query a window, which removes arcs, fixes
    precedences, and lets the redundant constraints bite. So T is bisected
    between the bounds: a refutation raises the lower one, a schedule, whose
    largest flow time may be less than T, brings down the upper one.

    Local search gives the first upper bound and the hint, and each decision goes
    to the relaxation of the backend ``dp`` first
    (:mod:`~prefixsched.exact.relaxation.refutation`): it may refute the deadlines or meet
    them, and else narrows the windows that CP-SAT starts from. So lower bounds
    come from there where that is quick, and are CP-SAT's own otherwise.

    ``max_nodes`` limits conflicts and paths priced; with one thread such runs
    repeat.

    Parameters
    ----------
    plain
        1 to do without local search and relaxation: what CP-SAT can do alone.
    """

    def __init__(self, plain: int = 0) -> None:
        if plain not in (0, 1):
            raise InputError(f"cpsat: plain is {plain}; give 0 or 1")
        self.plain = bool(plain)
        self.name = "cpsat:plain=1" if plain else "cpsat"

    def solve(
        self, problem: Problem, limits: Limits, incumbent: BestOrder | None = None
    ) -> Outcome:
        """Decide or minimise within limits."""
        if problem.horizon > MAX_HORIZON:
            raise InputError(
                f"backend cpsat: times reach {problem.horizon} after scaling, past 2^52; "
                "use a coarser tick"
            )
        return _Search(problem, limits, beginning(problem, incumbent), self.plain).solve()


class _Search:
    def __init__(self, problem: Problem, limits: Limits, incumbent: BestOrder, plain: bool) -> None:
        self.problem = problem
        self.limits = limits.slice()
        self.incumbent = incumbent
        self.plain = plain
        self.relaxation = Relaxation(problem)

    def solve(self) -> Outcome:
        """Bisect: each round halves what is between the bounds, or is the last."""
        problem, limits, incumbent = self.problem, self.limits, self.incumbent
        best = incumbent.best
        if best is None:
            best = np.argsort(problem.release, kind="stable").tolist()
        if not self.plain and not limits.spent:
            best = self._improved(best)
        if problem.due is not None:
            if (problem.completions(best) <= problem.due).all():
                return Outcome(Status.FEASIBLE, best, nodes=limits.nodes)
            status, order = self.decide(problem.due, best)
            return Outcome(status, order, nodes=limits.nodes)
        incumbent.take(best)
        incumbent.report(limits.nodes)
        while not incumbent.closed and not limits.spent:
            assert incumbent.best is not None
            assert incumbent.value is not None
            middle = (incumbent.bound + incumbent.value - 1) // 2
            status, order = self.decide(problem.release + middle, incumbent.best)
            incumbent.nodes = limits.nodes
            if order is not None:
                incumbent.offer(order)
            elif status is Status.INFEASIBLE:
                incumbent.raise_bound(middle + 1)
            else:
                break
        status = Status.OPTIMAL if incumbent.closed else Status.FEASIBLE
        return found(status, incumbent, limits.nodes)

    def _improved(self, order: Sequence[int]) -> Sequence[int]:
        """Local search from an order, with so many moves whatever the budget."""
        n = self.problem.n
        found: list[int] = improve(
            self.problem,
            order,
            deadline=self.limits.deadline,
            seed=self.limits.seed,
            max_moves=min(SEARCH_WORK // n, MOVES_A_QUERY * n),
            enough=self.incumbent.bound if self.problem.due is None else None,
        ).tolist()
        return found

    def decide(self, due: IntArray, hint: Sequence[int]) -> tuple[Status, Sequence[int] | None]:
        """One decision; the order found was checked against the deadlines."""
        if self.limits.spent:
            return Status.UNKNOWN, None
        answer = self._relaxed(due)
        if answer.refuted:
            return Status.INFEASIBLE, None
        if answer.order is not None:
            return Status.FEASIBLE, answer.order
        if self.limits.spent:
            return Status.UNKNOWN, None
        model = _Model(answer.windows)
        if not model.consistent:
            return Status.INFEASIBLE, None
        model.hint(hint)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = self.limits.threads
        solver.parameters.random_seed = self.limits.seed
        solver.parameters.linearization_level = 2
        if self.limits.remaining is not None:
            solver.parameters.max_time_in_seconds = self.limits.remaining
        left = self.limits.left
        if left is not None:
            solver.parameters.max_number_of_conflicts = left
        solver.parameters.catch_sigint_signal = False  # it would put its own handler there
        (status,) = beside(
            [lambda: solver.solve(model.model)], solver.stop_search, lambda: self.limits.expired
        )
        self.limits.charge(solver.num_branches if left is None else solver.num_conflicts)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            order = model.order(solver)
            if (self.problem.completions(order) <= due).all():
                return Status.FEASIBLE, order
            raise RuntimeError("cpsat: the order found misses its deadlines; please report this")
        return (Status.INFEASIBLE if status == cp_model.INFEASIBLE else Status.UNKNOWN), None

    def _relaxed(self, due: IntArray) -> Answer:
        """What the relaxation says, or the windows alone."""
        if not self.plain:
            return self.relaxation.check(due, self.limits, ARCS, ROUNDS)
        windows = Windows.of(self.problem, due, self.problem.precedences)
        return Answer(not windows.consistent, None, windows)


class _Model:
    """One decision in CP-SAT: the conditions of ``windows``, which don't contradict each other.

    ``consistent`` turns false where forced revisits leave no schedule.
    """

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        self.problem = windows.problem
        self.latest = windows.latest
        self.before = windows.before
        self.least = windows.least.tolist()
        self.model = cp_model.CpModel()
        self.consistent = True
        self.end = [
            self.model.new_int_var(int(windows.earliest[j]), int(windows.latest[j]), f"c{j}")
            for j in range(self.problem.n)
        ]
        self.position: list[Any] = []
        self.arc: dict[tuple[int, int], Any] = {}
        if self.problem.unbounded:
            self._order_model()
        else:
            self._circuit_model()

    def _ends_after(self, i: int, j: int, ticks: Any, literal: Any) -> None:
        self.model.add(self.end[j] >= self.end[i] + ticks).only_enforce_if(literal)

    def _serve(self, j: int, ticks: Any) -> Any:
        """``j`` takes ``ticks`` of the server after its arrival; its interval."""
        model = self.model
        longest = int(self.problem.setup[:, j].max())
        size = model.new_int_var(0, longest, f"d{j}")
        model.add(size == ticks)
        origin = 0 if self.problem.anticipatory else int(self.problem.release[j])
        start = model.new_int_var(origin, max(origin, int(self.latest[j])), f"b{j}")
        return model.new_interval_var(start, size, self._served_by(j), f"i{j}")

    def _served_by(self, j: int) -> Any:
        """When the server is done with ``j``: its end, or before where set-up anticipates."""
        if not self.problem.anticipatory:
            return self.end[j]
        done = self.model.new_int_var(0, int(self.latest[j]), f"e{j}")
        self.model.add(self.end[j] >= done)
        return done

    def _circuit_model(self) -> None:
        problem, model, n = self.problem, self.model, self.problem.n
        setup = problem.setup.tolist()
        allowed = self.windows.arcs.tolist()
        arcs: list[tuple[int, int, Any]] = []
        into: list[list[tuple[int, Any]]] = [[] for _ in range(n)]
        for j in range(n):
            if allowed[j][n]:
                arcs.append((j, n, model.new_bool_var(f"x{j}_end")))
            for i in range(n + 1):
                if allowed[i][j]:
                    self._arc(arcs, into, i, j, setup[i][j])
        model.add_circuit(arcs)
        intervals = [
            self._serve(j, sum(setup[i][j] * literal for i, literal in into[j])) for j in range(n)
        ]
        model.add_no_overlap(intervals)
        for i, j in np.argwhere(self.windows.direct).tolist():
            model.add(self.end[j] >= self.end[i] + self.least[j])
        if problem.tree is not None and problem.residual_setup is None:
            self._work()

    def _arc(
        self, arcs: list[Any], into: list[list[tuple[int, Any]]], i: int, j: int, ticks: int
    ) -> None:
        literal = self.model.new_bool_var(f"x{i}_{j}")
        arcs.append((i, j, literal))
        into[j].append((i, literal))
        self.arc[i, j] = literal
        if i < self.problem.n:
            self._ends_after(i, j, ticks, literal)
        if not self.problem.anticipatory:
            release = int(self.problem.release[j])
            self.model.add(self.end[j] >= release + ticks).only_enforce_if(literal)

    def _work(self) -> None:
        """Two facts of the tree: the least work of all set-ups, and of forced revisits.

        Any order computes each edge at least once, and a last token again for
        each further query that ends at a node. With the revisits that the
        windows force (:mod:`prefixsched.exact.dp.recomputation`), where a server may
        idle instead, work and idling must fit between first release and last
        deadline.
        """
        problem, tree = self.problem, self.problem.tree
        assert tree is not None
        again = np.maximum(np.bincount(tree.node, minlength=len(tree.parent)) - 1, 0)
        work = int((tree.edge + again * tree.token)[1:].sum())
        total = sum(int(problem.setup[i, j]) * literal for (i, j), literal in self.arc.items())
        self.model.add(total >= work)
        order = np.lexsort((self.latest, problem.release))
        by_release = replace(tree, node=tree.node[order])
        revisits = chains(
            by_release, problem.release[order], self.latest[order], problem.at_arrival[order]
        ).total()
        if work + revisits > int(self.latest.max() - problem.release.min()):
            self.consistent = False

    def _order_model(self) -> None:
        problem, model, n = self.problem, self.model, self.problem.n
        setup = problem.setup.tolist()
        self.position = [model.new_int_var(0, n - 1, f"u{j}") for j in range(n)]
        model.add_all_different(self.position)
        first: dict[tuple[int, int], Any] = {}
        for i in range(n):
            for j in range(i + 1, n):
                literal = model.new_bool_var(f"y{i}_{j}")
                first[i, j], first[j, i] = literal, literal.negated()
                model.add(self.position[i] < self.position[j]).only_enforce_if(literal)
                model.add(self.position[j] < self.position[i]).only_enforce_if(literal.negated())
                if self.before[i, j] or self.before[j, i]:
                    model.add(literal == int(self.before[i, j]))
        intervals, ticks = [], []
        for j in range(n):
            # Any query served before may be the source: the cheapest is never worse.
            sources = {n: model.new_bool_var(f"s{n}_{j}")}
            for i in range(n):
                if i != j and setup[i][j] < setup[n][j] and not self.before[j, i]:
                    sources[i] = model.new_bool_var(f"s{i}_{j}")
                    model.add_implication(sources[i], first[i, j])
            model.add_exactly_one(sources.values())
            ticks.append(sum(setup[i][j] * literal for i, literal in sources.items()))
            intervals.append(self._serve(j, ticks[j]))
            if not problem.anticipatory:
                model.add(self.end[j] >= int(problem.release[j]) + ticks[j])
        for (i, j), literal in first.items():
            self._ends_after(i, j, ticks[j], literal)
        model.add_no_overlap(intervals)

    def hint(self, order: Sequence[int]) -> None:
        """Start from a known order, whether it meets the deadlines or not."""
        ends = self.problem.completions(order)
        for j, end in enumerate(self.end):
            self.model.add_hint(end, int(min(ends[j], self.latest[j])))
        following = set(zip((self.problem.n, *order), order, strict=False))
        for pair, literal in self.arc.items():
            self.model.add_hint(literal, pair in following)
        for place, j in enumerate(order):
            if self.position:
                self.model.add_hint(self.position[j], place)

    def order(self, solver: cp_model.CpSolver) -> list[int]:
        """The order of the solution found."""
        n = self.problem.n
        if self.position:
            return sorted(range(n), key=lambda j: solver.value(self.position[j]))
        after = {i: j for (i, j), literal in self.arc.items() if solver.value(literal)}
        order, i = [], n
        while i in after:
            i = after[i]
            order.append(i)
        return order

"""The backend ``cpsat``: a circuit with times, decided bound by bound in CP-SAT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from ortools.sat.python import cp_model

from prefixsched.errors import InputError
from prefixsched.exact.backend import Outcome, Run
from prefixsched.exact.dp.visits import chains
from prefixsched.exact.problem import Problem
from prefixsched.prompts import IntArray
from prefixsched.result import Status

MAX_HORIZON = 2**52
"""Times above this could overflow the solver's own sums."""


class CpSat:
    """A minimisation is a sequence of decisions, each with its own time windows.

    One min-max run is weak: its bound comes from the circuit alone until the end.
    A fixed bound T gives every query a window, which removes arcs, fixes
    precedences, and lets the redundant constraints bite. So T is bisected
    between the bounds: a refutation raises the lower one, a schedule, whose
    largest flow time may be less than T, brings down the upper one.

    ``max_nodes`` limits conflicts; with one thread such runs repeat.
    """

    name = "cpsat"

    def solve(self, problem: Problem, run: Run) -> Outcome:
        """Decide or minimise within the limits of ``run``."""
        if problem.horizon > MAX_HORIZON:
            raise InputError(
                f"backend cpsat: times reach {problem.horizon} after scaling, past 2^52; "
                "use a coarser tick"
            )
        return _Search(problem, run).solve()


class _Search:
    def __init__(self, problem: Problem, run: Run) -> None:
        self.problem = problem
        self.run = run
        self.nodes = 0

    @property
    def exhausted(self) -> bool:
        most = self.run.max_nodes
        return self.run.expired or (most is not None and self.nodes >= most)

    def solve(self) -> Outcome:
        run, problem = self.run, self.problem
        if problem.due is not None:
            status, order = self.decide(problem.due, run.start)
            return Outcome(status, order, run.lower, self.nodes)
        best: Sequence[int] = (
            np.argsort(problem.release, kind="stable").tolist() if run.start is None else run.start
        )
        upper = problem.max_flow(best)
        lower = min(run.lower, upper)
        run.report(lower, best, self.nodes)
        while lower < upper and not self.exhausted:
            middle = (lower + upper - 1) // 2
            status, order = self.decide(problem.release + middle, best)
            if order is not None:
                best, upper = order, problem.max_flow(order)
            elif status is Status.INFEASIBLE:
                lower = middle + 1
            else:
                break
            run.report(lower, best, self.nodes)
        status = Status.OPTIMAL if lower == upper else Status.FEASIBLE
        return Outcome(status, best, lower, self.nodes)

    def decide(
        self, due: IntArray, hint: Sequence[int] | None
    ) -> tuple[Status, Sequence[int] | None]:
        """One decision; the order found was checked against the deadlines."""
        if self.exhausted:
            return Status.UNKNOWN, None
        model = _Model(self.problem, due)
        if not model.consistent:
            return Status.INFEASIBLE, None
        if hint is not None:
            model.hint(hint)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = self.run.threads
        solver.parameters.random_seed = self.run.seed
        solver.parameters.linearization_level = 2
        if self.run.remaining is not None:
            solver.parameters.max_time_in_seconds = self.run.remaining
        if self.run.max_nodes is not None:
            solver.parameters.max_number_of_conflicts = self.run.max_nodes - self.nodes
        status = solver.solve(model.model)
        self.nodes += solver.num_branches if self.run.max_nodes is None else solver.num_conflicts
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            order = model.order(solver)
            if (self.problem.completions(order) <= due).all():
                return Status.FEASIBLE, order
            raise RuntimeError("cpsat: the order found misses its deadlines; please report this")
        return (Status.INFEASIBLE if status == cp_model.INFEASIBLE else Status.UNKNOWN), None


class _Model:
    """One decision in CP-SAT.

    Windows: a query ends no earlier than its release and least set-up allow and
    no later than its deadline. A query i that can't end on time after j ended at
    its earliest comes before j; these precedences and those of twins are closed
    transitively, and an arc over a query that must lie between is no arc.
    """

    def __init__(self, problem: Problem, due: IntArray) -> None:
        self.problem = problem
        self.model = cp_model.CpModel()
        n = problem.n
        self.latest = np.minimum(due, problem.horizon)
        self.earliest = problem.release.copy()
        if not problem.anticipatory:
            self.earliest += problem.least_setup
        self.consistent = bool((self.earliest <= self.latest).all())
        if not self.consistent:
            return
        self.before = self._precedences()
        if (self.before & self.before.T).any():
            self.consistent = False
            return
        self.end = [
            self.model.new_int_var(int(self.earliest[j]), int(self.latest[j]), f"c{j}")
            for j in range(n)
        ]
        self.position: list[Any] = []
        self.arc: dict[tuple[int, int], Any] = {}
        if problem.unbounded:
            self._order_model()
        else:
            self._circuit_model()

    def _precedences(self) -> npt.NDArray[np.bool_]:
        """``[n, n]``; whether row must end before column, transitively closed."""
        n = self.problem.n
        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.add_nodes_from(range(n))
        graph.add_edges_from(self.problem.precedences)
        late = self.earliest[:, None] + self.problem.least_setup[None, :] > self.latest[None, :]
        np.fill_diagonal(late, False)
        graph.add_edges_from((int(j), int(i)) for i, j in zip(*np.nonzero(late), strict=True))
        closed = np.zeros((n, n), dtype=bool)
        for i in graph:
            closed[i, list(nx.descendants(graph, i))] = True
        return closed

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
        between = self.before.astype(np.int64) @ self.before.astype(np.int64) > 0
        arcs: list[tuple[int, int, Any]] = []
        into: list[list[tuple[int, Any]]] = [[] for _ in range(n)]
        for j in range(n):
            if not self.before[:, j].any():
                self._arc(arcs, into, n, j, setup[n][j])
            if not self.before[j].any():
                arcs.append((j, n, model.new_bool_var(f"x{j}_end")))
            for i in range(n):
                if i == j or self.before[j, i] or between[i, j]:
                    continue
                soonest = int(self.earliest[i]) + setup[i][j]
                if not problem.anticipatory:
                    soonest = max(soonest, int(problem.release[j]) + setup[i][j])
                if soonest <= self.latest[j]:
                    self._arc(arcs, into, i, j, setup[i][j])
        model.add_circuit(arcs)
        intervals = [
            self._serve(j, sum(setup[i][j] * literal for i, literal in into[j])) for j in range(n)
        ]
        model.add_no_overlap(intervals)
        for i, j in zip(*np.nonzero(self.before), strict=True):
            model.add(self.end[j] >= self.end[i] + int(problem.least_setup[j]))
        if problem.tree is not None:
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
        windows force (:mod:`prefixsched.exact.dp.visits`), where a server may
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
        revisits = chains(by_release, problem.release[order], self.latest[order]).total()
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

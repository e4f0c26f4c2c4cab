"""Refutation of deadlines by the relaxation, with ever finer graphs and larger ng-sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.exact.relaxation.lagrangian import DualSolution, solve_dual
from prefixsched.exact.relaxation.ng_sets import NgSets
from prefixsched.exact.relaxation.time_graph import CompletionBounds, TimeGraph
from prefixsched.exact.relaxation.time_windows import Windows
from prefixsched.model.problem import Problem
from prefixsched.runtime.limits import Limits

FIRST_ARCS = 500_000
"""Arcs of the first graph; its grid follows from that."""
FIRST_ROUNDS = 150
"""Cheapest paths before a graph that is coarse is made finer."""
ROUNDS = 1_000
"""Cheapest paths before a graph is unfolded or left as it is."""
ARCS_A_SECOND = 2_000_000
"""Arcs made a second, on a slow machine."""
GRID_LEAP = 32
"""Growth, in arcs, that a graph must have room for before a grid much finer is tried."""
NG_SET_SIZE = 12
"""Queries in an ng-set."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What the relaxation has to say on some deadlines.

    Parameters
    ----------
    refuted
        Whether there is proof that no schedule meets them.
    order
        A schedule that does, if one was met.
    windows
        What every schedule that does must fulfil, but for the order of twins.
    bounds
        What is left of the time graph, where one could be built, with completion bounds.
    """

    refuted: bool
    order: Sequence[int] | None
    windows: Windows
    bounds: CompletionBounds | None = None


class Relaxation:
    """The relaxation of one problem, which learns from each set of deadlines for the next.

    Multipliers that refuted some deadlines are the first to be tried on others, and
    ng-sets keep the queries that paths visited twice. Neither affects what is
    true, only how fast it is found.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.ng_sets = NgSets(problem.n, NG_SET_SIZE)
        self.multipliers: IntArray | None = None

    def check(self, due: IntArray, limits: Limits, arcs: int, rounds: int) -> Answer:
        """Put ``due`` to the relaxation: up to ``rounds`` paths, graphs of up to ``arcs`` arcs.

        ``due`` has to order twins as the problem's own deadlines do. A graph may
        be coarse at first. What its multipliers rule out makes room for a finer grid,
        and then for telling apart what paths remember.

        It ends: each round makes the grid finer, the limit on arcs or what is remembered
        greater, or takes so many of the paths that are left.
        """
        windows = Windows.of(self.problem, due, self.problem.precedences)
        if not windows.consistent:
            return Answer(True, None, windows)
        arcs, memory = min(arcs, _arcs_in_time(limits)), limits.memory
        limit = min(FIRST_ARCS, arcs)
        if self.problem.unbounded or limits.spent:
            return Answer(False, None, windows)
        graph = TimeGraph(windows, limit, memory)
        if graph.refused and limit < arcs:  # set-ups shorter than its grid: try a finer one
            limit = arcs
            graph = TimeGraph(windows, limit, memory)
        if graph.refused:
            return Answer(False, None, windows)
        unfolded = NgSets(self.problem.n, 0)  # what the graph's nodes tell apart
        multipliers = self.multipliers
        while True:
            most = min(rounds, FIRST_ROUNDS if graph.grid > 1 and limit < arcs else ROUNDS)
            solution = self._solve_dual(graph, multipliers, due, limits, most)
            multipliers = solution.multipliers
            rounds -= solution.rounds
            if solution.refuted:
                self.multipliers = multipliers
            if solution.refuted or solution.order is not None:
                return Answer(solution.refuted, solution.order, windows)
            windows = graph.narrowed()
            if not windows.consistent:
                return Answer(True, None, windows)
            if limits.spent or rounds <= 0:
                break
            arcs = min(arcs, _arcs_in_time(limits))
            if _refined(graph, windows, unfolded, arcs):
                continue
            if graph.grid > 1 and limit < arcs:
                limit = min(4 * limit, arcs)
                finer = TimeGraph(windows, limit, memory)
                if not finer.refused and finer.grid < graph.grid:
                    graph, unfolded = finer, NgSets(self.problem.n, 0)
                    continue
            self.ng_sets.augment(_cycles(solution.support))
            if not self.ng_sets.same(unfolded) and graph.unfold(
                windows, self.ng_sets, graph.grid, arcs
            ):
                unfolded = self.ng_sets.copy()
            elif solution.rounds < most:
                break  # it had come to an end
        return Answer(False, None, windows, graph.completion_bounds([multipliers, solution.latest]))

    def _solve_dual(
        self,
        graph: TimeGraph,
        multipliers: IntArray | None,
        due: IntArray,
        limits: Limits,
        rounds: int,
    ) -> DualSolution:
        def meets(order: Sequence[int]) -> bool:
            return bool((self.problem.completions(order) <= due).all())

        most = limits.at_most(rounds)
        solution = solve_dual(graph, multipliers, most, meets, lambda: limits.expired)
        limits.charge(solution.rounds)
        return solution


def _arcs_in_time(limits: Limits) -> int:
    """Arcs of a graph that can be made and used in the time left."""
    left = limits.remaining
    return int(INFINITY) if left is None else int(left * ARCS_A_SECOND)


def _refined(graph: TimeGraph, windows: Windows, ng_sets: NgSets, arcs: int) -> bool:
    """Unfold ``graph`` to the finest grid that ``arcs`` allow, if it is finer than before.

    A finer grid takes more arcs: where half the grid is too fine, none will do.
    """
    room = len(graph.tail) * GRID_LEAP <= arcs
    finer = sorted({1, graph.grid // 8, graph.grid // 2} if room else {graph.grid // 2})
    return any(
        graph.unfold(windows, ng_sets, grid, arcs) for grid in finer if 0 < grid < graph.grid
    )


def _cycles(paths: Sequence[Sequence[int]]) -> Iterator[Sequence[int]]:
    """The parts of ``paths`` from a query until just before it comes again."""
    for path in paths:
        seen: dict[int, int] = {}
        for k, query in enumerate(path):
            if query in seen:
                yield path[seen[query] : k]
            seen[query] = k

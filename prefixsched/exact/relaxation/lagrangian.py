"""Lagrangian dual of a state-space relaxation: multipliers of the visit-once constraints.

After Christofides, Mingozzi and Toth, "State-space relaxation procedures for the computation of
bounds to routing problems" (Networks 11, 1981): schedules are relaxed to paths of the time graph
(:mod:`prefixsched.exact.relaxation.time_graph`), on which the constraint that each query is visited
once is dualised. A path pays the multiplier, of either sign, of each query that it visits. Every
schedule within the deadlines is a path that visits each query once, and so pays the sum of all
multipliers. Hence, in exact integer arithmetic and for any multipliers:

- if the cheapest path costs more than that sum, there is no schedule;
- an arc that lies only on paths that cost more belongs to no schedule, and can go
  (reduced-cost fixing).

Multipliers that refute exist if and only if the point (1, …, 1) lies outside the
convex hull of the paths' visit counts (Farkas), and then the difference between
the hull's nearest point and it is one choice. Wolfe's method ("Finding the
nearest point in a polytope", 1976) finds that point from cheapest paths alone: it
holds a few paths, takes the nearest point of their hull as the multipliers, and adds
the cheapest path under them. It works in floating point, which decides only which
multipliers are least_gap: they are rounded to integers before they prove anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from prefixsched.arrays import FloatArray, IntArray
from prefixsched.exact.relaxation.time_graph import Path, TimeGraph

MAX_MULTIPLIER = 2**30
"""The largest multiplier, of either sign. Paths visit fewer than 2^30 nodes, so sums stay within
64 bits."""
STABILISATION_STEP = 0.1
"""How far from the stability centre towards the nearest point multipliers are tried, of 1."""
PATHS_BETWEEN_FIXINGS = 16
"""Paths between two attempts to fix arcs, unless multipliers come closer to a refutation."""
ZERO_WEIGHT = 1e-12
"""Weights of paths, which sum to 1, are rounding errors below this."""
ZERO_DISTANCE = 1e-10
"""Squared distance, in visits, at which the point (1, …, 1) counts as inside the hull."""


@dataclass(frozen=True)
class DualSolution:
    """What solving the Lagrangian dual found.

    Parameters
    ----------
    refuted
        Whether there is proof that no schedule meets the deadlines.
    order
        A schedule, if a path turned out to be one.
    multipliers
        ``[n]``; those that refute, or those that came nearest to it.
    latest
        ``[n]``; the last multipliers tried.
    rounds
        Paths computed.
    support
        Paths of a convex combination whose visits come nearest to one each: what the
        relaxation takes for a schedule.
    """

    refuted: bool
    order: Sequence[int] | None
    multipliers: IntArray
    latest: IntArray
    rounds: int
    support: Sequence[Sequence[int]] = ()


def solve_dual(
    graph: TimeGraph,
    start: IntArray | None,
    rounds: int,
    meets: Callable[[Sequence[int]], bool],
    stop: Callable[[], bool],
) -> DualSolution:
    """Look for multipliers that refute; fix arcs of ``graph`` by those tried on the way.

    Parameters
    ----------
    graph
        Shrinks as arcs are fixed to 0 by their reduced cost.
    start
        ``[n]``; the first multipliers to try, such as those that refuted tighter deadlines.
    rounds
        The most paths to compute.
    meets
        Whether an order meets the deadlines; asked for paths that visit each query once.
    stop
        Asked before each path.
    """
    with single_threaded_algebra():
        return _solve_dual(graph, start, rounds, meets, stop)


def single_threaded_algebra() -> AbstractContextManager[object]:
    """BLAS in one thread: for a hundred equations fastest, as it doesn't wait for a core.

    The limit is the process's: who solves duals in threads of their own sets it around them.
    """
    limit: AbstractContextManager[object] = _threads().limit(limits=1, user_api="blas")
    return limit


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def _solve_dual(
    graph: TimeGraph,
    start: IntArray | None,
    rounds: int,
    meets: Callable[[Sequence[int]], bool],
    stop: Callable[[], bool],
) -> DualSolution:
    hull = _Hull(graph.n)
    centre = _StabilityCentre(np.zeros(graph.n))
    multipliers = np.zeros(graph.n, dtype=np.int64) if start is None else start
    goal: FloatArray | None = None  # the nearest point
    step = STABILISATION_STEP
    least_gap, wait, done = 1.0, 0, 0
    while done < rounds and not stop():
        done += 1
        found = graph.cheapest(multipliers)
        schedule_cost = int(multipliers.sum())
        if found is None or found[0] > schedule_cost:
            return DualSolution(True, None, multipliers, multipliers, done)
        path_cost, path = found
        visits = graph.visits(path)
        if (visits == 1).all() and meets(graph.order(path)):
            return DualSolution(False, graph.order(path), multipliers, multipliers, done)
        fixed = False
        if multipliers.any():
            centre.update(multipliers, schedule_cost - path_cost)
            gap, wait = (schedule_cost - path_cost) / MAX_MULTIPLIER, wait - 1
            if gap < 0.98 * least_gap or wait <= 0:
                least_gap, wait = min(least_gap, gap), PATHS_BETWEEN_FIXINGS
                fixed = graph.fix_arcs(multipliers, schedule_cost)
                if fixed:
                    hull.forget(graph)
        serious = goal is None or (visits - 1) @ goal < (1 - ZERO_DISTANCE) * (goal @ goal)
        added = graph.holds(path) and hull.add(visits, path)
        if not hull.paths:
            continue  # the same multipliers again, on a smaller graph
        if added or fixed or goal is None:
            goal = hull.nearest()
            step = STABILISATION_STEP if serious else min(1.0, 2 * step)
        elif step < 1.0:
            step = 1.0  # between centre and goal was nothing new: ask at the goal
        else:
            break  # no progress: the point is inside, as far as floats can tell
        if goal @ goal < ZERO_DISTANCE:
            break
        multipliers = centre.towards(goal, step)
    best = centre.multipliers() if centre.known else multipliers
    return DualSolution(
        False, None, best, multipliers, done, [graph.order(path) for path in hull.paths]
    )


class _StabilityCentre:
    """The direction of multipliers that came nearest to a refutation.

    Multipliers between it and the hull's nearest point are tried, not those of the
    nearest point, which leap about (the *in-out* stabilisation of Ben-Ameur and
    Neto, "Acceleration of cutting-plane and column generation algorithms", 2007).
    """

    def __init__(self, direction: FloatArray) -> None:
        self.direction = direction
        self.gap = np.inf

    @property
    def known(self) -> bool:
        return bool(np.isfinite(self.gap))

    def update(self, multipliers: IntArray, gap: int) -> None:
        """Take up multipliers whose cheapest path costs ``gap`` less than a schedule."""
        size = float(np.linalg.norm(multipliers))
        if gap / size < self.gap:
            self.gap, self.direction = gap / size, multipliers / size

    def towards(self, goal: FloatArray, step: float) -> IntArray:
        """Multipliers on the way from here to ``goal``."""
        direction = goal / np.linalg.norm(goal)
        if self.known:
            direction = (1 - step) * self.direction + step * direction
        return _rounded(direction)

    def multipliers(self) -> IntArray:
        """The multipliers that came nearest."""
        return _rounded(self.direction)


def _rounded(direction: FloatArray) -> IntArray:
    """Integers of at most ``MAX_MULTIPLIER`` in this direction; zeros where there is none.

    Zeros prove nothing. Centre and goal may cancel out. What isn't finite would round to
    integers that overflow in sums, and those would prove anything.
    """
    size = float(np.abs(direction).max())
    if not ZERO_WEIGHT < size < np.inf:
        return np.zeros(direction.shape, dtype=np.int64)
    multipliers: IntArray = np.rint(direction * (MAX_MULTIPLIER / size)).astype(np.int64)
    return multipliers


class _Hull:
    """The convex hull of some paths' visits, less one each, and its point nearest to 0."""

    def __init__(self, n: int) -> None:
        self.points: FloatArray = np.zeros((0, n))
        self.products: FloatArray = np.zeros((0, 0))  # of each point with each
        self.paths: list[Path] = []
        self.weights: FloatArray = np.zeros(0)

    def add(self, visits: IntArray, path: Path) -> bool:
        """Add a path's point; whether it is new."""
        if (self.points == visits - 1).all(axis=1).any():
            return False
        self.points = np.vstack((self.points, visits - 1))
        row = self.points @ self.points[-1]
        self.products = np.block([[self.products, row[:-1, None]], [row]])
        self.paths.append(path)
        self.weights = np.append(self.weights, 0.0 if len(self.weights) else 1.0)
        return True

    def forget(self, graph: TimeGraph) -> None:
        """Let go of paths that the graph no longer has."""
        self._keep(np.array([graph.holds(path) for path in self.paths], dtype=bool))
        total = self.weights.sum()
        self.weights = self.weights / total if total > ZERO_WEIGHT else self._even()

    def nearest(self) -> FloatArray:
        """Move the weights to the nearest point, by Wolfe's minor cycle; drop paths of weight 0."""
        while True:
            goal = self._affine()
            if (goal > ZERO_WEIGHT).all():
                self.weights = goal
                break
            falling = (goal <= ZERO_WEIGHT) & (self.weights > goal)
            if not falling.any():
                break
            ratio = self.weights[falling] / (self.weights[falling] - goal[falling])
            step = min(1.0, float(ratio.min()))
            self.weights = step * goal + (1 - step) * self.weights
            keep = self.weights > ZERO_WEIGHT
            if keep.all():
                keep[int(self.weights.argmin())] = False
            self._keep(keep)
            self.weights /= self.weights.sum()
        nearest: FloatArray = self.weights @ self.points
        return nearest

    def _affine(self) -> FloatArray:
        """Weights of the affine hull's nearest point; those at hand where none can be told.

        The solution of (G + 11ᵀ) x = 1 has a positive sum, as G is a Gram matrix. Where the
        points are nearly dependent floats may lose it.
        """
        if not self.paths:
            return self.weights
        gram = self.products + 1.0
        ones = np.ones(len(gram))
        try:
            goal = np.linalg.solve(gram, ones)
        except np.linalg.LinAlgError:
            goal = np.zeros_like(ones)
        if not self._usable(goal):
            goal = np.linalg.lstsq(gram, ones, rcond=None)[0]
        if not self._usable(goal):
            return self.weights
        weights: FloatArray = goal / goal.sum()
        return weights

    @staticmethod
    def _usable(goal: npt.NDArray[np.floating]) -> bool:
        """Whether weights follow from it by division by its sum."""
        total, largest = float(goal.sum()), float(np.abs(goal).max(initial=0))
        return np.isfinite(largest) and total > ZERO_WEIGHT * largest

    def _keep(self, keep: npt.NDArray[np.bool_]) -> None:
        self.points, self.weights = self.points[keep], self.weights[keep]
        self.products = self.products[np.ix_(keep, keep)]
        self.paths = [path for path, kept in zip(self.paths, keep, strict=True) if kept]

    def _even(self) -> FloatArray:
        return np.full(len(self.paths), 1.0 / max(1, len(self.paths)))

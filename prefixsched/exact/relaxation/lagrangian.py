"""Prices on queries that refute deadlines, or show which steps no schedule takes.

Put a price on each visit, of either sign. Every schedule within the deadlines is
a path of the time graph that visits each query once, and so pays the sum of all
prices. Hence, in exact integer arithmetic and for any prices:

- if the cheapest path costs more than that sum, there is no schedule;
- an arc that lies only on paths that cost more belongs to no schedule, and can go.

Prices that refute exist if and only if the point (1, …, 1) lies outside the
convex hull of the paths' visit counts (Farkas), and then the difference between
the hull's nearest point and it is one choice. Wolfe's method ("Finding the
nearest point in a polytope", 1976) finds that point from cheapest paths alone: it
holds a few paths, takes the nearest point of their hull as the prices, and adds
the cheapest path under them. It works in floating point, which decides only
which prices are tried: they are rounded to integers before they prove anything.
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

SCALE = 2**30
"""The largest price; paths visit fewer than 2^30 nodes, so sums stay within 64 bits."""
STEP = 0.1
"""How far from the center towards the nearest point prices are tried."""
PATIENCE = 16
"""Paths between two attempts to drop arcs, unless prices come closer to a refutation."""
NOTHING = 1e-12
"""Weights below this are rounding errors."""
TOUCHING = 1e-10
"""Squared distance at which the point counts as inside the hull."""


@dataclass(frozen=True)
class Verdict:
    """What pricing found.

    Parameters
    ----------
    refuted
        Whether there is proof that no schedule meets the deadlines.
    order
        A schedule, if a path turned out to be one.
    prices
        Prices that refute, or those that came nearest to it.
    latest
        The last prices tried.
    rounds
        Paths computed.
    mix
        Paths whose visits, mixed, come nearest to one each: what the relaxation
        takes for a schedule.
    """

    refuted: bool
    order: Sequence[int] | None
    prices: IntArray
    latest: IntArray
    rounds: int
    mix: Sequence[Sequence[int]] = ()


def negotiate(
    graph: TimeGraph,
    start: IntArray | None,
    rounds: int,
    meets: Callable[[Sequence[int]], bool],
    stop: Callable[[], bool],
) -> Verdict:
    """Look for prices that refute, and drop from ``graph`` what the prices tried rule out.

    Parameters
    ----------
    graph
        Shrinks as arcs are dropped.
    start
        The first prices to try, such as those that refuted tighter deadlines.
    rounds
        The most paths to compute.
    meets
        Whether an order meets the deadlines; asked for paths that visit each query once.
    stop
        Asked before each path.
    """
    with algebra_in_one_thread():
        return _negotiate(graph, start, rounds, meets, stop)


def algebra_in_one_thread() -> AbstractContextManager[object]:
    """For a hundred equations that is fastest, as it doesn't wait for a core.

    The limit is the process's: who negotiates in threads of their own sets it around them.
    """
    limit: AbstractContextManager[object] = _threads().limit(limits=1, user_api="blas")
    return limit


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def _negotiate(
    graph: TimeGraph,
    start: IntArray | None,
    rounds: int,
    meets: Callable[[Sequence[int]], bool],
    stop: Callable[[], bool],
) -> Verdict:
    hull = _Hull(graph.n)
    center = _Center(np.zeros(graph.n))
    prices = np.zeros(graph.n, dtype=np.int64) if start is None else start
    goal: FloatArray | None = None  # the nearest point
    step = STEP
    tried, wait, done = 1.0, 0, 0
    while done < rounds and not stop():
        done += 1
        found = graph.cheapest(prices)
        budget = int(prices.sum())
        if found is None or found[0] > budget:
            return Verdict(True, None, prices, prices, done)
        price, path = found
        visits = graph.visits(path)
        if (visits == 1).all() and meets(graph.order(path)):
            return Verdict(False, graph.order(path), prices, prices, done)
        dropped = False
        if prices.any():
            center.see(prices, budget - price)
            missing, wait = (budget - price) / SCALE, wait - 1
            if missing < 0.98 * tried or wait <= 0:
                tried, wait = min(tried, missing), PATIENCE
                dropped = graph.drop(prices, budget)
                if dropped:
                    hull.forget(graph)
        serious = goal is None or (visits - 1) @ goal < (1 - TOUCHING) * (goal @ goal)
        added = graph.holds(path) and hull.add(visits, path)
        if not hull.paths:
            continue  # the same prices again, on a smaller graph
        if added or dropped or goal is None:
            goal = hull.nearest()
            step = STEP if serious else min(1.0, 2 * step)
        elif step < 1.0:
            step = 1.0  # between center and goal was nothing new: ask at the goal
        else:
            break  # no progress: the point is inside, as far as floats can tell
        if goal @ goal < TOUCHING:
            break
        prices = center.towards(goal, step)
    best = center.prices() if center.known else prices
    return Verdict(False, None, best, prices, done, [graph.order(path) for path in hull.paths])


class _Center:
    """The direction of prices that came nearest to a refutation.

    Prices between it and the hull's nearest point are tried, not those of the
    nearest point, which leap about (the *in-out* stabilisation of Ben-Ameur and
    Neto, "Acceleration of cutting-plane and column generation algorithms", 2007).
    """

    def __init__(self, direction: FloatArray) -> None:
        self.direction = direction
        self.missing = np.inf

    @property
    def known(self) -> bool:
        return bool(np.isfinite(self.missing))

    def see(self, prices: IntArray, missing: int) -> None:
        """Take up prices whose cheapest path lacks ``missing`` of the budget."""
        size = float(np.linalg.norm(prices))
        if missing / size < self.missing:
            self.missing, self.direction = missing / size, prices / size

    def towards(self, goal: FloatArray, step: float) -> IntArray:
        """Prices on the way from here to ``goal``."""
        direction = goal / np.linalg.norm(goal)
        if self.known:
            direction = (1 - step) * self.direction + step * direction
        return _rounded(direction)

    def prices(self) -> IntArray:
        """The prices that came nearest."""
        return _rounded(self.direction)


def _rounded(direction: FloatArray) -> IntArray:
    """Integers of at most ``SCALE`` in this direction; zeros, which prove nothing, without one.

    Center and goal may cancel out. What isn't finite would round to integers that overflow
    in sums, and those would prove anything.
    """
    size = float(np.abs(direction).max())
    if not NOTHING < size < np.inf:
        return np.zeros(direction.shape, dtype=np.int64)
    prices: IntArray = np.rint(direction * (SCALE / size)).astype(np.int64)
    return prices


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
        self.weights = self.weights / total if total > NOTHING else self._even()

    def nearest(self) -> FloatArray:
        """Move the weights to the nearest point, by Wolfe's minor cycle; drop paths of weight 0."""
        while True:
            goal = self._affine()
            if (goal > NOTHING).all():
                self.weights = goal
                break
            falling = (goal <= NOTHING) & (self.weights > goal)
            if not falling.any():
                break
            ratio = self.weights[falling] / (self.weights[falling] - goal[falling])
            step = min(1.0, float(ratio.min()))
            self.weights = step * goal + (1 - step) * self.weights
            keep = self.weights > NOTHING
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
        return np.isfinite(largest) and total > NOTHING * largest

    def _keep(self, keep: npt.NDArray[np.bool_]) -> None:
        self.points, self.weights = self.points[keep], self.weights[keep]
        self.products = self.products[np.ix_(keep, keep)]
        self.paths = [path for path, kept in zip(self.paths, keep, strict=True) if kept]

    def _even(self) -> FloatArray:
        return np.full(len(self.paths), 1.0 / max(1, len(self.paths)))

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
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from prefixsched.exact.timegraph import Path, TimeGraph
from prefixsched.prompts import IntArray

FloatArray = npt.NDArray[np.float64]
SCALE = 2**30
"""The largest price; paths visit fewer than 2^30 nodes, so sums stay within 64 bits."""
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
        A path that visits each query once, if one was met.
    prices
        Prices that refute, or the last that were tried.
    rounds
        Paths computed.
    mix
        Paths whose visits, mixed, come nearest to one each: what the relaxation
        takes for a schedule.
    """

    refuted: bool
    order: Sequence[int] | None
    prices: IntArray
    rounds: int
    mix: Sequence[Sequence[int]] = ()


def negotiate(
    graph: TimeGraph, start: IntArray | None, rounds: int, stop: Callable[[], bool]
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
    stop
        Asked before each.
    """
    hull = _Hull(graph.n)
    prices = np.zeros(graph.n, dtype=np.int64) if start is None else start
    for done in range(rounds):
        if stop():
            break
        found = graph.cheapest(prices)
        budget = int(prices.sum())
        if found is None or found[0] > budget:
            return Verdict(True, None, prices, done + 1)
        path = found[1]
        visits = graph.visits(path)
        if (visits == 1).all():
            return Verdict(False, graph.order(path), prices, done + 1)
        if prices.any() and graph.drop(prices, budget):
            hull.forget(graph)
        if graph.holds(path):
            if hull.knows(visits):
                break  # no progress: the point is inside, as far as floats can tell
            hull.add(visits, path)
        if not hull.paths:
            continue  # the same prices again, on a smaller graph
        nearest = hull.nearest()
        if nearest @ nearest < TOUCHING:
            break
        prices = np.rint(nearest * (SCALE / np.abs(nearest).max())).astype(np.int64)
    else:
        done = rounds
    return Verdict(False, None, prices, done, [graph.order(path) for path in hull.paths])


class _Hull:
    """The convex hull of some paths' visits, less one each, and its point nearest to 0."""

    def __init__(self, n: int) -> None:
        self.points: FloatArray = np.zeros((0, n))
        self.paths: list[Path] = []
        self.weights: FloatArray = np.zeros(0)

    def knows(self, visits: IntArray) -> bool:
        return bool((self.points == visits - 1).all(axis=1).any())

    def add(self, visits: IntArray, path: Path) -> None:
        self.points = np.vstack((self.points, visits - 1))
        self.paths.append(path)
        self.weights = np.append(self.weights, 0.0 if len(self.weights) else 1.0)

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
        """Weights of the affine hull's nearest point."""
        gram = self.points @ self.points.T + 1.0
        ones = np.ones(len(gram))
        try:
            goal = np.linalg.solve(gram, ones)
        except np.linalg.LinAlgError:
            goal = np.linalg.lstsq(gram, ones, rcond=None)[0]
        weights: FloatArray = goal / goal.sum()
        return weights

    def _keep(self, keep: npt.NDArray[np.bool_]) -> None:
        self.points, self.weights = self.points[keep], self.weights[keep]
        self.paths = [path for path, kept in zip(self.paths, keep, strict=True) if kept]

    def _even(self) -> FloatArray:
        return np.full(len(self.paths), 1.0 / max(1, len(self.paths)))

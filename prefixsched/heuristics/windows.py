"""Timed orders, and windows of them that local search rearranges."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.heuristics.setup_times import Costs
from prefixsched.kernels.heuristics.nearest import closest
from prefixsched.kernels.heuristics.segments import NEVER, completions, suffixes
from prefixsched.kernels.heuristics.window import Window, assess_last, assess_unbounded

MAX_NEIGHBOURS = 30
"""Neighbours of a query, by prefix or by time, that a move may look at."""


@dataclass(eq=False)
class WindowSearch:
    """A window of an order, its best rearrangement so far, and how to search it.

    Parameters
    ----------
    begin
        The window's first place.
    queries
        ``[w]``; the queries that the window numbers from 0.
    window
        What the kernels see.
    unbounded
        The cache.
    goal
        Its largest lateness need not fall below this.
    hot
        The mean set-up: growth of tardiness that a search should accept at first.
    """

    begin: int
    queries: IntArray
    window: Window
    unbounded: bool
    goal: int
    hot: int
    best: IntArray = field(init=False)
    worst: int = field(init=False)

    def __post_init__(self) -> None:
        self.best = np.arange(len(self.queries))
        self.refresh()

    def refresh(self) -> None:
        """Bring ``worst``, the largest lateness in and after the window, up to ``best``."""
        if self.unbounded:
            place = np.empty_like(self.best)
            place[self.best] = np.arange(len(self.best))
            worst, _ = assess_unbounded(self.window, self.best, place, self.goal)
        else:
            worst, _ = assess_last(self.window, self.best, self.goal)
        self.worst = int(worst)


class TimedOrder:
    """An order of all queries, with the times and latenesses that follow from it."""

    def __init__(self, costs: Costs, order: IntArray) -> None:
        self.costs = costs
        self._set(order)

    def _set(self, order: IntArray) -> None:
        costs = self.costs
        self.order = order
        self.setup = costs.along(order)
        self.ends = completions(costs.anticipatory, 0, costs.release, self.setup, order)
        self.lateness = self.ends - costs.due[order]
        self.worst = int(self.lateness.max())

    @property
    def critical(self) -> int:
        """The first place where the largest lateness is reached."""
        return int(self.lateness.argmax())

    def late(self, beyond: int, begin: int) -> int | None:
        """The first place from ``begin`` on with a lateness ``beyond`` that, if any."""
        late = np.flatnonzero(self.lateness[begin:] > beyond)
        return begin + int(late[0]) if len(late) else None

    def idle_before(self, place: int) -> int:
        """The last place, up to ``place``, where a query began just when it was there."""
        release = self.costs.release[self.order[: place + 1]]
        before = np.concatenate(([0], self.ends[:place]))
        waited = before + self.setup[: place + 1] if self.costs.anticipatory else before
        return int(np.flatnonzero(waited <= release)[-1:].sum())

    def window(self, begin: int, end: int, goal: int, *, hold: bool = False) -> WindowSearch:
        """Places ``begin`` to ``end`` as a window whose largest lateness is to fall to ``goal``.

        What comes after it counts too; with ``hold`` it only must not become
        later than it is.
        """
        costs = self.costs
        queries = self.order[begin:end]
        w = len(queries)
        setup = np.zeros((w + 1, w + 1), dtype=np.int64)
        setup[:w, :w] = costs.between(queries, queries)
        setup_outside = costs.after(self.order, begin)
        setup[w, :w] = setup_outside[queries]
        release, due = costs.release[queries], costs.due[queries]
        after_release, after_slope = 0, NEVER
        if end < len(self.order):
            rest = self.order[end:]
            slope, _ = suffixes(
                costs.anticipatory, costs.release, costs.due, self.setup[end:], rest
            )
            # The first after the window is a map of its own, as its set-up may change.
            after_release = int(costs.release[rest[0]])
            after_slope = max(-int(costs.due[rest[0]]), int(slope[1]))
            if hold:
                after_slope = min(after_slope, goal - int(self.ends[end]))
            if costs.unbounded:
                setup[:, w] = self.setup[end]
            else:
                setup[:w, w] = costs.between(queries, rest[:1])[:, 0]
        saved = setup[w, :w] - setup[:w, :w]
        apart = np.abs(release[:, None] - release[None, :])
        np.fill_diagonal(saved, 0)
        near_prefix = closest(-saved, apart, min(w - 1, MAX_NEIGHBOURS))
        by_setup = np.empty((w, 0), dtype=np.int64)
        if costs.unbounded:
            np.fill_diagonal(setup[:w, :w], setup[w, :w])
            by_setup = np.argsort(setup[:w, :w].T, axis=1, kind="stable")
        return WindowSearch(
            begin,
            queries,
            Window(
                release,
                due,
                setup,
                costs.anticipatory,
                int(self.ends[begin - 1]) if begin else 0,
                after_release,
                after_slope,
                near_prefix,
                closest(apart, apart, min(w - 1, MAX_NEIGHBOURS)),
                by_setup,
            ),
            costs.unbounded,
            goal,
            int(self.setup[begin:end].sum()) // w,
        )

    def put(self, search: WindowSearch) -> None:
        """Take up the best rearrangement of a window, unless it is worse."""
        order = self.order.copy()
        end = search.begin + len(search.queries)
        order[search.begin : end] = search.queries[search.best]
        trial = TimedOrder(self.costs, order)
        if trial.worst <= self.worst:
            self._set(order)

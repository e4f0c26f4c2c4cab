"""Time-expanded graph: a state-space relaxation of schedules to paths through (query, completion).

The sets of queries served are forgotten (Christofides, Mingozzi, Toth 1981); ng-sets tell apart
some of it again (:mod:`prefixsched.exact.relaxation.ng_sets`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prefixsched.arrays import INFINITY, BoolArray, IntArray
from prefixsched.exact.relaxation.ng_sets import NgSets
from prefixsched.exact.relaxation.time_windows import Windows
from prefixsched.kernels.relaxation.time_graph import (
    Index,
    arcs_within,
    cheapest,
    completion_bounds,
    graph,
    labels,
    unfold,
)

EXCESS_ARCS = 4
"""A graph may exceed the arcs it is meant to have by one in so many, rather than be coarser."""
MAX_LABELS = 4_000_000
"""Entries of the (bucket, query) table that a pass over it allows..."""
LABEL_BYTES = 12
"""...and what each takes: a completion, and the number of a node."""


@dataclass(frozen=True)
class Path:
    """A walk through the graph: its nodes, and its arcs by the numbers they were built with."""

    nodes: IntArray
    arcs: IntArray


@dataclass(frozen=True, eq=False)
class CompletionBounds:
    """A time graph for a search to follow, with the least that its paths still pay, N nodes.

    Parameters
    ----------
    arc_start, arc_head
        The nodes that follow node v are ``arc_head[arc_start[v]:arc_start[v + 1]]``.
        The last node is where paths begin, before any query.
    query
        ``[N + 1]``; each node's query.
    multipliers
        ``[K, n]``; K sets of Lagrangian multipliers of the visit-once constraints.
    bound
        ``[K, N + 1]``; the least that a path pays from after each node to an end.
    schedule_cost
        ``[K]``; what every schedule pays in all: the sum of its multipliers.
    """

    arc_start: IntArray
    arc_head: Index
    query: IntArray
    multipliers: IntArray
    bound: IntArray
    schedule_cost: IntArray

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        graph = (self.arc_start, self.arc_head, self.query)
        bounds = (self.multipliers, self.bound, self.schedule_cost)
        return sum(column.nbytes for column in graph + bounds)

    @classmethod
    def nothing(cls, n: int) -> CompletionBounds:
        """No graph."""
        none = np.zeros(0, dtype=np.int64)
        no_multipliers = np.zeros((0, n), dtype=np.int64)
        return cls(
            none, np.zeros(0, np.int32), none, no_multipliers, np.zeros((0, 0), np.int64), none
        )


class TimeGraph:
    """Every schedule within the windows as a path through (query, completion) nodes.

    For the cache ``last`` only, where the last query and its completion are all
    that the next one depends on. A path may leave queries out or visit them
    twice: that is the relaxation.

    Completions are grouped in buckets of ``grid`` ticks, and a node stands for
    the least completion λ that a path reaches in its bucket. *Each schedule has
    a path that visits the same queries in the same order, at labels no later
    than the schedule's completions.* By induction: let λ ≤ C for query i, and
    let j come next, ending at C'. As completions don't decrease with the time
    at which the server becomes free, j ends by C' when served after λ; so the
    arc exists, and the label in that bucket is the least of its kind. This needs
    no property of the set-ups. With ``grid`` = 1 labels are completions.

    Paths are found in one pass in topological order: time goes forward along an
    arc, but for arcs within a bucket, which therefore must form no cycle.

    Parameters
    ----------
    windows
        The conditions that the paths meet.
    limit
        Arcs that are enough; the grid is made as coarse as that takes. Where no grid is
        coarse enough, or arcs within a bucket form a cycle, the graph is ``refused``.
    memory
        Bytes that the table of completions may take, from which the graph is made.
    """

    def __init__(
        self, windows: Windows, limit: int, memory: int = MAX_LABELS * LABEL_BYTES
    ) -> None:
        self.labels = max(1, min(MAX_LABELS, memory // LABEL_BYTES))
        self.windows = windows
        self.n = windows.problem.n
        self.grid = 0
        self.refused = True
        self.query = np.zeros(0, dtype=np.int64)
        self.time = np.zeros(0, dtype=np.int64)
        self.tail: Index = np.zeros(0, dtype=np.int32)
        self.head: Index = np.zeros(0, dtype=np.int32)
        self._build(limit)
        starts = windows.arcs[self.n, self.query] & self._reached_first()
        self.first: Index = np.flatnonzero(starts).astype(np.int32)
        self.last: Index = np.flatnonzero(windows.arcs[self.query, self.n]).astype(np.int32)
        self._reset()

    def _reset(self) -> None:
        nodes, size = len(self.query), len(self.tail)
        self.ident = np.arange(size)
        self._alive_arc = np.ones(size, dtype=bool)
        self._alive_node = np.ones(nodes, dtype=bool)
        self._cost = np.empty(nodes, dtype=np.int64)
        self._bound = np.empty(nodes, dtype=np.int64)
        self._via: Index = np.empty(nodes, dtype=np.int32)

    def _build(self, limit: int) -> None:
        windows, problem = self.windows, self.windows.problem
        arcs = windows.arcs
        horizon = int(windows.latest.max()) + 1
        grid = max(1, -(-horizon * self.n // self.labels))
        most = limit + limit // EXCESS_ARCS
        while True:
            rank = self._rank(grid)
            if rank is None:
                return
            data = (
                problem.release,
                problem.setup,
                windows.earliest,
                windows.latest,
                arcs,
                rank,
                grid,
            )
            label, size = labels(*data, -(-horizon // grid), problem.at_arrival, most)
            if size <= most:
                break
            if grid >= horizon:
                return  # one bucket for each query, and still too many arcs
            # At least twice as coarse: where completions lie apart, less saves no arc.
            grid = max(2 * grid, -(-grid * size // max(1, limit)))
        self.grid, self.refused = grid, False
        self.query, self.time, self.tail, self.head = graph(label, *data, problem.at_arrival, size)

    def _rank(self, grid: int) -> IntArray | None:
        """The queries such that arcs within a bucket go forward; None if those form a cycle."""
        short = self.windows.arcs[:-1, :-1] & (self.windows.problem.setup[:-1] < grid)
        rank, left = [], np.arange(self.n)
        while len(left):
            free = ~short[np.ix_(left, left)].any(axis=0)
            if not free.any():
                return None
            rank.extend(left[free].tolist())
            left = left[~free]
        return np.array(rank, dtype=np.int64)

    def _reached_first(self) -> BoolArray:
        """``[N]``; whether a node's bucket is where its query ends if served first."""
        problem = self.windows.problem
        end = problem.finish(0, problem.setup[-1])
        end = np.maximum(end, self.windows.earliest)
        same: BoolArray = self.time // self.grid == end[self.query] // self.grid
        return same

    def cheapest(self, multipliers: IntArray) -> tuple[int, Path] | None:
        """The path that pays least for its visits, and what it pays; None without any path."""
        end = cheapest(
            multipliers,
            self.query,
            self.tail,
            self.head,
            self.first,
            self.last,
            self._cost,
            self._via,
        )
        if end < 0:
            return None
        total, nodes, arcs, v = int(self._cost[end]), [end], [], end
        while self._via[v] >= 0:
            a = int(self._via[v])
            arcs.append(int(self.ident[a]))
            v = int(self.tail[a])
            nodes.append(v)
        return total, Path(np.array(nodes[::-1]), np.array(arcs[::-1], dtype=np.int64))

    def fix_arcs(self, multipliers: IntArray, schedule_cost: int) -> bool:
        """Reduced-cost fixing: drop what lies only on paths that cost more than a schedule.

        Returns whether that was much. To be called after :meth:`cheapest` with the same
        ``multipliers``.
        """
        completion_bounds(multipliers, self.query, self.tail, self.head, self.last, self._bound)
        keep = arcs_within(
            schedule_cost, multipliers, self.query, self.tail, self.head, self._cost, self._bound
        )
        if keep.sum() > 0.95 * len(keep):
            return False  # not worth the copy
        node = (self._cost < INFINITY) & (self._bound < INFINITY)
        node[node] = self._cost[node] + self._bound[node] <= schedule_cost
        self._alive_arc[self.ident[~keep]] = False
        self._alive_node &= node
        self.tail, self.head, self.ident = self.tail[keep], self.head[keep], self.ident[keep]
        self.first, self.last = self.first[node[self.first]], self.last[node[self.last]]
        return True

    def holds(self, path: Path) -> bool:
        """Whether nothing of ``path`` was dropped."""
        return bool(self._alive_arc[path.arcs].all() and self._alive_node[path.nodes].all())

    def visits(self, path: Path) -> IntArray:
        """``[n]``; how often ``path`` visits each query."""
        return np.bincount(self.query[path.nodes], minlength=self.n)

    def order(self, path: Path) -> Sequence[int]:
        """The queries of ``path``."""
        order: list[int] = self.query[path.nodes].tolist()
        return order

    def unfold(self, windows: Windows, ng_sets: NgSets, grid: int, limit: int) -> bool:
        """Tell nodes apart by a finer grid and by what ``ng_sets`` lets paths remember.

        What was dropped stays dropped: a path of the new graph is one of this
        graph, with labels of its own.

        Parameters
        ----------
        windows
            Conditions, no weaker than the graph's own.
        ng_sets
            No smaller than those by which the graph's nodes are told apart already.
        grid
            At most the graph's own.
        limit
            The most arcs.

        Returns
        -------
        bool
            Whether that was done: not if it takes more than ``limit`` arcs.
        """
        problem = windows.problem
        origin, time, starts, tail, head, size = unfold(
            self.query,
            self.tail,
            self.head,
            self.first,
            self.last,
            problem.release,
            problem.setup,
            windows.earliest,
            windows.latest,
            windows.arcs,
            problem.at_arrival,
            grid,
            *ng_sets.masks,
            limit,
        )
        if size < 0:
            return False
        ends = np.zeros(len(self.query), dtype=bool)
        ends[self.last] = windows.arcs[self.query[self.last], self.n]
        self.windows, self.grid = windows, grid
        self.query, self.time = self.query[origin], time
        self.first, self.tail, self.head = starts, tail, head
        self.last = np.flatnonzero(ends[origin]).astype(np.int32)
        self._reset()
        return True

    def completion_bounds(self, multipliers: Sequence[IntArray]) -> CompletionBounds:
        """What is left, for a search to follow, with a bound for each of ``multipliers``."""
        nodes = len(self.query)
        degree = np.bincount(self.tail, minlength=nodes)
        start = np.concatenate(([0], np.cumsum(degree), [len(self.tail) + len(self.first)]))
        bound = np.zeros((len(multipliers), nodes + 1), dtype=np.int64)
        for row, each in zip(bound, multipliers, strict=True):
            completion_bounds(each, self.query, self.tail, self.head, self.last, row[:-1])
            through = row[self.first] + each[self.query[self.first]]
            row[-1] = through[row[self.first] < INFINITY].min(initial=INFINITY)
        return CompletionBounds(
            start,
            np.concatenate((self.head, self.first)),
            np.append(self.query, 0),
            np.array(multipliers, dtype=np.int64).reshape(-1, self.n),
            bound,
            np.array([each.sum() for each in multipliers], dtype=np.int64),
        )

    def narrowed(self) -> Windows:
        """The windows, with what was dropped taken into account.

        A label is a lower bound on the completion it stands for, so the least
        one left is one on the query's. The greatest is an upper bound only where
        labels are completions, ``grid`` = 1.
        """
        n = self.n
        arcs = np.zeros((n + 1, n + 1), dtype=bool)
        arcs[self.query[self.tail], self.query[self.head]] = True
        arcs[n, self.query[self.first]] = True
        arcs[self.query[self.last], n] = True
        used = np.concatenate((self.head, self.tail, self.first))
        earliest = np.full(n, INFINITY)
        np.minimum.at(earliest, self.query[used], self.time[used])
        latest = np.full(n, -1) if self.grid == 1 else self.windows.latest.copy()
        if self.grid == 1:
            np.maximum.at(latest, self.query[used], self.time[used])
        return self.windows.restricted(earliest, latest, arcs)

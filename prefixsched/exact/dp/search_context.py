"""From a decision to the arrays that the search runs on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.exact.dp.recomputation import chains, no_chains
from prefixsched.exact.relaxation.time_graph import CompletionBounds
from prefixsched.exact.relaxation.time_windows import Windows
from prefixsched.kernels.dp.layer import Queue
from prefixsched.model.problem import Problem, WorkTree


@dataclass(frozen=True, eq=False)
class Below:
    """What lies below each of N nodes of a tree.

    Parameters
    ----------
    start, stop
        ``[N]``; the queries below node v are ``query[start[v]:stop[v]]``.
    query
        ``[n]``; the queries in preorder of their nodes.
    entry
        ``[N]``; the work of the edge above, less its last token if a prompt ends there.
    kin_end
        ``[n]``; when those who share an edge with a query have all arrived and cost what
        they may; 0 where there is no other.
    """

    start: IntArray
    stop: IntArray
    query: IntArray
    entry: IntArray
    kin_end: IntArray

    @classmethod
    def of(cls, tree: WorkTree, release: IntArray, most: IntArray) -> Below:
        """List them, for arrivals and greatest set-ups, ``[n]`` each."""
        nodes = len(tree.parent)
        ends = np.bincount(tree.node, minlength=nodes)
        count = ends.copy()
        for v in range(nodes - 1, 0, -1):
            count[tree.parent[v]] += count[v]
        start = np.cumsum(ends) - ends
        query = np.argsort(tree.node, kind="stable")
        latest = np.zeros(nodes, dtype=np.int64)
        np.maximum.at(latest, tree.node, release + most)
        top = np.arange(nodes)  # the edge below the root that leads to each node
        for v in range(1, nodes):
            if tree.parent[v]:
                top[v] = top[tree.parent[v]]
        np.maximum.at(latest, top, latest.copy())
        kin_end = np.where(count[top[tree.node]] > 1, latest[top[tree.node]], 0)
        entry = tree.edge - np.where(ends > 0, tree.token, 0)
        return cls(start, start + count, query, entry, kin_end)


@dataclass(frozen=True, eq=False)
class Plan:
    """A problem ready to be searched for many deadlines; its queries are numbered by release.

    Parameters
    ----------
    problem
        The problem.
    kin_start, kin
        For each query, ragged, those whose set-up after it is less than after something else.
    near_start, near
        With an unbounded cache, for each query, ragged, those that make it cheaper.
    below
        What lies below each node of the tree.
    """

    problem: Problem
    kin_start: IntArray
    kin: IntArray
    near_start: IntArray
    near: IntArray
    below: Below

    @classmethod
    def of(cls, problem: Problem) -> Plan:
        """List what does not depend on deadlines."""
        setup, release = problem.setup, problem.release
        kin_start, kin = _kin(setup, release)
        near_start, near = _near(setup) if problem.unbounded else _kin(setup[:, :0], release[:0])
        return cls(
            problem,
            kin_start,
            kin,
            near_start,
            near,
            Below.of(_tree(problem), release, problem.greatest_setup),
        )

    def queue(self, windows: Windows, bounds: CompletionBounds | None) -> Queue:
        """The search for a schedule within ``windows``, along ``bounds`` where there is one."""
        problem, n = self.problem, self.problem.n
        due, tree = windows.latest, _tree(problem)
        potential = problem.tree is not None
        revisits = (
            chains(tree, problem.release, due, problem.at_arrival)
            if potential and not problem.unbounded
            else no_chains(n)
        )
        pred_start, pred = _ragged([np.flatnonzero(column) for column in windows.direct.T])
        if bounds is None:
            bounds = CompletionBounds.nothing(n)
        return Queue(
            problem.release,
            due,
            np.argsort(due, kind="stable"),
            problem.setup,
            windows.least,
            problem.greatest_setup,
            np.argsort(windows.least, kind="stable"),
            pred_start,
            pred,
            tree.parent,
            tree.edge,
            tree.token,
            tree.node,
            self.below.start,
            self.below.stop,
            self.below.query,
            self.below.entry,
            self.below.kin_end,
            revisits.cluster,
            revisits.entry,
            revisits.start,
            revisits.query,
            revisits.gain,
            self.kin_start,
            self.kin,
            self.near_start,
            self.near,
            bounds.arc_start,
            bounds.arc_head,
            bounds.query,
            bounds.multipliers,
            bounds.bound,
            bounds.schedule_cost,
            self._words(due, windows.least),
            problem.unbounded,
            problem.at_arrival,
            problem.set_up_before,
            potential,
            bounds.query.size > 0,
            np.zeros(1, dtype=np.int64),
        )

    def _words(self, due: IntArray, least: IntArray) -> int:
        """64-bit words for the queries that may be served before the first unserved one."""
        release = self.problem.release
        latest = np.maximum(due - least, release)
        reach = np.searchsorted(release, latest, side="right") - 1 - np.arange(len(due))
        return max(1, -(-int(reach.max()) // 64))


def _tree(problem: Problem) -> WorkTree:
    """The problem's tree, or a root alone where it has none."""
    if problem.tree is not None:
        return problem.tree
    root = np.zeros(1, dtype=np.int64)
    return WorkTree(root, root, root, np.zeros(problem.n, dtype=np.int64))


def _kin(setup: IntArray, release: IntArray) -> tuple[IntArray, IntArray]:
    """For each query d, those whose set-up after d is less than after something else.

    Latest release first, as ragged rows.
    """
    worst = setup.max(axis=0)
    rows = []
    for d in range(len(release)):
        kin = np.flatnonzero(setup[d] < worst)
        kin = kin[kin != d]
        rows.append(kin[np.argsort(-release[kin], kind="stable")])
    return _ragged(rows)


def _near(setup: IntArray) -> tuple[IntArray, IntArray]:
    """For each query, the others that make it cheaper than an empty cache, cheapest first."""
    rows = []
    for j in range(setup.shape[1]):
        near = np.flatnonzero(setup[:-1, j] < setup[-1, j])
        near = near[near != j]
        rows.append(near[np.argsort(setup[near, j], kind="stable")])
    return _ragged(rows)


def _ragged(rows: list[IntArray]) -> tuple[IntArray, IntArray]:
    start = np.concatenate(([0], np.cumsum([len(row) for row in rows], dtype=np.int64)))
    flat = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    return start, flat.astype(np.int64)

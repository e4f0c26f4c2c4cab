"""Search context: what does not change from one decision of a problem to the next.

From it and a decision's windows come the arrays that the layered search runs on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.exact.dp.recomputation import chains, no_chains
from prefixsched.exact.relaxation.time_graph import CompletionBounds
from prefixsched.exact.relaxation.time_windows import Windows
from prefixsched.kernels.dp.layer import DecisionData
from prefixsched.model.problem import Problem, WorkTree


@dataclass(frozen=True, eq=False)
class Subtrees:
    """The queries below each of N nodes of a tree, and what entering there costs.

    Parameters
    ----------
    start, stop
        ``[N]``; the queries below node v are ``query[start[v]:stop[v]]``.
    query
        ``[n]``; the queries in preorder of their nodes.
    entry
        ``[N]``; the work of the edge above, less its last token if a prompt ends there.
    sharers_end
        ``[n]``; when those who share an edge with a query have all arrived and cost what
        they may; 0 where there is no other.
    """

    start: IntArray
    stop: IntArray
    query: IntArray
    entry: IntArray
    sharers_end: IntArray

    @classmethod
    def of(cls, tree: WorkTree, release: IntArray, most: IntArray) -> Subtrees:
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
        sharers_end = np.where(count[top[tree.node]] > 1, latest[top[tree.node]], 0)
        entry = tree.edge - np.where(ends > 0, tree.token, 0)
        return cls(start, start + count, query, entry, sharers_end)


@dataclass(frozen=True, eq=False)
class SearchContext:
    """A problem ready to be searched for many deadlines; its queries are numbered by release.

    Parameters
    ----------
    problem
        The problem.
    savers_start, savers
        For each query, ragged, those whose set-up after it is less than after something else.
    sources_start, sources
        With an unbounded cache, for each query, ragged, those that make it cheaper.
    subtrees
        What lies below each node of the tree.
    """

    problem: Problem
    savers_start: IntArray
    savers: IntArray
    sources_start: IntArray
    sources: IntArray
    subtrees: Subtrees

    @classmethod
    def of(cls, problem: Problem) -> SearchContext:
        """List what does not depend on deadlines."""
        setup, release = problem.setup, problem.release
        savers_start, savers = _savers(setup, release)
        sources_start, sources = (
            _sources(setup) if problem.unbounded else _savers(setup[:, :0], release[:0])
        )
        return cls(
            problem,
            savers_start,
            savers,
            sources_start,
            sources,
            Subtrees.of(_tree(problem), release, problem.greatest_setup),
        )

    def decision_data(self, windows: Windows, bounds: CompletionBounds | None) -> DecisionData:
        """The search for a schedule within ``windows``, along ``bounds`` where there is one."""
        problem, n = self.problem, self.problem.n
        due, tree = windows.latest, _tree(problem)
        potential = problem.tree is not None
        chained = (
            chains(tree, problem.release, due, problem.at_arrival)
            if potential and not problem.unbounded
            else no_chains(n)
        )
        pred_start, pred = _ragged([np.flatnonzero(column) for column in windows.direct.T])
        if bounds is None:
            bounds = CompletionBounds.nothing(n)
        return DecisionData(
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
            self.subtrees.start,
            self.subtrees.stop,
            self.subtrees.query,
            self.subtrees.entry,
            self.subtrees.sharers_end,
            chained.cluster,
            chained.entry,
            chained.start,
            chained.query,
            chained.gain,
            self.savers_start,
            self.savers,
            self.sources_start,
            self.sources,
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


def _savers(setup: IntArray, release: IntArray) -> tuple[IntArray, IntArray]:
    """For each query d, those whose set-up after d is less than after something else.

    Latest release first, as ragged rows.
    """
    worst = setup.max(axis=0)
    rows = []
    for d in range(len(release)):
        savers = np.flatnonzero(setup[d] < worst)
        savers = savers[savers != d]
        rows.append(savers[np.argsort(-release[savers], kind="stable")])
    return _ragged(rows)


def _sources(setup: IntArray) -> tuple[IntArray, IntArray]:
    """For each query, the others that make it cheaper than an empty cache, cheapest first."""
    rows = []
    for j in range(setup.shape[1]):
        sources = np.flatnonzero(setup[:-1, j] < setup[-1, j])
        sources = sources[sources != j]
        rows.append(sources[np.argsort(setup[sources, j], kind="stable")])
    return _ragged(rows)


def _ragged(rows: list[IntArray]) -> tuple[IntArray, IntArray]:
    start = np.concatenate(([0], np.cumsum([len(row) for row in rows], dtype=np.int64)))
    flat = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    return start, flat.astype(np.int64)

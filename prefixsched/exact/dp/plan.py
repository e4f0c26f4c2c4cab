"""From a decision to the arrays that the search runs on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prefixsched.exact.dp.visits import chains, no_chains
from prefixsched.exact.problem import Problem, WorkTree
from prefixsched.kernels.search import Queue
from prefixsched.prompts import IntArray


@dataclass(frozen=True, eq=False)
class Plan:
    """A problem with its queries numbered by release, ready to be decided for many bounds.

    Parameters
    ----------
    problem
        The problem as it came.
    order
        ``[n]``; the queries by release, then index.
    """

    problem: Problem
    order: IntArray
    release: IntArray
    setup: IntArray
    least: IntArray
    before: IntArray
    tree: WorkTree | None
    kin_start: IntArray
    kin: IntArray
    near_start: IntArray
    near: IntArray

    @classmethod
    def of(cls, problem: Problem) -> Plan:
        """Number the queries and list what does not depend on deadlines."""
        due = problem.release if problem.due is None else problem.due
        order = np.lexsort((np.arange(problem.n), due, problem.release))
        number = np.empty_like(order)
        number[order] = np.arange(problem.n)
        rows = np.append(order, problem.n)
        setup = np.ascontiguousarray(problem.setup[np.ix_(rows, order)])
        release = problem.release[order]
        before = np.full(problem.n, -1, dtype=np.int64)
        for i, j in problem.precedences:
            before[number[j]] = number[i]
        tree = problem.tree
        if tree is not None:
            tree = WorkTree(tree.parent, tree.edge, tree.token, tree.node[order])
        kin_start, kin = _kin(setup, release)
        near_start, near = _near(setup) if problem.unbounded else _kin(setup[:, :0], release[:0])
        return cls(
            problem,
            order,
            release,
            setup,
            problem.least_setup[order],
            before,
            tree,
            kin_start,
            kin,
            near_start,
            near,
        )

    def queue(self, due: IntArray) -> Queue:
        """The decision with the deadlines ``due``, ``[n]``, in this numbering."""
        problem, n = self.problem, self.problem.n
        tree = self.tree
        potential = tree is not None
        if tree is None:
            dummy = np.zeros(1, dtype=np.int64)
            tree = WorkTree(dummy, dummy, dummy, np.zeros(n, dtype=np.int64))
        revisits = (
            chains(tree, self.release, due) if potential and not problem.unbounded else no_chains(n)
        )
        return Queue(
            self.release,
            due,
            np.argsort(due, kind="stable"),
            self.setup,
            self.least,
            self.before,
            tree.parent,
            tree.edge,
            tree.token,
            tree.node,
            revisits.cluster,
            revisits.entry,
            revisits.start,
            revisits.query,
            revisits.gain,
            self.kin_start,
            self.kin,
            self.near_start,
            self.near,
            self._words(due),
            problem.unbounded,
            problem.anticipatory,
            potential,
        )

    def _words(self, due: IntArray) -> int:
        """64-bit words for the queries that may be served before the first unserved one."""
        latest = due if self.problem.anticipatory else np.maximum(due - self.least, 0)
        reach = np.searchsorted(self.release, latest, side="right") - 1 - np.arange(len(due))
        return max(1, -(-int(reach.max()) // 64))


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

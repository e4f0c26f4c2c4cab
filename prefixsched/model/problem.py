"""What an exact backend sees: release times, set-up times and deadlines, normalised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.model.cost import Potential, Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import NO_ALLOWANCE, Cache, Instance

MAX_MATRIX = 2000
"""Past this many queries nobody makes an n × n matrix unless a backend was asked for by name."""
NO_DEADLINE = int(INFINITY)
"""A deadline that no schedule reaches."""
LOOK_BACK = 64
"""Twins before each that are looked at for one that must be served before it."""


@dataclass(frozen=True, eq=False)
class WorkTree:
    """The trie as edges of work, in normalised time; N nodes in preorder, the root first.

    Parameters
    ----------
    parent
        ``[N]``; each node's parent, the root's is itself.
    edge
        ``[N]``; ticks to compute the edge above each node.
    token
        ``[N]``; ticks for that edge's last token, which whoever ends at the
        node pays even if it is cached.
    node
        ``[n]``; the node where each query ends.
    """

    parent: IntArray
    edge: IntArray
    token: IntArray
    node: IntArray

    @classmethod
    def of(cls, instance: Instance, tick: int) -> WorkTree | None:
        """The tree of an instance with a potential cost; None for any other.

        Every edge that a set-up can contain is a difference of set-ups, so
        ``tick`` divides it; the rest only round down, which keeps bounds valid.
        """
        if not isinstance(instance.cost, Potential):
            return None
        trie = instance.trie
        potential = instance.cost.potential(trie.depth)
        before = instance.cost.potential(np.maximum(trie.depth - 1, 0))
        return cls(
            trie.parent,
            (potential - potential[trie.parent]) // tick,
            (potential - before) // tick,
            trie.node,
        )


@dataclass(frozen=True, eq=False)
class Problem:
    """One decision or minimisation, in normalised integer time.

    Time is shifted so that the first query arrives at 0 and divided by the
    greatest common divisor of all releases and set-ups. Both are exact: every
    completion is ``origin`` plus a sum of those numbers. (With anticipatory
    set-up the clock's own zero matters, and nothing is shifted.)

    Parameters
    ----------
    release
        ``[n]``; arrivals.
    setup
        ``[n + 1, n]``; row the query whose cache is used, the last row the empty
        cache; column the query served.
    due
        ``[n]``; the latest completions for a decision, ``NO_DEADLINE`` where
        there is none; None to minimise the largest completion less release.
    unbounded
        Whether every query served before may be that row (the cheapest is
        taken), or only the one just before.
    anticipatory
        Whether C = max(C' + p, r) instead of max(C', r) + p.
    tick, origin
        Normalised time x is ``origin + tick * x`` in the instance's ticks.
    tree
        Where the set-ups come from, under a potential cost; None under others.
    residual_setup
        ``[n]``; for a sub-instance (:mod:`prefixsched.exact.relaxation.sub_instance`), what a query
        costs at most if the server has nothing of it to do before the query arrives; None where
        its set-up is always the whole of it.
    """

    release: IntArray
    setup: IntArray
    due: IntArray | None
    unbounded: bool
    anticipatory: bool
    tick: int
    origin: int
    tree: WorkTree | None = None
    residual_setup: IntArray | None = None

    @property
    def n(self) -> int:
        """The number of queries."""
        return len(self.release)

    @classmethod
    def of(cls, instance: Instance) -> Problem:
        """The minimisation of the largest TTFT.

        Raises
        ------
        InputError
            If the cache is ``lru``: no matrix says what a query costs then.
        """
        if instance.cache is Cache.LRU:
            raise InputError("cache: lru has no set-up times from query to query; use last")
        setup = setup_matrix(instance)
        anticipatory = isinstance(instance.cost, Table) and instance.cost.anticipatory
        origin = 0 if anticipatory else int(instance.arrival.min())
        release = instance.arrival - origin
        used = setup[~np.eye(instance.n + 1, instance.n, dtype=bool)]  # no query follows itself
        tick = int(np.gcd.reduce(np.concatenate((release, used)))) or 1
        np.fill_diagonal(setup, 0)
        return cls(
            release // tick,
            setup // tick,
            None,
            instance.cache is Cache.UNBOUNDED,
            anticipatory,
            tick,
            origin,
            WorkTree.of(instance, tick),
        )

    def within(self, allowance: IntArray | int) -> Problem:
        """The decision whether every TTFT can be at most ``allowance``, in the instance's ticks.

        ``allowance`` is one bound or ``[n]`` of them, ``NO_ALLOWANCE`` for none.
        """
        bound = np.broadcast_to(np.asarray(allowance, dtype=np.int64), self.release.shape)
        due = np.where(bound == NO_ALLOWANCE, NO_DEADLINE, self.release + bound // self.tick)
        return replace(self, due=due)

    def permuted(self, order: IntArray) -> Problem:
        """The same problem with query k being this one's ``order[k]``."""
        if np.array_equal(order, np.arange(self.n)):
            return self
        rows = np.append(order, self.n)
        tree = self.tree
        return replace(
            self,
            release=self.release[order],
            setup=np.ascontiguousarray(self.setup[np.ix_(rows, order)]),
            due=None if self.due is None else self.due[order],
            tree=None if tree is None else replace(tree, node=tree.node[order]),
            residual_setup=None if self.residual_setup is None else self.residual_setup[order],
        )

    @property
    def set_up_before(self) -> bool:
        """Whether set-up may run before its query is there."""
        return self.anticipatory or self.residual_setup is not None

    @cached_property
    def at_arrival(self) -> IntArray:
        """``[n]``; the most that is left to do when a query arrives and the server has waited."""
        if self.anticipatory:
            return np.zeros(self.n, dtype=np.int64)
        return np.full(self.n, NO_DEADLINE) if self.residual_setup is None else self.residual_setup

    def finish(self, ready: IntArray | int, setup: IntArray) -> IntArray:
        """``[..., n]``; completions by column, served once the server is free at ``ready``.

        C = max(ready + p, r + min(p, what is left at arrival)): max(ready, r) + p
        where that is all of p, max(ready + p, r) where it is nothing.
        """
        end: IntArray = np.maximum(ready + setup, self.release + np.minimum(setup, self.at_arrival))
        return end

    @cached_property
    def least_setup(self) -> IntArray:
        """``[n]``; the least that each query can cost after anything."""
        others = self.setup.copy()
        np.fill_diagonal(others, np.iinfo(np.int64).max)
        least: IntArray = others.min(axis=0)
        return least

    @cached_property
    def greatest_setup(self) -> IntArray:
        """``[n]``; the most that each query can cost after anything."""
        greatest: IntArray = self.setup.max(axis=0)
        return greatest

    @cached_property
    def horizon(self) -> int:
        """No schedule without useless idling ends later."""
        return int(self.release.max() + self.greatest_setup.sum())

    @cached_property
    def precedences(self) -> list[tuple[int, int]]:
        """Pairs (i, j) such that some best schedule serves i before j.

        Queries i and j are twins if swapping their names leaves every set-up
        time as it is. Let twins have r_i ≤ r_j and d_i ≤ d_j, and a feasible
        schedule serve j before i. Swap them: j's old place starts no earlier
        than r_j ≥ r_i, i's old place later still, so all set-ups and
        completions stay. With C ≤ C' the two completions, i now ends at
        C ≤ C' ≤ d_i and j at C' ≤ d_i ≤ d_j, and both flow times are at most
        C' - r_i, which i had. So serving twins in this order loses nothing,
        under every cost model and cache. In a sub-instance, i must also have no more left
        to do at its arrival than j: then i's new place begins with no more than j's
        did, and j's with nothing new, as all of its set-up fits after C.

        All pairs hold at once. The conditions order twins partially; call a pair that is
        served against that order a violation. Swap j and i as above, and let k be a twin
        between them. A new violation with k is that of (i, k) where k comes before i in
        the order, and so before j: then (j, k) was one, and is none now. Or it is
        that of (k, j) where j comes before k: then (k, i) was one. So violations fall.

        Each query is behind the last of its twins before it, in the order of releases,
        that meets the conditions.
        """
        due = self.release if self.due is None else self.due
        left = self.at_arrival
        pairs = []
        for twins in self.twins:
            chain = sorted(twins, key=lambda j: (self.release[j], due[j], j))
            for k, j in enumerate(chain):
                for i in reversed(chain[max(0, k - LOOK_BACK) : k]):
                    if due[i] <= due[j] and left[i] <= left[j]:
                        pairs.append((i, j))
                        break
        return pairs

    @cached_property
    def twins(self) -> list[list[int]]:
        """Classes of queries that are pairwise interchangeable in every set-up time.

        Twins have the same entries in their rows and columns, the diagonal aside,
        whatever the order: only queries with the same sorted entries are compared.
        """
        own = self.setup.copy()
        np.fill_diagonal(own, 0)
        rows, columns = np.sort(own[:-1], axis=1), np.sort(own[:-1], axis=0).T
        alike: dict[bytes, list[list[int]]] = {}
        for j in range(self.n):
            key = rows[j].tobytes() + columns[j].tobytes() + self.setup[-1, j].tobytes()
            classes = alike.setdefault(key, [])
            first = np.array([members[0] for members in classes], dtype=np.int64)
            alike_with = np.flatnonzero(self._twins(first, j))
            if len(alike_with):
                classes[alike_with[0]].append(j)
            else:
                classes.append([j])
        return [members for classes in alike.values() for members in classes]

    def _twins(self, others: IntArray, j: int) -> npt.NDArray[np.bool_]:
        """``[k]``; which of ``others`` is a twin of query j."""
        setup, k = self.setup, np.arange(len(others))
        same: npt.NDArray[np.bool_] = (setup[others, j] == setup[j, others]) & (
            setup[-1, others] == setup[-1, j]
        )
        for one, many in ((setup[j], setup[others]), (setup[:-1, j], setup[:-1, others].T)):
            differ = many != one
            differ[k, others] = False
            differ[:, j] = False
            same &= ~differ.any(axis=1)
        return same

    def completions(self, order: Sequence[int]) -> IntArray:
        """``[n]``; each query's completion when served in ``order``."""
        completion = np.zeros(self.n, dtype=np.int64)
        best = self.setup[-1].copy()
        now = 0
        for j in order:
            cost = int(best[j])
            now = max(now + cost, int(self.release[j]) + min(cost, int(self.at_arrival[j])))
            completion[j] = now
            best = np.minimum(best, self.setup[j]) if self.unbounded else self.setup[j]
        return completion

    def max_flow(self, order: Sequence[int]) -> int:
        """The largest completion less release under ``order``."""
        return int((self.completions(order) - self.release).max())


def setup_matrix(instance: Instance) -> IntArray:
    """``[n + 1, n]``; ticks from each query, or from an empty cache (last row), to each query.

    The diagonal means nothing: no query follows itself.
    """
    cost, n = instance.cost, instance.n
    if isinstance(cost, Table):
        return np.vstack((cost.matrix, cost.start))
    overlap = np.vstack((instance.trie.overlap_matrix(), np.zeros((1, n), dtype=np.int64)))
    return cost.prefill(instance.length, overlap)

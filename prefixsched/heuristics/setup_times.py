"""Set-up times on demand: from a matrix, or from prompts without one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.heuristics.nearest import pairwise_minima
from prefixsched.kernels.heuristics.reuse_before import earlier_overlap
from prefixsched.model.cost import PromptCost, Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.problem import Problem


class Costs(Protocol):
    """Release, due and set-up times of n queries, in one unit of time."""

    @property
    def release(self) -> IntArray:
        """``[n]``; arrivals."""
        ...

    @property
    def due(self) -> IntArray:
        """``[n]``; what lateness counts from: the release itself for a minimisation."""
        ...

    @property
    def unbounded(self) -> bool:
        """Whether everything served before stays cached, or only the prompt just before."""
        ...

    @property
    def anticipatory(self) -> bool:
        """Whether C = max(C' + p, r) instead of max(C', r) + p."""
        ...

    def between(self, before: IntArray, queries: IntArray) -> IntArray:
        """``[b, m]``; the set-up of each query with one of ``before`` cached."""
        ...

    def along(self, order: IntArray) -> IntArray:
        """``[n]``; by place, each query's set-up when all are served in ``order``."""
        ...

    def after(self, order: IntArray, place: int) -> IntArray:
        """``[n]``; what each query still to come costs after the first ``place`` of ``order``."""
        ...

    def least(self) -> IntArray:
        """``[n]``; no schedule serves a query with less set-up."""
        ...


def costs_of(source: Problem | Instance) -> Costs:
    """The costs of a problem, or of an instance without making its matrix.

    Raises
    ------
    InputError
        If the cache is ``lru``: then what a query costs depends on all that came before.
    """
    if isinstance(source, Problem):
        return MatrixCosts(source)
    if source.cache is Cache.LRU:
        raise InputError("cache: lru has no set-up times from query to query; use last")
    if isinstance(source.cost, Table):
        return MatrixCosts(Problem.of(source))
    return PromptCosts(source, source.cost)


@dataclass(frozen=True, eq=False)
class MatrixCosts:
    """The set-up matrix of a problem."""

    problem: Problem

    @property
    def release(self) -> IntArray:
        """``[n]``; arrivals."""
        return self.problem.release

    @cached_property
    def due(self) -> IntArray:
        """``[n]``; due times, no later than any schedule without useless idling ends."""
        if self.problem.due is None:
            return self.problem.release
        return np.minimum(self.problem.due, self.problem.horizon)

    @property
    def unbounded(self) -> bool:
        """The problem's cache."""
        return self.problem.unbounded

    @property
    def anticipatory(self) -> bool:
        """The problem's set-up rule."""
        return self.problem.anticipatory

    def between(self, before: IntArray, queries: IntArray) -> IntArray:
        """A part of the matrix."""
        return self.problem.setup[np.ix_(before, queries)]

    def along(self, order: IntArray) -> IntArray:
        """O(n), or O(n²) for an unbounded cache."""
        setup, n = self.problem.setup, self.problem.n
        if not self.unbounded:
            return setup[np.concatenate(([n], order[:-1])), order]
        rows = np.vstack((setup[-1:], setup[order]))
        running = np.minimum.accumulate(rows, axis=0)
        return running[np.arange(n), order]

    def after(self, order: IntArray, place: int) -> IntArray:
        """A row of the matrix, or the least over all rows served."""
        setup = self.problem.setup
        rows = order[:place] if self.unbounded else order[:place][-1:]
        least: IntArray = setup[rows].min(axis=0, initial=np.iinfo(np.int64).max)
        return np.minimum(least, setup[-1]) if self.unbounded or place == 0 else least

    def least(self) -> IntArray:
        """The least entry of each column."""
        return self.problem.least_setup


@dataclass(frozen=True, eq=False)
class PromptCosts:
    """Set-ups computed from the trie: memory O(n log n), so that long streams fit.

    Parameters
    ----------
    instance, cost
        The stream, and its cost.
    counted_from
        ``[n]``; due times; None for arrivals.
    """

    instance: Instance
    cost: PromptCost
    counted_from: IntArray | None = None

    anticipatory = False

    @property
    def release(self) -> IntArray:
        """``[n]``; arrivals."""
        return self.instance.arrival

    @property
    def due(self) -> IntArray:
        """``[n]``; arrivals, as the largest TTFT is minimised, where nothing else is given."""
        return self.instance.arrival if self.counted_from is None else self.counted_from

    @property
    def unbounded(self) -> bool:
        """The instance's cache."""
        return self.instance.cache is Cache.UNBOUNDED

    def _prefill(self, queries: IntArray, shared: IntArray) -> IntArray:
        length = self.instance.length[queries]
        return self.cost.prefill(length, np.minimum(shared, length - 1))

    def between(self, before: IntArray, queries: IntArray) -> IntArray:
        """Pairwise common prefixes, O(1) each; a query with itself means nothing."""
        trie = self.instance.trie
        both = np.concatenate((before, queries))
        by_prompt = np.argsort(trie.position[both], kind="stable")
        listed = both[by_prompt]
        lcp = np.zeros_like(listed)
        lcp[1:] = trie.shared(listed[:-1], listed[1:])
        place = np.empty_like(by_prompt)
        place[by_prompt] = np.arange(both.size)
        b = before.size
        shared = pairwise_minima(lcp, place[:b], place[b:])
        return self._prefill(np.broadcast_to(queries, shared.shape), shared)

    def along(self, order: IntArray) -> IntArray:
        """O(n)."""
        trie = self.instance.trie
        if self.unbounded:
            rank = np.empty_like(order)
            rank[order] = np.arange(order.size)
            shared = np.empty_like(order)
            shared[trie.order] = earlier_overlap(rank[trie.order], trie.lcp)
            return self._prefill(order, shared[order])
        shared = np.zeros_like(order)
        shared[1:] = trie.shared(order[:-1], order[1:])
        return self._prefill(order, shared)

    def after(self, order: IntArray, place: int) -> IntArray:
        """O(n)."""
        trie, everyone = self.instance.trie, np.arange(order.size)
        shared = np.zeros_like(order)
        if place > 0 and self.unbounded:
            rank = np.ones_like(order)
            rank[order[:place]] = 0
            # For a query still to come only those served have a smaller rank.
            shared[trie.order] = earlier_overlap(rank[trie.order], trie.lcp)
        elif place > 0:
            shared = trie.shared(np.full_like(order, order[place - 1]), everyone)
        return self._prefill(everyone, shared)

    def least(self) -> IntArray:
        """The longest overlap of all is with a neighbour in the lexicographic order."""
        trie = self.instance.trie
        shared = np.empty_like(trie.lcp)
        shared[trie.order] = np.maximum(trie.lcp, np.append(trie.lcp[1:], 0))
        return self._prefill(np.arange(shared.size), shared)

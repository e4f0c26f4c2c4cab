"""The least mean TTFT: layers of states for few queries, annealing for many; sums are compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.bounds.eviction import eviction_bound
from prefixsched.bounds.flow_time import MAX_SUM, flow_time_bound, new_work, serial_time
from prefixsched.heuristics.lru_mean import improve_lru_mean
from prefixsched.heuristics.stream_annealing import Loss, anneal_stream
from prefixsched.model.cost import Table
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.problem import Problem
from prefixsched.offline.incumbent import Verified
from prefixsched.runtime.limits import Limits

MAX_SEARCH = 62
"""Queries that a state's bitset holds."""
MOVES_A_QUERY = 500
"""Moves of an annealing that has no limit: the first three cycles, and more of the next."""
BOUND_SHARE = 0.2
"""Share of the time for the bound by evictions at most: three to ten seconds for 12,000 queries."""
BEAMS = (100, 1_000, 10_000, 100_000, 400_000)
"""States kept in a layer; what is left out leaves its bound behind."""
CHILD_BYTES = 150
"""Memory that a state made takes at most, before cuts and with what they compute; measured."""


def least_mean(incumbent: Verified, limits: Limits) -> None:
    """Close the interval of ``incumbent``, which holds an order, as far as limits allow.

    Bounds come first: by preemptive scheduling, and by what an ``lru`` cache evicts. Few queries
    are searched; the order of more is annealed.
    """
    instance = incumbent.instance
    incumbent.raise_bound(flow_time_bound(instance))
    if not incumbent.settled:
        part = limits.slice(BOUND_SHARE)
        incumbent.raise_bound(eviction_bound(instance, lambda: part.expired))
    if instance.cache is not Cache.LRU and instance.n <= MAX_SEARCH:
        incumbent.backend = "dp"
        _search(incumbent, Problem.of(instance), limits)
    elif not isinstance(instance.cost, Table) and not incumbent.settled:
        incumbent.backend = "annealing"
        _anneal(incumbent, limits)


def _anneal(incumbent: Verified, limits: Limits) -> None:
    """Better orders of a stream, each verified."""
    instance = incumbent.instance
    if instance.n * serial_time(instance) >= MAX_SUM:
        return
    if instance.cache is not Cache.LRU:
        incumbent.offer_order(_shortest_first(instance))
    limited = limits.deadline is not None or limits.max_nodes is not None
    part = limits.slice(nodes=None if limited else MOVES_A_QUERY * instance.n)

    def take(order: IntArray) -> None:
        incumbent.nodes = part.nodes
        incumbent.offer_order(order.tolist())

    if instance.cache is Cache.LRU:
        improve_lru_mean(instance, incumbent.order, part, take)
    else:
        anneal_stream(instance, incumbent.order, Loss.flow_time(instance), part, take)
    limits.charge(part.nodes)


def _shortest_first(instance: Instance) -> list[int]:
    """Whoever brings least new work of those who wait: annealing moves a query by few places."""
    from prefixsched.kernels.heuristics.shortest_first import shortest_first

    age = instance.by_age
    order: list[int] = age[shortest_first(instance.arrival[age], new_work(instance))].tolist()
    return order


def _search(incumbent: Verified, problem: Problem, limits: Limits) -> None:
    """Search layers of states, with ever wider beams.

    States are (queries served, query served last), with Pareto-least (time, sum of
    TTFTs): what follows ends no later, and adds no more, from the lesser of two
    comparable ones, under every cost and either cache (with an unbounded cache the last
    query plays no part). Of twins (:attr:`Problem.precedences`) the earlier is served first:
    swapping them leaves the sum of completions as it is. A state is cut when its sum and
    a bound on what is to come are no less than the best order's. Where a layer is cut
    down to a beam, the least such bound of what was left out, or the best order where
    that is less, bounds the optimum. There are as many rounds as ``BEAMS``, or fewer: they
    end with the widest beam that memory allows.
    """
    tick = problem.tick
    if problem.n * problem.horizon >= MAX_SUM:
        return
    widest = max(1, limits.memory // (CHILD_BYTES * problem.n))
    for narrower, beam in zip((0, *BEAMS), BEAMS, strict=False):
        if incumbent.settled or limits.expired or narrower >= widest:
            break
        assert incumbent.value is not None
        left = None if limits.max_nodes is None else limits.max_nodes - incumbent.nodes
        found = _Layers(problem, limits, min(beam, widest), incumbent.value // tick, left).run()
        incumbent.nodes += found.nodes
        if found.order is not None:
            incumbent.offer_order(found.order)
        incumbent.raise_bound(min(found.bound, incumbent.value // tick) * tick)


@dataclass(frozen=True)
class _Found:
    """The best order below the best known, if any; and a bound on the least sum."""

    order: list[int] | None
    bound: int
    nodes: int


@dataclass(frozen=True, eq=False)
class _Layer:
    """States by column: queries served as bits, the last of them, time, sum, state before."""

    served: IntArray
    last: IntArray
    time: IntArray
    total: IntArray
    parent: IntArray

    def __len__(self) -> int:
        return len(self.served)

    def take(self, which: IntArray) -> _Layer:
        """The states ``which``."""
        columns = (self.served, self.last, self.time, self.total, self.parent)
        return _Layer(*(column[which] for column in columns))


class _Layers:
    """One search with a beam, for a sum below ``best``."""

    def __init__(
        self, problem: Problem, limits: Limits, beam: int, best: int, max_nodes: int | None
    ) -> None:
        self.problem = problem
        self.limits = limits
        self.beam = beam
        self.best = best
        self.max_nodes = max_nodes
        self.by_work = np.argsort(problem.least_setup, kind="stable").tolist()
        self.before = np.zeros(problem.n, dtype=np.int64)  # bits of who is served before
        for i, j in problem.precedences:
            self.before[j] |= 1 << i

    def run(self) -> _Found:
        """Layer by layer until all are served."""
        problem = self.problem
        zero = np.zeros(1, dtype=np.int64)
        layer = _Layer(zero, np.array([problem.n]), zero, zero, zero)
        bound, nodes, trail = self.best, 0, []
        for _ in range(problem.n):
            nodes += len(layer)
            if self.max_nodes is not None and nodes > self.max_nodes:
                return _Found(None, 0, nodes)
            layer = self._expand(layer)
            if self.limits.expired:  # and so the layer may lack states
                return _Found(None, 0, nodes)
            least = layer.total + self._rest(layer)
            keep = np.flatnonzero(least < self.best)
            layer, least = layer.take(keep), least[keep]
            keep = self._undominated(layer)
            layer, least = layer.take(keep), least[keep]
            if len(layer) > self.beam:
                by_bound = np.argsort(least, kind="stable")
                bound = min(bound, int(least[by_bound[self.beam]]))
                layer = layer.take(np.sort(by_bound[: self.beam]))
            if not len(layer):
                return _Found(None, bound, nodes)
            trail.append((layer.parent.astype(np.int32), layer.last.astype(np.int8)))
        s = int(layer.total.argmin())
        bound = min(bound, int(layer.total[s]))
        order = []
        for parent, last in reversed(trail):
            order.append(int(last[s]))
            s = int(parent[s])
        return _Found(order[::-1], bound, nodes)

    def _expand(self, layer: _Layer) -> _Layer:
        """Every state with one more query served, as long as there is time."""
        problem = self.problem
        made = [layer.take(np.zeros(0, dtype=np.int64))]
        for j in range(problem.n):
            if self.limits.expired:
                break
            open_ = (layer.served >> j & 1 == 0) & (~layer.served & self.before[j] == 0)
            which = np.flatnonzero(open_)
            served = layer.served[which]
            cost = problem.setup[layer.last[which], j]
            if problem.unbounded:
                cost = np.full(len(which), problem.setup[-1, j])
                for i in range(problem.n):
                    cached = np.where(served >> i & 1 == 1, problem.setup[i, j], cost)
                    cost = np.minimum(cost, cached)
            left = np.minimum(cost, problem.at_arrival[j])
            time = np.maximum(layer.time[which] + cost, problem.release[j] + left)
            total = layer.total[which] + time - problem.release[j]
            made.append(_Layer(served | 1 << j, np.full_like(which, j), time, total, which))
        names = ("served", "last", "time", "total", "parent")
        return _Layer(*(np.concatenate([getattr(part, name) for part in made]) for name in names))

    def _rest(self, layer: _Layer) -> IntArray:
        """A bound on what each state has still to add.

        The k-th query from here ends no earlier than the k least set-ups of those left
        allow; and each no earlier than if it came next.
        """
        problem = self.problem
        chain, sums = layer.time.copy(), np.zeros_like(layer.time)
        alone = np.zeros_like(layer.time)
        for j in self.by_work:
            left = (layer.served >> j & 1) == 0
            work, release = int(problem.least_setup[j]), int(problem.release[j])
            chain = chain + left * work
            sums += left * (chain - release)
            soonest = release + min(work, int(problem.at_arrival[j]))
            alone += left * (np.maximum(layer.time + work, soonest) - release)
        return np.maximum(sums, alone)

    def _undominated(self, layer: _Layer) -> IntArray:
        """States that no other with the same queries and cache is at least as good as."""
        last = np.zeros_like(layer.last) if self.problem.unbounded else layer.last
        order = np.lexsort((layer.total, layer.time, last, layer.served))
        served, last = layer.served[order], last[order]
        fresh = np.ones(len(order), dtype=bool)
        fresh[1:] = (served[1:] != served[:-1]) | (last[1:] != last[:-1])
        _, rank = np.unique(layer.total[order], return_inverse=True)
        group = np.cumsum(fresh)
        value = rank - group * len(order)  # each group lies below the ones before
        least = np.minimum.accumulate(value)
        keep = fresh.copy()
        keep[1:] |= value[1:] < least[:-1]
        return np.sort(order[keep])

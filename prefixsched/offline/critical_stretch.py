"""Long streams: a lower bound from the stretch that made the best schedule's worst query wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.exact.dp.decision import EFFORTS, Decider, Effort
from prefixsched.exact.relaxation.sub_instance import can_help
from prefixsched.heuristics.setup_times import costs_of
from prefixsched.heuristics.windows import TimedOrder
from prefixsched.model.cost import Potential
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.problem import NO_DEADLINE, Problem
from prefixsched.runtime.limits import Limits

MAX_QUERIES = 300
"""Queries of a stretch: the last of them, where there are more."""
DECISION_SECONDS = 1.0
"""Seconds that one more decision may take beyond its own limits: to set up, and to end."""
LOOK_BACK_TTFTS = 2
"""How long before the last idling a stretch begins, in largest TTFTs: help comes from nearby."""
WIDTH_DIVISOR = 1_000
"""The bisection ends within this share of the upper bound."""


@dataclass(frozen=True, eq=False)
class StretchBound:
    """A proven lower bound in ticks, and the queries whose part proves it."""

    ticks: int
    queries: IntArray


def stretch_bound(
    instance: Instance, order: Sequence[int], lower: int, limits: Limits
) -> StretchBound | None:
    """Refute what the queries can't meet that were served between idling and the worst.

    They are a part of the stream as in :mod:`prefixsched.exact.relaxation.sub_instance`, so that
    what they can't meet alone refutes the whole. For a potential cost and the
    cache ``last``. The bisection ends: each round halves what is between ``proven`` and
    ``unclear``. Node limits are those of all decisions together.

    Parameters
    ----------
    instance
        The stream, of any length.
    order
        A good schedule.
    lower
        What is proven already, in ticks.
    limits
        Of all decisions together.

    Returns
    -------
    StretchBound or None
        None where nothing above ``lower`` was proven.
    """
    if not isinstance(instance.cost, Potential) or instance.cache is not Cache.LAST:
        return None
    stretch = _Stretch(instance, np.array(order, dtype=np.int64))
    proven, part = lower, limits.slice(threads=1)
    for effort in EFFORTS[1:3]:
        unclear = stretch.worst
        while unclear - proven > stretch.worst // WIDTH_DIVISOR and stretch.may_go_on(part):
            middle = (proven + unclear) // 2
            if stretch.refuted(middle, part, effort):
                proven = middle + 1
            else:
                unclear = middle
    queries = stretch.queries
    return StretchBound(proven, queries) if proven > lower else None


class _Stretch:
    """Who may be served before the worst one is due, from a while before the server last idled."""

    def __init__(self, instance: Instance, order: IntArray) -> None:
        self.instance = instance
        self.costs = costs_of(instance)
        line = TimedOrder(self.costs, order)
        self.worst = line.worst
        critical, arrival = line.critical, instance.arrival
        begin = int(arrival[order[line.idle_before(critical)]]) - LOOK_BACK_TTFTS * line.worst
        age = instance.by_age
        end = int(arrival[order[critical]]) + line.worst
        last = int(np.searchsorted(arrival[age], end, side="right"))
        first = int(np.searchsorted(arrival[age], begin))
        self.queries = age[max(first, last - MAX_QUERIES) : last]
        self.before, self.after = age[: max(first, last - MAX_QUERIES)], age[last:]
        problem = Problem.of(instance.select(self.queries))
        self.problem = problem
        self.setup = problem.setup * problem.tick
        # The clock begins so early that what is cached then makes no difference.
        self.origin = int(arrival[self.queries].min() - self.setup[-1].max())
        self.warm = _outside_least(instance, self.queries)

    def refuted(self, ttft: int, limits: Limits, effort: Effort) -> bool:
        """Whether the part can't have every TTFT within ``ttft`` ticks."""
        part = self._part(ttft)
        assert part.due is not None
        decider = Decider(part, limits)
        refuted = decider.refutes(part.due, effort)
        limits.charge(decider.limits.nodes)
        return refuted

    def may_go_on(self, limits: Limits) -> bool:
        """Whether there is time for one more decision, and a node left."""
        in_time = limits.remaining is None or limits.remaining > DECISION_SECONDS
        return in_time and limits.left != 0

    def _part(self, ttft: int) -> Problem:
        """The part with its deadlines, in the largest unit that allows for it."""
        arrival, queries = self.instance.arrival, self.queries
        release = arrival[queries] - self.origin
        part = replace(
            self.problem,
            release=release,
            setup=self.setup,
            due=release + ttft,
            tick=1,
            origin=self.origin,
            tree=None,
        )
        warm = self._warm(part, ttft)
        tick = int(np.gcd.reduce(np.concatenate((self.setup.ravel(), release, warm)))) or 1
        part = replace(
            part,
            release=release // tick,
            setup=self.setup // tick,
            due=(release + ttft) // tick,
            tick=tick,
            residual_setup=warm // tick,
        )
        return part.permuted(np.lexsort((np.arange(len(release)), part.release)))

    def _warm(self, part: Problem, ttft: int) -> IntArray:
        """``[k]``; the least that queries outside can leave to do."""
        arrival, queries = self.instance.arrival, self.queries
        late = arrival[queries[-1]] + ttft
        # Who was due before the first of the part arrives helps only where none of the
        # part has surely ended: there anyone does.
        early = int(np.searchsorted(arrival[self.before], arrival[queries[0]] - ttft))
        near = np.concatenate((self.before[early:], self.after[arrival[self.after] <= late]))
        outside = arrival[near] - self.origin
        least = self.costs.least()[queries]
        help_ = can_help(outside, outside + ttft, part, least)
        warm = np.where(help_, self.costs.between(near, queries), NO_DEADLINE)
        warm = warm.min(axis=0, initial=NO_DEADLINE)
        anyone = can_help(np.array([-NO_DEADLINE]), np.array([-NO_DEADLINE]), part, least)[0]
        return np.where(anyone, self.warm, np.minimum(warm, self.setup[-1]))


def _outside_least(instance: Instance, queries: IntArray) -> IntArray:
    """``[k]``; the least set-up of each query after any that is not among ``queries``.

    The most is shared with a neighbour in the lexicographic order.
    """
    assert isinstance(instance.cost, Potential)
    trie, n, length = instance.trie, instance.n, instance.length[queries]
    outside = np.ones(n, dtype=bool)
    outside[trie.position[queries]] = False
    before = np.maximum.accumulate(np.where(outside, np.arange(n), -1))
    after = np.minimum.accumulate(np.where(outside, np.arange(n), n)[::-1])[::-1]
    shared = np.zeros(len(queries), dtype=np.int64)
    for near in (before[trie.position[queries]], after[trie.position[queries]]):
        there = (near >= 0) & (near < n)
        found = trie.shared(queries[there], trie.order[near[there]])
        shared[there] = np.maximum(shared[there], found)
    return instance.cost.prefill(length, np.minimum(shared, length - 1))

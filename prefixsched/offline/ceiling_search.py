"""Percentiles under a ceiling on streams of any length: lists with two deadlines, local search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.heuristics.local_search import improve
from prefixsched.heuristics.lru_local_search import ALLOWED_SHARE, LruLocalSearch
from prefixsched.heuristics.lru_stream import LruSource
from prefixsched.heuristics.two_deadline_list import TwoDeadlineList, Way
from prefixsched.model.cost import Table
from prefixsched.model.instance import Cache
from prefixsched.offline.incumbent import Verified
from prefixsched.runtime.limits import Limits

KINDS = ((0, 4), (0, 8), (8, 8), (8, 4))
"""Foresight and eagerness of lists that are tried. On an hour of 12,031 queries each is the best at
some ceiling and cache, by up to 5 %."""
PARTS = (16, 14, 12)
"""Of 16, of the time up to the ceiling in which who is put off is served. Less is better now and
then."""
WIDTH_DIVISOR = 1_024
"""Lists are asked about bounds until they are this share of the greater one apart."""
NOISES = (0.1, 0.3, 1.0)
"""Of lists, in mean costs of a query."""
STEP_DIVISOR, LISTS = 128, 16
"""Lists with noise aim this share below the best value, and at half of that after so many."""
MOVES, LRU_MOVES = 20_000, 2_000
"""Of a local search: a second's at most on that hour."""


def begin_below_ceiling(incumbent: Verified, limits: Limits) -> None:
    """Offer the best lists that keep to the ceiling of ``incumbent``, which has an order."""
    if not isinstance(incumbent.instance.cost, Table):
        _Search(incumbent, limits).begin()


def improve_below_ceiling(incumbent: Verified, limits: Limits) -> None:
    """Find orders with a lower percentile that keep to the ceiling, as far as limits allow."""
    if not isinstance(incumbent.instance.cost, Table):
        _Search(incumbent, limits).run()


class _Search:
    """Ever lower bounds that at most so many queries miss, and nobody the ceiling."""

    def __init__(self, incumbent: Verified, limits: Limits) -> None:
        instance, question = incumbent.instance, incumbent.question
        assert question.ceiling is not None
        self.incumbent = incumbent
        self.limits = limits
        self.arrival = instance.arrival
        self.ceiling = question.ceiling
        self.rank = question.objective.rank(instance.n)
        self.lru: LruLocalSearch | None = None
        self.lists = TwoDeadlineList(instance, limits.seed)
        self.ways = [Way(*kind, part) for part in PARTS for kind in KINDS]
        if instance.cache is not Cache.UNBOUNDED:
            best = np.array(incumbent.order)
            self.ways += [replace(way, sequence=best) for way in self.ways]

    @property
    def met(self) -> int:
        """The percentile of the best order."""
        assert self.incumbent.value is not None
        return self.incumbent.value

    @property
    def over(self) -> bool:
        """Whether there is nothing to gain, or no time."""
        return self.incumbent.settled or self.limits.spent

    def begin(self) -> None:
        """The least bounds, or so, that lists meet; after the first way for lower ones alone."""
        for way in self.ways:
            low, high = self.incumbent.bound - 1, self.met
            width = high // WIDTH_DIVISOR
            if self.over or (way is not self.ways[0] and not self._meets(high - 1 - width, way)):
                continue
            high = self.met
            while high - low > 1 + high // WIDTH_DIVISOR and not self.over:
                middle = (low + high) // 2
                if self._meets(middle, way):
                    high = min(middle, self.met)
                else:
                    low = middle

    def _meets(self, ttft: int, way: Way) -> bool:
        """Whether a list meets a bound; it is offered then."""
        ttft = min(max(ttft, 0), self.ceiling)
        spare = len(self.arrival) - self.rank
        found = self.lists.within(self.arrival + ttft, self.arrival + self.ceiling, spare, way)
        if found is None:
            return False
        order, ends = found
        had = ends - self.arrival[order]
        reached = int(np.partition(had, self.rank - 1)[self.rank - 1])
        if had.max() > self.ceiling or reached > ttft:
            return False
        if reached < self.met:
            self.incumbent.offer_order(order.tolist())
        return True

    def run(self) -> None:
        """First the rule alone, then lists with noise and local search in turn.

        Where nothing limits it, one round of both.
        """
        self.begin()
        limits = self.limits
        lists, step = self._noisy(), STEP_DIVISOR
        while not self.over:
            before = self.met
            for _ in range(LISTS):
                if self.over:
                    return
                limits.charge(1)
                aim = max(self.incumbent.bound, self.met - max(1, self.met // step))
                self._meets(aim, next(lists))
            if self.incumbent.instance.cache is Cache.LRU:
                self._rearrange_lru()
            else:
                self._rearrange()
            self.incumbent.nodes = limits.nodes
            step = step if self.met < before else min(2 * step, WIDTH_DIVISOR)
            if limits.deadline is None and limits.max_nodes is None:
                break

    def _noisy(self) -> Iterator[Way]:
        """All ways with one noise, then with the next."""
        k = 0
        while True:
            noise = NOISES[k // len(self.ways) % len(NOISES)]
            yield replace(self.ways[k % len(self.ways)], noise=noise)
            k += 1

    def _rearrange(self) -> None:
        """Local search on the best order, in which the latest keep to the ceiling alone."""
        limits, incumbent = self.limits, self.incumbent
        moves = limits.at_most(MOVES)
        if moves == 0:
            return
        limits.charge(moves)
        order: IntArray = improve(
            incumbent.instance,
            incumbent.order,
            deadline=limits.deadline,
            seed=limits.seed + limits.nodes,
            max_moves=moves,
            enough=incumbent.bound,
            due=self._due(),
        )
        incumbent.offer_order(order.tolist())

    def _rearrange_lru(self) -> None:
        """The same with the cache ``lru``, by due times that lie a little before the percentile."""
        limits, incumbent = self.limits, self.incumbent
        if self.lru is None:
            source = LruSource(incumbent.instance)
            self.lru = LruLocalSearch(source, incumbent.order, limits.seed)
        aim = max(incumbent.bound, self.met - max(1, self.met // STEP_DIVISOR))
        self.lru.restart(incumbent.order)
        late = self.lru.aim(self._due() + aim)
        moves = limits.at_most(LRU_MOVES)
        allowed = int(ALLOWED_SHARE * aim)
        limits.charge(self.lru.run(late, allowed, moves, lambda: limits.expired))
        incumbent.offer_order(self.lru.plan.order.tolist())

    def _due(self) -> IntArray:
        """``[n]``; from what lateness counts: so that the largest is the percentile now."""
        best = self.incumbent.best
        assert best is not None
        ttft = np.array(best.ttft)
        late = np.argsort(-ttft, kind="stable")[: len(ttft) - self.rank]
        due = self.arrival.copy()
        due[late] += self.ceiling - self.met
        return due

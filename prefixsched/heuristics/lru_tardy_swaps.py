"""Late queries with the cache ``lru``: who best be late, in turn with local search on the order.

As in :mod:`prefixsched.heuristics.tardy_swaps`, but what leaving a query out saves is estimated:
the work that it does, less what the next user of its prefix would have to do instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.heuristics.lru_local_search import ALLOWED_SHARE, LruLocalSearch
from prefixsched.heuristics.lru_stream import LruSource
from prefixsched.kernels.heuristics.lru_stream import next_users
from prefixsched.model.instance import Instance
from prefixsched.runtime.limits import Limits

TARGET_FRACTIONS = (64, 200, 32)
"""The target lies one of these fractions below the best value, round by round."""
MOVES_A_QUERY = 60
"""Moves of local search in a round, for each query."""
ROUNDS_WITHOUT_LIMIT = 16
"""Rounds where nothing else limits the search."""


def improve_lru_tardy_set(
    instance: Instance, order: Sequence[int] | IntArray, spare: int, limits: Limits, enough: int
) -> Iterator[IntArray]:
    """Yield orders in which no more than ``spare`` TTFTs exceed a bound, ever lower ones.

    Parameters
    ----------
    instance
        Its cache is ``lru``.
    order
        ``[n]``; where to begin.
    spare
        How many may be late; at least 1 and less than n.
    limits
        When to end; moves are charged.
    enough
        A bound, in ticks, that need not be bettered.
    """
    search = _Swaps(instance, order, spare, limits)
    value, best = search.value, (search.order, search.late)
    yield search.order
    free = limits.deadline is None and limits.max_nodes is None
    for number in range(ROUNDS_WITHOUT_LIMIT) if free else count():
        if value <= enough or limits.spent:
            return
        fraction = TARGET_FRACTIONS[number % len(TARGET_FRACTIONS)]
        target = max(enough, value - max(1, value // fraction))
        if number % 2:
            search.swap(target)
        search.rearrange(target)
        if search.value < value:
            value = search.value
            yield search.order
        if search.value <= value:
            best = search.order, search.late
        else:
            search.order, search.late = best


class _Swaps:
    """An order, and the queries that may be late in it."""

    def __init__(
        self, instance: Instance, order: Sequence[int] | IntArray, spare: int, limits: Limits
    ) -> None:
        self.arrival = instance.arrival
        self.limits = limits
        self.source = LruSource(instance)
        self.rng = np.random.default_rng(limits.seed)
        self.search = LruLocalSearch(self.source, order, limits.seed)
        self.order, self.late = np.array(order, dtype=np.int64), np.zeros(0, dtype=np.int64)
        target = self.value - self.value // TARGET_FRACTIONS[0]
        for _ in range(spare):
            self._let_go(target)

    @property
    def value(self) -> int:
        """The largest TTFT of those not late, in ``order``."""
        self.search.restart(self.order)
        return int(np.delete(self.search.ttft, self.late).max())

    def _let_go(self, target: int) -> None:
        """Let be late, and last, without whom the others are expected to be least late."""
        search, n = self.search, len(self.order)
        search.restart(self.order)
        late = np.zeros(n, dtype=bool)
        late[self.late] = True
        plan, order = search.plan, self.order
        tardiness = np.maximum(0, plan.completion - self.arrival[order] - target)
        tardiness[late[order]] = 0
        saved = self._saved(order, plan.cost)
        # Later ones gain as much as is saved, each up to its tardiness and while nobody idles.
        start = plan.completion - plan.cost
        idle = np.flatnonzero(start[1:] > plan.completion[:-1]) + 1
        ends = np.append(idle, n)[np.searchsorted(idle, np.arange(n), side="right")]
        gain = tardiness.copy()
        for cost in np.unique(saved).tolist():
            some = np.flatnonzero(saved == cost)
            sums = np.concatenate(([0], np.cumsum(np.minimum(tardiness, cost))))
            gain[some] += sums[ends[some]] - sums[some + 1]
        gain[late[order]] = -1
        place = int(gain.argmax())
        query = order[place]
        self.late = np.append(self.late, query)
        self.order = np.append(np.delete(order, place), query)
        self.limits.charge(1)

    def _saved(self, order: IntArray, cost: IntArray) -> IntArray:
        """``[n]``; by place, what leaving it out saves, where only its next relative cares."""
        stream = self.source.stream
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        after, shared = next_users(order, stream.node, stream.parent, stream.depth, stream.hot)
        after = after[order]
        whole = stream.path_cost[stream.path_start]
        prefix = whole - stream.path_cost[stream.path_start + stream.level[shared]]
        passed_on = (after >= 0) & (cost == whole[order])
        passed_on &= cost[place[after]] < whole[after]
        saved: IntArray = cost - np.where(passed_on, np.minimum(prefix[order], cost), 0)
        return saved

    def swap(self, target: int) -> None:
        """Let one be late instead of another, which goes to its next relative by arrival."""
        query = int(self.rng.choice(self.late))
        near = [int(x) for x in (self.source.before[0][query], self.source.after[query]) if x >= 0]
        rest = self.order[self.order != query]
        self.search.restart(self.order)
        if near:
            place = int(np.flatnonzero(rest == self.rng.choice(near))[0]) + 1
        else:
            done = self.search.plan.completion[self.search.plan.place[rest]]
            place = int(np.searchsorted(done, self.arrival[query]))
        self.order = np.insert(rest, place, query)
        self.late = self.late[self.late != query]
        self._let_go(target)

    def rearrange(self, target: int) -> None:
        """Local search, in which who is late counts for nothing."""
        search, limits = self.search, self.limits
        search.restart(self.order)
        due = self.arrival + target
        due[self.late] = INFINITY // 2
        most_late = search.aim(due)
        moves = limits.at_most(MOVES_A_QUERY * len(due))
        moves = search.run(most_late, int(ALLOWED_SHARE * target), moves, lambda: limits.expired)
        limits.charge(max(1, moves))
        self.order = search.plan.order.copy()

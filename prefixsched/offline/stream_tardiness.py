"""Percentiles and goodput of streams of any length: who is late, by lists and local search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.heuristics.late_helpers import LateHelpers
from prefixsched.heuristics.tardy_list import TardyList, TardyOrder
from prefixsched.heuristics.tardy_selection import TardySelection
from prefixsched.model.cost import Table
from prefixsched.model.instance import NO_ALLOWANCE, Cache, Instance
from prefixsched.offline.incumbent import Verified
from prefixsched.runtime.limits import Limits

FORESIGHTS = (0, 4, 8)
"""Those of lists that are tried: on an hour of 12,031 queries with everything cached, the last is
best at all of the server's capacity, by 6 %, the first at half of it."""
FIRST_WIDTH_DIVISOR = 1_024
"""Lists are asked about bounds until they are this share of the greater one apart."""
FIRST_STEP_DIVISOR = 128
"""What is aimed at first lies this share below the best bound; half of that where it isn't met."""
ROUNDS = 1_000
"""Rounds of local search for an aim, and twice as many each time that it isn't met."""
LISTS = 16
"""Lists with noise for an aim, and twice as many each time that it isn't met; where nothing else
limits them, no more than these."""
NOISES = (0.1, 0.3, 1.0)
"""Of such lists, in mean costs of a query."""
TOLD_DIVISOR = 256
"""An order is verified, which takes as long as a hundred rounds, once it is this share better."""
ROUNDS_WITHOUT_LIMIT = 4_000
"""Rounds where nothing else limits the search."""


def begin_with_lists(incumbent: Verified, limits: Limits) -> None:
    """Offer the best lists for a percentile or the goodput, as far as limits allow."""
    if isinstance(incumbent.instance.cost, Table):
        return
    if incumbent.question.objective.kind == "percentile":
        _Descent(incumbent, limits).begin()
    else:
        _Goodput(incumbent, limits).begin()


def improve_percentile(incumbent: Verified, limits: Limits) -> None:
    """Find orders with a lower percentile, as far as limits allow.

    With a rank k among n a bound T is met where at most n - k queries are later than T.
    """
    if not isinstance(incumbent.instance.cost, Table):
        _Descent(incumbent, limits).run()


def improve_goodput(incumbent: Verified, limits: Limits) -> None:
    """Find orders with more queries on time, as far as limits allow."""
    if not isinstance(incumbent.instance.cost, Table):
        _Goodput(incumbent, limits).run()


def _rounds(limits: Limits) -> Limits:
    """The limits of a local search, which there is at least one of."""
    free = limits.deadline is None and limits.max_nodes is None
    return limits.slice(nodes=ROUNDS_WITHOUT_LIMIT if free else None)


class _Chosen:
    """Local search for who is late, from a list on; who is served in idle time stays where it is.

    Parameters
    ----------
    incumbent
        Its cache is ``last`` or ``unbounded``.
    found
        The list.
    seed
        Of all draws.
    """

    def __init__(self, incumbent: Verified, found: TardyOrder, seed: int) -> None:
        n = len(found.order)
        last = found.order[n - found.last :]
        self.idle = np.setdiff1d(found.late, last)
        sequence = _by_arrival(incumbent.instance, found.order, len(last))
        last_cached = incumbent.instance.cache is Cache.LAST
        kind = LateHelpers if last_cached else TardySelection
        self.selection: LateHelpers | TardySelection = kind(incumbent.instance, sequence, seed)
        self.selection.late = last

    @property
    def late(self) -> int:
        """How many are."""
        return len(self.selection.late) + len(self.idle)

    @property
    def found(self) -> TardyOrder:
        """The present order."""
        last = self.selection.late
        return TardyOrder(self.selection.order, np.concatenate((self.idle, last)), len(last))

    def reduce(self, due: IntArray, target: int, limits: Limits) -> bool:
        """Look for no more than ``target`` late queries; whether there are."""
        due = due.copy()
        due[self.idle] = INFINITY
        self.selection.begin(due, len(due))
        return self.selection.reduce(max(0, target - len(self.idle)), limits)


def _by_arrival(instance: Instance, order: IntArray, last: int) -> IntArray:
    """An order in which the ``last`` so many take their places by arrival among the others."""
    n = len(order)
    age = np.empty(n, dtype=np.int64)
    age[instance.by_age] = np.arange(n)
    place = age[order]
    place[: n - last] = np.maximum.accumulate(place[: n - last])
    sequence: IntArray = order[np.argsort(place, kind="stable")]
    return sequence


@dataclass(frozen=True, eq=False)
class _Way:
    """How to make a list: with how much foresight, in which sequence, and with what noise."""

    foresight: int
    sequence: IntArray | None
    noise: float = 0

    @classmethod
    def all(cls, incumbent: Verified) -> list[_Way]:
        """Those without noise: the sequence of the best order, too, where that reuses more."""
        ways = [cls(foresight, None) for foresight in FORESIGHTS]
        if incumbent.instance.cache is not Cache.UNBOUNDED:
            ways.append(cls(0, np.array(incumbent.order)))
        return ways


class _Goodput:
    """Ever more queries on time."""

    def __init__(self, incumbent: Verified, limits: Limits) -> None:
        self.incumbent = incumbent
        self.limits = limits
        instance, allowance = incumbent.instance, incumbent.question.allowance
        assert allowance is not None
        self.due = np.where(allowance == NO_ALLOWANCE, INFINITY, instance.arrival + allowance)
        self.lists = TardyList(instance, limits.seed)
        self.ways = _Way.all(incumbent)
        self.best: TardyOrder | None = None

    def begin(self) -> None:
        """A list of each way."""
        for way in self.ways:
            if not self.incumbent.settled and not self.limits.spent:
                self._try(way)

    def _try(self, way: _Way) -> None:
        most = len(self.due) if self.best is None else len(self.best.late) - 1
        found = self.lists.order(self.due, most, way.foresight, way.noise, way.sequence)
        if found is not None:
            self.best = found
            self.incumbent.offer_order(found.order.tolist())

    def run(self) -> None:
        """Lists, then local search; with ``lru`` more lists."""
        self.begin()
        part = _rounds(self.limits)
        if self.incumbent.instance.cache is Cache.LRU:
            for way in _variants(self.ways, part):
                if self.incumbent.settled:
                    break
                self._try(way)
                self.incumbent.nodes = part.nodes
        elif self.best is not None:
            chosen = _Chosen(self.incumbent, self.best, self.limits.seed)
            target, reached = len(self.due) - self.incumbent.bound, False
            try:
                while not reached and not part.spent:
                    few = part.slice(nodes=ROUNDS)
                    reached = chosen.reduce(self.due, target, few)
                    part.charge(few.nodes)
                    self._tell(chosen, part)
            finally:  # what was found counts, however the search ends
                self._tell(chosen, part)
        self.limits.charge(part.nodes)

    def _tell(self, chosen: _Chosen, part: Limits) -> None:
        """Offer the order if it is expected to be better."""
        incumbent = self.incumbent
        incumbent.nodes = part.nodes
        if incumbent.value is None or len(self.due) - chosen.late > incumbent.value:
            incumbent.offer_order(chosen.found.order.tolist())


def _variants(ways: list[_Way], limits: Limits, most: int | None = None) -> Iterator[_Way]:
    """Ways with noise, as many as limits allow; each counts as a node."""
    if limits.deadline is None and (most is None or most > LISTS):
        most = LISTS
    k = 0
    while (most is None or k < most) and not limits.spent:
        limits.charge(1)
        yield replace(ways[k % len(ways)], noise=NOISES[k // len(ways) % len(NOISES)])
        k += 1


class _Descent:
    """Ever lower bounds that at most so many queries miss."""

    def __init__(self, incumbent: Verified, limits: Limits) -> None:
        self.incumbent = incumbent
        self.limits = limits
        instance = incumbent.instance
        self.arrival = instance.arrival
        self.spare = instance.n - incumbent.question.objective.rank(instance.n)
        self.lists = TardyList(instance, limits.seed)
        self.ways = _Way.all(incumbent)
        self.best: TardyOrder | None = None
        self.met: int | None = None
        self.told: int | None = None

    def begin(self) -> None:
        """The least bounds, or so, that lists meet; after the first way for lower ones alone."""
        assert self.incumbent.value is not None
        for way in self.ways:
            low, high = self.incumbent.bound - 1, 2 * self.incumbent.value + 1
            if self.met is not None:
                high = self.met - 1 - self.met // FIRST_WIDTH_DIVISOR
                if high <= low or self.limits.spent or not self._meets(high, way):
                    continue
            while high - low > 1 + high // FIRST_WIDTH_DIVISOR and not self.limits.spent:
                middle = (low + high) // 2
                if self._meets(middle, way):
                    high = middle
                else:
                    low = middle
            self._tell()

    def _meets(self, ttft: int, way: _Way) -> bool:
        """Whether a list meets a bound; it is kept then."""
        due = self.arrival + ttft
        found = self.lists.order(due, self.spare, way.foresight, way.noise, way.sequence)
        if found is not None:
            self.met, self.best = ttft, found
        return found is not None

    def run(self) -> None:
        """First the rule alone, then local search for ever lower aims; with ``lru`` more lists."""
        self.begin()
        if self.best is None or self.met is None or self.incumbent.settled:
            return
        part = _rounds(self.limits)
        try:
            if self.incumbent.instance.cache is Cache.LRU:
                self._try_lists(self.met, part)
            else:
                self._search(self.met, part)
        finally:  # what was found counts, however the search ends
            self._tell()
            self.limits.charge(part.nodes)

    def _try_lists(self, met: int, limits: Limits) -> None:
        """Aim a little below what was met, with noise."""
        step, lists = met // FIRST_STEP_DIVISOR, LISTS
        while step > 0 and not limits.spent and met > self.incumbent.bound:
            aim = max(self.incumbent.bound, met - step)
            if any(self._meets(aim, way) for way in _variants(self.ways, limits, lists)):
                met = aim
                self._tell(TOLD_DIVISOR)
            else:
                step, lists = step // 2, 2 * lists
            self.incumbent.nodes = limits.nodes

    def _search(self, met: int, limits: Limits) -> None:
        """Aim a little below what was met, by smaller steps with more rounds where that fails."""
        assert self.best is not None
        chosen = _Chosen(self.incumbent, self.best, self.limits.seed)
        step, rounds = met // FIRST_STEP_DIVISOR, ROUNDS
        while not limits.spent and met > self.incumbent.bound:
            aim = max(self.incumbent.bound, met - max(1, step))
            before = chosen.selection.state()
            part = limits.slice(nodes=rounds)
            reached = chosen.reduce(self.arrival + aim, self.spare, part)
            limits.charge(part.nodes)
            self.incumbent.nodes = limits.nodes
            if reached:
                self.met = met = aim
                self.best = chosen.found
                self._tell(TOLD_DIVISOR)
            else:
                chosen.selection.restore(before)  # type: ignore[arg-type]
                step, rounds = step // 2, 2 * rounds

    def _tell(self, divisor: int | None = None) -> None:
        """Offer the order; with a ``divisor`` only where it is that share better than the last."""
        met, best = self.met, self.best
        if met is None or best is None or (self.told is not None and met >= self.told):
            return
        if divisor is None or self.told is None or self.told - met > met // divisor:
            self.told = met
            self.incumbent.offer_order(best.order.tolist())

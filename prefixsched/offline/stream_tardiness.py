"""Percentiles and goodput of streams of any length: who is to be late, by local search."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import INFINITY
from prefixsched.bounds.caches import with_cache
from prefixsched.heuristics.tardy_selection import TardySelection
from prefixsched.model.cost import Table
from prefixsched.model.instance import NO_ALLOWANCE, Cache, Instance
from prefixsched.offline.incumbent import Verified
from prefixsched.runtime.limits import Limits

FIRST_WIDTH_DIVISOR = 64
"""The rule alone is asked about bounds until they are this share of the greater one apart."""
FIRST_STEP_DIVISOR = 128
"""What is aimed at first lies this share below the best bound; half of that where it isn't met."""
ROUNDS = 1_000
"""Rounds of local search for an aim, and twice as many each time that it isn't met."""
TOLD_DIVISOR = 256
"""An order is verified, which takes as long as a hundred rounds, once it is this share better."""
ROUNDS_WITHOUT_LIMIT = 4_000
"""Rounds where nothing else limits the search."""


def improve_percentile(incumbent: Verified, limits: Limits) -> None:
    """Find orders with a lower percentile, as far as limits allow.

    With a rank k among n a bound T is met where at most n - k queries are later than T.
    """
    for model, part in _models(incumbent.instance, limits):
        _Descent(incumbent, model, part).run()
        limits.charge(part.nodes)


def improve_goodput(incumbent: Verified, limits: Limits) -> None:
    """Find orders with more queries on time, as far as limits allow."""
    allowance = incumbent.question.allowance
    assert allowance is not None
    due = np.where(allowance == NO_ALLOWANCE, INFINITY, incumbent.instance.arrival + allowance)
    for model, part in _models(incumbent.instance, limits):
        chosen = TardySelection(model, np.argsort(due, kind="stable"), limits.seed)
        chosen.begin(due, model.n)
        incumbent.offer_order(chosen.order.tolist())
        try:
            reached = False
            while not reached and not part.spent:
                few = part.slice(nodes=ROUNDS)
                reached = chosen.reduce(model.n - incumbent.bound, few)
                part.charge(few.nodes)
                _tell(incumbent, chosen, part)
        finally:  # what was found counts, however the search ends
            _tell(incumbent, chosen, part)
        limits.charge(part.nodes)


def _tell(incumbent: Verified, chosen: TardySelection, part: Limits) -> None:
    """Offer the order if it is expected to be better."""
    incumbent.nodes = part.nodes
    if incumbent.value is None or chosen.instance.n - len(chosen.late) > incumbent.value:
        incumbent.offer_order(chosen.order.tolist())


def _models(instance: Instance, limits: Limits) -> list[tuple[Instance, Limits]]:
    """The stream with the cache that is searched; for ``lru`` those on either side of it."""
    if isinstance(instance.cost, Table):
        return []
    free = limits.deadline is None and limits.max_nodes is None
    rounds = ROUNDS_WITHOUT_LIMIT if free else None
    if instance.cache is not Cache.LRU:
        return [(instance, limits.slice(nodes=rounds))]
    half = None if limits.left is None else limits.left // 2
    return [
        (
            with_cache(instance, Cache.LAST),
            limits.slice(1 / 2, nodes=half if rounds is None else rounds),
        ),
        (with_cache(instance, Cache.UNBOUNDED), limits.slice(nodes=rounds)),
    ]


class _Descent:
    """Ever lower bounds that at most so many queries miss."""

    def __init__(self, incumbent: Verified, model: Instance, limits: Limits) -> None:
        self.incumbent = incumbent
        self.limits = limits
        self.model = model
        self.spare = model.n - incumbent.question.objective.rank(model.n)
        self.chosen = TardySelection(model, model.by_age, limits.seed)
        self.met: int | None = None
        self.told: int | None = None

    def run(self) -> None:
        """First the rule alone, then local search for ever lower aims."""
        self._bisect()
        if self.met is None:
            return
        try:
            self._descend(self.met)
        finally:  # what was found counts, however the search ends
            self._tell()

    def _bisect(self) -> None:
        """The least bound, or so, that the rule finds to be met."""
        assert self.incumbent.value is not None
        low, high = self.incumbent.bound, 2 * self.incumbent.value
        while high - low > 1 + high // FIRST_WIDTH_DIVISOR and not self.limits.spent:
            middle = (low + high) // 2
            trial = TardySelection(self.model, self.model.by_age, self.limits.seed)
            if trial.begin(self.model.arrival + middle, self.spare):
                self.met, self.chosen, high = middle, trial, middle
            else:
                low = middle
        self._tell()

    def _descend(self, met: int) -> None:
        """Aim a little below what was met, by smaller steps with more rounds where that fails."""
        step, rounds = met // FIRST_STEP_DIVISOR, ROUNDS
        while not self.limits.spent and met > self.incumbent.bound:
            aim = max(self.incumbent.bound, met - max(1, step))
            before = self.chosen.late
            part = self.limits.slice(nodes=rounds)
            self.chosen.begin(self.model.arrival + aim, self.model.n)
            reached = self.chosen.reduce(self.spare, part)
            self.limits.charge(part.nodes)
            if reached:
                self.met = met = aim
                self._tell(TOLD_DIVISOR)
            else:
                self.chosen.late = before
                step, rounds = step // 2, 2 * rounds

    def _tell(self, divisor: int | None = None) -> None:
        """Offer the order; with a ``divisor`` only where it is that share better than the last."""
        incumbent, met = self.incumbent, self.met
        incumbent.nodes = self.limits.nodes
        if met is None or (self.told is not None and met >= self.told):
            return
        if divisor is None or self.told is None or self.told - met > met // divisor:
            self.told = met
            incumbent.offer_order(self.chosen.order.tolist())

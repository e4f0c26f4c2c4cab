"""Local search on family batches: how a long stream is cut into runs that share a prefix.

Families of queries with a common prefix are the families of scheduling with family set-up times,
and a batch is a set of one family that is served without another in between (Potts and Kovalyov,
"Scheduling with batching", EJOR 120, 2000). The largest TTFT falls, without proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.heuristics.family_orders import families, family_cuts
from prefixsched.heuristics.setup_times import costs_of
from prefixsched.heuristics.windows import TimedOrder
from prefixsched.kernels.heuristics.family_batches import (
    FamilyBatches,
    search_batches,
    serve_batches,
    split_long_batches,
    update_batches,
)
from prefixsched.kernels.heuristics.family_service import cut_families
from prefixsched.model.cost import PromptCost, Table
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.path_costs import path_costs
from prefixsched.runtime.limits import now, stopped, until

RESTARTS = 3
"""Each cuts the stream anew for a new target and takes an equal part of the budget."""
TARGETS_A_RUN = 4
"""How often in a run the target is lowered though it wasn't reached, as a few late queries may
stay so."""
QUERIES_BETWEEN_LOOKS = 500_000
"""Queries served, over all moves between two looks at the clock."""
DEFAULT_MOVES = 20_000
"""Moves where there is no deadline and no number of moves is given."""


def improve_family_batches(
    instance: Instance,
    order: Sequence[int] | IntArray,
    *,
    deadline: float | None = None,
    seed: int = 0,
    max_moves: int | None = None,
    enough: int = 0,
) -> IntArray:
    """Look for a better order among those that serve families of relatives in batches.

    Families are cut into batches, as in :mod:`prefixsched.heuristics.family_orders`, and
    the cuts are improved by local search on the tardiness beyond a target between
    ``enough`` and the best value. All times of the stream follow
    from the cuts, so that work saved anywhere lets all later queries be earlier;
    that suits a stream whose server is overloaded for long.

    Parameters
    ----------
    instance
        The stream; with a table of set-up times, or another cache than ``last``,
        the order comes back as it is.
    order
        ``[n]``; a permutation of all queries.
    deadline
        When to end, by :func:`prefixsched.runtime.limits.now`.
    seed
        Of all random choices: with ``max_moves`` and no deadline, runs repeat.
    max_moves
        The most moves.
    enough
        A largest TTFT, in ticks, that need not be bettered: a proven lower bound, say.

    Returns
    -------
    array
        ``[n]``; an order with a largest TTFT no more than that of ``order``.
    """
    best = np.array(order, dtype=np.int64)
    if isinstance(instance.cost, Table) or instance.cache is not Cache.LAST:
        return best
    moves = DEFAULT_MOVES if max_moves is None and deadline is None else max_moves
    rng, aim = np.random.default_rng(seed), Fraction(1, 2)
    for left in range(RESTARTS, 0, -1):
        search = _Search(instance, instance.cost, best, aim, enough, rng)
        part = None if moves is None else moves // left
        seconds = None if deadline is None else until(deadline) / left
        if search.run(seconds, part):
            best = search.best
        else:
            aim = (1 + aim) / 2
        moves = None if moves is None or part is None else moves - part
    return best


class _Search:
    """The best order so far, and the cuts that are being changed."""

    def __init__(
        self,
        instance: Instance,
        cost: PromptCost,
        order: IntArray,
        aim: Fraction,
        enough: int,
        rng: np.random.Generator,
    ) -> None:
        self.best = order.copy()
        self.worst = TimedOrder(costs_of(instance), order).worst
        self.aim = aim
        self.enough = enough
        self.rng = rng
        self.scratch = order.copy()
        self.target = self._next_target()
        tried = [family_batches(instance, cost, c, self.target) for c in family_cuts(instance)]
        tried = [g for g in tried if g.saved.any()]
        self.batches = min(
            tried,
            key=lambda g: serve_batches(g, self.target, int(INFINITY), self.scratch),
            default=None,
        )

    def _next_target(self) -> int:
        return self.enough + int((self.worst - self.enough) * self.aim)

    def run(self, seconds: float | None, most: int | None) -> bool:
        """Change cuts until the time or the moves are spent; whether a better order was found."""
        began, given, done, stage = now(), self.worst, 0, 0
        pace = max(1, QUERIES_BETWEEN_LOOKS // len(self.best))
        while self.batches is not None and self.worst > self.enough and not stopped():
            spent = max(_share(done, most), _share(now() - began, seconds))
            if spent >= 1:
                break
            if int(spent * TARGETS_A_RUN) > stage:
                stage = int(spent * TARGETS_A_RUN)
                self.target = min(self.target, self._next_target())
            moves = pace if most is None else min(pace, most - done)
            self._change(self.batches, moves)
            done += moves
        return self.worst < given

    def _change(self, batches: FamilyBatches, moves: int) -> None:
        """Some moves; the next target where this one is reached."""
        boundaries = np.flatnonzero(batches.saved)
        self.worst = search_batches(
            batches, boundaries, self.target, moves, self.rng, self.scratch, self.best, self.worst
        )
        if self.worst <= self.target:
            self.target = self._next_target()
            split_long_batches(batches, self.target)


def _share(part: float, whole: float | None) -> float:
    """How much of a budget is spent; all of it where there never was any."""
    if whole is None:
        return 0.0
    return part / whole if whole > 0 else 1.0


def family_batches(instance: Instance, cost: PromptCost, shared: int, span: int) -> FamilyBatches:
    """Families that share ``shared`` tokens, cut into batches that arrive within ``span``."""
    trie, release, n = instance.trie, instance.arrival, instance.n
    found = families(instance, cost, shared)
    batch, _ = cut_families(found.queries, found.family, release, found.saved, span)
    by_place = batch[found.queries]
    place = np.empty(n, dtype=np.int64)
    place[found.queries] = np.arange(n)
    length = instance.length[found.queries]
    path_start, path_cost = path_costs(cost, trie)
    batches = FamilyBatches(
        queries=found.queries,
        place=place,
        age=instance.by_age,
        release=release,
        node=trie.node,
        position=trie.position,
        parent=trie.parent,
        level=trie.level,
        path_start=path_start,
        path_cost=path_cost,
        fresh=cost.prefill(length, np.zeros_like(length)),
        saved=np.append(found.saved, 0),
        cut=np.concatenate(([True], by_place[1:] != by_place[:-1], [True])),
        head=np.zeros(n, dtype=np.int64),
        listed=np.zeros(n, dtype=np.int64),
        setup=np.zeros(n, dtype=np.int64),
        urgency=np.zeros(n, dtype=np.int64),
        begun=np.zeros(n, dtype=np.int64),
    )
    update_batches(batches, 0, n)
    return batches

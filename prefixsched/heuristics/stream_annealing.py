"""Simulated annealing of long orders, for a sum over queries: flow times, tardiness, late queries.

Neighbourhoods as in local search for total tardiness (Crauwels, Potts and Van Wassenhove, INFORMS
Journal on Computing 10 (1998)), within a few places of each query in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.model.cost import Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.path_costs import path_costs
from prefixsched.runtime.limits import Limits

if TYPE_CHECKING:
    from prefixsched.kernels.heuristics.stream import Stream
    from prefixsched.model.trie import Trie

WIDTHS = (8, 16, 32)
"""The most queries that a move rearranges, sweep by sweep. On an hour of 12,031 queries of a
conversation trace wider ones gave more only where sweeps could be as many."""
MOVES = 10
"""Moves tried at each place in a sweep: 4 in as much more sweeps came to the same within 0.1 %."""
HEAT = 3
"""Mean growth of the sum that is accepted at first, in mean costs of a query; on the same hour the
sum ends 1 % lower than with 1, and 0.3 % lower than with 6."""
FIRST_SWEEPS = 4
"""Of the first cooling cycle; each has twice as many as the one before."""
MARGIN = 0.9
"""The share of the time left that a last cycle is planned for; the rest is for what goes slower."""
PLACES_AT_ONCE = 250
"""Places between two looks at the limits: some milliseconds, more where busy periods are long."""


@dataclass(frozen=True, eq=False)
class Loss:
    """What is lost by completions: a sum over queries, each of which can be late.

    Parameters
    ----------
    due
        ``[n]``; a query that ends at C loses nothing up to here, else ``step`` + C - due.
    step
        ``[n]``; ticks.
    cap
        ``[n]``; at most so much of C - due counts.
    """

    due: IntArray
    step: IntArray
    cap: IntArray

    @classmethod
    def none(cls, instance: Instance) -> Loss:
        """Nothing: there are no deadlines yet."""
        zero = np.zeros(instance.n, dtype=np.int64)
        return cls(instance.arrival + INFINITY, zero, zero)

    @classmethod
    def flow_time(cls, instance: Instance) -> Loss:
        """The sum of TTFTs."""
        zero = np.zeros(instance.n, dtype=np.int64)
        return cls(instance.arrival, zero, zero + INFINITY)


def anneal_stream(
    instance: Instance,
    order: Sequence[int] | IntArray,
    loss: Loss,
    limits: Limits,
    on_better: Callable[[IntArray], object],
) -> None:
    """Lower a sum over the queries of an order, until the limits are reached.

    Each cooling cycle begins with the best order so far and takes twice as long as the one before.

    Parameters
    ----------
    instance
        A stream of any length, with prompts, and the cache ``last`` or ``unbounded``.
    order
        ``[n]``; where to begin.
    loss
        What is summed; less than 2^62 in all.
    limits
        Time, or moves as nodes; one of them has to be limited. Its seed draws the moves.
    on_better
        Called with a better order at the end of a cycle.

    Raises
    ------
    InputError
        If the cache is ``lru``, or the cost a table.
    """
    Annealing(instance, np.array(order, dtype=np.int64), loss, limits, on_better).run()


def stream_of(instance: Instance, loss: Loss, clipped: Trie | None = None) -> Stream:
    """What kernels see of a stream.

    Parameters
    ----------
    instance, loss
        The stream, and what its completions lose.
    clipped
        The trie with depths clipped to the capacity, for kernels that keep an ``lru`` cache.

    Raises
    ------
    InputError
        If the cost is a table, or the cache ``lru`` and no ``clipped`` trie is given.
    """
    from prefixsched.kernels.heuristics.stream import Stream

    cost, trie = instance.cost, instance.trie if clipped is None else clipped
    if isinstance(cost, Table):
        raise InputError("cost: a table has no prompts; give a cost by tokens")
    if instance.cache is Cache.LRU and clipped is None:
        raise InputError("cache: lru isn't searched so; use last or unbounded")
    near = np.stack((np.maximum(trie.position - 1, 0), trie.position + 1), axis=1)
    return Stream(
        instance.arrival, loss.due, loss.step, loss.cap, trie.node, trie.parent, trie.level,
        *path_costs(cost, trie), trie.order[np.minimum(near, instance.n - 1)],
        instance.cache is Cache.UNBOUNDED,
    )  # fmt: skip


class Annealing:
    """A run, its present order, and the best one.

    Subclasses serve the order and move in it otherwise (:meth:`serve_all`, :meth:`anneal_places`).
    """

    widths: Sequence[int] = WIDTHS
    moves = MOVES
    heat: float = HEAT
    places_at_once = PLACES_AT_ONCE

    def __init__(
        self,
        instance: Instance,
        order: IntArray,
        loss: Loss,
        limits: Limits,
        on_better: Callable[[IntArray], object],
    ) -> None:
        self.stream = stream_of(instance, loss)
        self.served = np.zeros(len(self.stream.parent), dtype=np.int64)
        self._begin(order, limits, on_better)

    def _begin(
        self, order: IntArray, limits: Limits, on_better: Callable[[IntArray], object]
    ) -> None:
        self.limits = limits
        self.on_better = on_better
        self.rng = np.random.default_rng(limits.seed)
        self.best = order.copy()
        self.order, self.spent = order, np.empty_like(order)
        self.ends, self.place = np.empty_like(order), np.empty_like(order)
        self.total = self.least = self.serve_all()

    def serve_all(self) -> int:
        """Fill in the costs, completions and places of the present order; what it loses."""
        from prefixsched.kernels.heuristics.anneal_stream import serve_all

        self.served[:] = 0
        return int(serve_all(self.stream, *self.present))

    def anneal_places(self, begin: int, end: int, width: int, moves: int, heat: int) -> int:
        """Moves at each place from ``begin`` to ``end`` - 1; by how much the sum changed."""
        from prefixsched.kernels.heuristics.anneal_stream import anneal_places

        if begin == 0:
            self.served[:] = 0
        return int(
            anneal_places(
                self.stream, *self.present, self.served, begin, end, width, moves, heat, self.rng
            )
        )

    @property
    def present(self) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        """The present order, its costs, completions and places."""
        return self.order, self.spent, self.ends, self.place

    def run(self) -> None:
        """Cool down from the best order, ever more slowly; the last time as slowly as limits allow.

        What ends amid a cycle was too hot to gain from it.
        """
        heat, sweeps = int(self.heat * self.spent.mean()), FIRST_SWEEPS
        while not self.limits.spent and self.least > 0 and len(self.order) > 1:
            least, seconds = self.least, self.limits.remaining
            self.order[:] = self.best
            self.total = self.serve_all()
            try:
                for sweep in range(sweeps):
                    left = sweeps - 1 - sweep
                    self.sweep(self.widths[sweep % len(self.widths)], heat * left**2 // sweeps**2)
            finally:  # what was found counts, however the cycle ends
                if self.least < least:
                    self.on_better(self.best)
            most = self._sweeps_left(sweeps, seconds)
            sweeps *= 2
            if most is not None and most < 3 * sweeps:  # after it none as long would fit
                sweeps = max(1, most)

    def _sweeps_left(self, sweeps: int, seconds: float | None) -> int | None:
        """How many more the limits allow, if so many took from when ``seconds`` were left."""
        most = []
        if self.limits.left is not None:
            most.append(self.limits.left // (self.moves * len(self.order)))
        left = self.limits.remaining
        if seconds is not None and left is not None and seconds > left:
            most.append(int(MARGIN * sweeps * left / (seconds - left)))
        return min(most, default=None)

    def sweep(self, width: int, heat: int) -> None:
        """Moves at each place, from first to last, as far as the limits allow."""
        n = len(self.order)
        for begin in range(0, n, self.places_at_once):
            if self.limits.spent:
                break
            end = min(n, begin + self.places_at_once)
            most = self.moves * (end - begin)
            moves = min(self.moves, -(-self.limits.at_most(most) // (end - begin)))
            self.limits.charge(moves * (end - begin))
            self.total += self.anneal_places(begin, end, width, moves, heat)
        self.keep()

    def keep(self) -> None:
        """Keep the present order if it is the best."""
        if self.total < self.least:
            self.least, self.best = self.total, self.order.copy()

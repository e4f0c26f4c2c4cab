"""Lists without those who make others late: a start for percentiles and goodput of any stream.

See :mod:`prefixsched.kernels.heuristics.tardy_list`.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.bounds.flow_time import new_work
from prefixsched.heuristics.stream_annealing import Loss, stream_of
from prefixsched.model.instance import Cache, Instance
from prefixsched.online.radix_cache import clipped

if TYPE_CHECKING:
    from prefixsched.kernels.heuristics.tardy_list import Lru


@dataclass(frozen=True, eq=False)
class TardyOrder:
    """An order, and who is late in it.

    Parameters
    ----------
    order
        ``[n]``.
    late
        Those left out.
    last
        How many of them come last; others were served where the server would have idled.
    """

    order: IntArray
    late: IntArray
    last: int


class TardyList:
    """Orders of a stream in which few are late, for deadlines to come.

    Parameters
    ----------
    instance
        With prompts, and any cache.
    seed
        Of all draws.

    Raises
    ------
    InputError
        If the cost is a table.
    """

    def __init__(self, instance: Instance, seed: int) -> None:
        lru = instance.cache is Cache.LRU
        self.trie = clipped(instance) if lru else instance.trie
        self.capacity = -1 if instance.capacity is None else instance.capacity
        self.stream = stream_of(instance, Loss.none(instance), self.trie)
        self.mean = int(self.stream.path_cost[self.stream.path_start].mean())
        self.work = np.empty(instance.n, dtype=np.int64)
        self.work[instance.by_age] = new_work(instance)
        self.rng = np.random.default_rng(seed)

    def order(
        self,
        due: IntArray,
        spare: int,
        foresight: int = 0,
        noise: float = 0,
        sequence: IntArray | None = None,
    ) -> TardyOrder | None:
        """Serve queries in a sequence, and leave out who has to be late.

        Parameters
        ----------
        due
            ``[n]``; the latest completions that are on time, ``NO_DEADLINE`` for none.
        spare
            How many may be late.
        foresight
            How much to mind what others would have to do, from 0 to 16.
        noise
            Of what is looked for to leave out, in mean costs of a query.
        sequence
            ``[n]``; None for that of deadlines.

        Returns
        -------
        TardyOrder or None
            None where more are late. With ``lru`` others than said may be late, too.
        """
        from prefixsched.kernels.heuristics.tardy_list import tardy_list

        stream = self.stream._replace(due=due)
        caches = self._cache(), (self._cache(), self._cache())
        heat = int(noise * self.mean)
        order, late, last = tardy_list(
            stream,
            *caches,
            self._sequence(due) if sequence is None else sequence,
            spare,
            foresight,
            heat,
            self.rng,
        )
        return None if len(late) > spare else TardyOrder(order, late, int(last))

    def _sequence(self, due: IntArray) -> IntArray:
        """``[n]``; who is due first of those who wait, as far as can be said before."""
        by_due = np.lexsort((due, self.stream.release))
        if (np.diff(due[by_due]) >= 0).all():
            return by_due
        sequence, waiting = list[int](), list[tuple[int, int]]()
        now = k = 0
        while len(sequence) < len(due):
            if not waiting:
                now = max(now, int(self.stream.release[by_due[k]]))
            while k < len(due) and self.stream.release[by_due[k]] <= now:
                heappush(waiting, (int(due[by_due[k]]), int(by_due[k])))
                k += 1
            _, j = heappop(waiting)
            now += int(self.work[j])
            sequence.append(j)
        return np.array(sequence)

    def _cache(self) -> Lru:
        """An empty cache."""
        from prefixsched.kernels.heuristics.tardy_list import Lru
        from prefixsched.kernels.online.lru_cache import NOBODY

        used = self.capacity >= 0
        nodes, n = (len(self.trie.parent), len(self.trie.node)) if used else (0, 0)
        return Lru(
            self.capacity, self.trie.depth, np.zeros((3, nodes), dtype=np.int64),
            np.full(n + 1, NOBODY), np.zeros(5, dtype=np.int64),
        )  # fmt: skip

"""Which queries to be late with, in streams of any length: Moore and Hodgson's rule, iterated.

Those kept are served in order of arrival, or of deadline, all others after them. The rule is a
kernel (:mod:`prefixsched.kernels.heuristics.early_set`); around it goes an iterated greedy search
(Ruiz and Stützle, European Journal of Operational Research 177 (2007)): some neighbours in time are
let back in, and the rule, with some noise, says again who has to go.
"""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.heuristics.stream_annealing import Loss, stream_of
from prefixsched.model.instance import Instance
from prefixsched.runtime.limits import Limits

MOST_BACK = 3
"""Queries let back in at once: more were rarely replaced by fewer, on traces and random streams."""
NOISE = 5
"""Mean of what is added to the end that the rule hopes for, in mean costs of a query. On an hour of
12,031 queries 150 late ones fall to 138 within 4,000 rounds with 2 to 30, and to 147 with 0.5."""


class TardySelection:
    """Sets of late queries of a stream, for deadlines to come.

    Parameters
    ----------
    instance
        With prompts, and the cache ``last`` or ``unbounded``.
    sequence
        ``[n]``; the order in which queries are served that are kept.
    seed
        Of all draws.

    Attributes
    ----------
    late
        The queries that are late for now; none at first.
    """

    def __init__(self, instance: Instance, sequence: IntArray, seed: int) -> None:
        self.instance = instance
        self.sequence = sequence
        self.rank = np.empty_like(sequence)
        self.rank[sequence] = np.arange(len(sequence))
        self.late: IntArray = sequence[:0]
        self.rng = np.random.default_rng(seed)
        nothing = np.zeros(instance.n, dtype=np.int64)
        self.stream = stream_of(instance, Loss(instance.arrival + INFINITY, nothing, nothing))
        self.noise = NOISE * int(self.stream.path_cost[self.stream.path_start].mean())

    @property
    def order(self) -> IntArray:
        """``[n]``; those kept, and after them the late ones, oldest first."""
        kept = np.delete(self.sequence, self.rank[self.late])
        return np.concatenate((kept, self.sequence[np.sort(self.rank[self.late])]))

    def begin(self, due: IntArray, most: int) -> bool:
        """Take up deadlines, ``[n]``; who was late stays so, and others may have to join.

        Whether at most so many are; where not, some of the others are late, too.
        """
        self.stream = self.stream._replace(due=due)
        more = self._dropped(self.late, max(0, most - len(self.late)), 0)
        self.late = np.concatenate((self.late, more))
        return len(self.late) <= most

    def reduce(self, target: int, limits: Limits) -> bool:
        """Look for at most ``target`` late queries, as far as limits allow; whether there are."""
        while len(self.late) > target and not limits.spent:
            limits.charge(1)
            self._retry()
        return len(self.late) <= target

    def _retry(self) -> None:
        """Let some back in; who is late then is kept where no more are than before."""
        by_rank = self.late[np.argsort(self.rank[self.late])]
        size = int(self.rng.integers(1, MOST_BACK + 1))
        first = int(self.rng.integers(0, len(by_rank)))
        out = np.delete(by_rank, np.s_[first : first + size])
        spare = len(by_rank) - len(out)
        more = self._dropped(out, spare, self.noise)
        if len(more) <= spare:
            self.late = np.concatenate((out, more))

    def _dropped(self, late: IntArray, spare: int, noise: int) -> IntArray:
        """Who else has to be late where ``late`` are; it may end once these are too many."""
        from prefixsched.kernels.heuristics.early_set import early_set

        others = np.delete(self.sequence, self.rank[late])
        return early_set(self.stream, others, spare, noise, self.rng)

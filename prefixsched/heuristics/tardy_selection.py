"""Which queries to be late with, in streams of any length: Moore and Hodgson's rule, iterated.

Those kept are served in order of arrival, or of deadline, all others after them. The rule is a
kernel (:mod:`prefixsched.kernels.heuristics.early_set`); around it goes an iterated greedy search
(Ruiz and Stützle, European Journal of Operational Research 177 (2007)): some neighbours in time are
let back in, and the rule, with some noise, says again who has to go.
"""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.heuristics.stream_annealing import Loss, stream_of
from prefixsched.kernels.heuristics.early_set import Run
from prefixsched.kernels.heuristics.kept_sequence import Kept
from prefixsched.model.instance import Instance
from prefixsched.runtime.limits import Limits

MOST_BACK = 3
"""Queries let back in at once: more were rarely replaced by fewer, on traces and random streams."""
NOISE = 5
"""Mean of what is added to the end that the rule hopes for, in mean costs of a query. On an hour of
12,031 queries 150 late ones fall to 138 within 4,000 rounds with 2 to 30, and to 147 with 0.5."""
ROUNDS_AT_ONCE = 50
"""Rounds between two looks at the limits: some milliseconds, more where busy periods are long."""


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
    """

    def __init__(self, instance: Instance, sequence: IntArray, seed: int) -> None:
        self.sequence = sequence
        self.rank = np.empty_like(sequence)
        self.rank[sequence] = np.arange(len(sequence))
        self.rng = np.random.default_rng(seed)
        n = instance.n
        self.stream = stream_of(instance, Loss.none(instance))
        self.noise = NOISE * int(self.stream.path_cost[self.stream.path_start].mean())
        nodes = len(self.stream.parent)
        late, before, idle, ends, places, spent, times, dropped = np.zeros((8, n), dtype=np.int64)
        first, users, below = np.zeros((3, nodes), dtype=np.int64)
        self._kept = Kept(late, before, idle, ends, first, users)
        self._run = Run(places, spent, times, below, dropped)

    @property
    def late(self) -> IntArray:
        """The queries that are late for now, in the sequence; none at first."""
        late: IntArray = self.sequence[self._kept.late == 1]
        return late

    @late.setter
    def late(self, queries: IntArray) -> None:
        self._kept.late[:] = 0
        self._kept.late[self.rank[queries]] = 1

    def state(self) -> IntArray:
        """The present choice, for :meth:`restore`."""
        return self.late

    def restore(self, state: IntArray) -> None:
        """Take up an earlier choice, before :meth:`begin`."""
        self.late = state

    @property
    def order(self) -> IntArray:
        """``[n]``; those kept, and after them the late ones, each in the sequence."""
        return np.concatenate((self.sequence[self._kept.late == 0], self.late))

    def begin(self, due: IntArray, most: int) -> bool:
        """Take up deadlines, ``[n]``; who was late stays so, and others may have to join.

        Whether at most so many are; where not, some of the others are late, too.
        """
        from prefixsched.kernels.heuristics.early_set import drop_late

        self.stream = self.stream._replace(due=due)
        had = int(self._kept.late.sum())
        spare = max(0, most - had)
        more = drop_late(self.stream, self.sequence, self._kept, self._run, spare, self.rng)
        return had + int(more) <= most

    def reduce(self, target: int, limits: Limits) -> bool:
        """Look for at most ``target`` late queries, as far as limits allow; whether there are."""
        from prefixsched.kernels.heuristics.early_set import let_back

        while self._kept.late.sum() > target and not limits.spent:
            rounds = limits.at_most(ROUNDS_AT_ONCE)
            made = let_back(
                self.stream, self.sequence, self._kept, self._run, rounds, target, MOST_BACK,
                self.noise, self.rng,
            )  # fmt: skip
            limits.charge(max(1, int(made)))
        return bool(self._kept.late.sum() <= target)

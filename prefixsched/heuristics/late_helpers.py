"""Who is late, and whom they help: local search for streams with the cache of the last prompt.

See :mod:`prefixsched.kernels.heuristics.late_helpers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.heuristics.stream_annealing import Loss, stream_of
from prefixsched.model.instance import Instance
from prefixsched.runtime.limits import Limits

if TYPE_CHECKING:
    from prefixsched.kernels.heuristics.late_helpers import Helped, Trial

ALIKE = 8
"""Queries that are looked at to be served before one: who shares most, of so many to either side in
the lexicographic order."""
REACH = 16
"""Places looked at to either side of a late query; batches of a public trace have some 10."""
ROUNDS_A_NODE = 100
"""Rounds that count as a node: a third of a millisecond."""
NODES_AT_ONCE = 50
"""Between two looks at the limits."""


class LateHelpers:
    """Sets of late queries of a stream, some of which are served where the server would idle.

    Parameters
    ----------
    instance
        With prompts, and the cache ``last``.
    sequence
        ``[n]``; the order in which queries are served that are kept, at first.
    seed
        Of all draws.
    """

    def __init__(self, instance: Instance, sequence: IntArray, seed: int) -> None:
        from prefixsched.kernels.heuristics.late_helpers import Helped, Trial

        n = instance.n
        self.stream = stream_of(instance, Loss.none(instance))
        self.rng = np.random.default_rng(seed)
        place, none = np.empty(n, dtype=np.int64), np.full(n, -1, dtype=np.int64)
        place[sequence] = np.arange(n)
        late, ends, idle = np.zeros((3, n), dtype=np.int64)
        self._helped: Helped = Helped(
            sequence.copy(), place, late, none, none.copy(), ends, idle, none.copy(),
            most_alike(instance),
        )  # fmt: skip
        self._trial: Trial = Trial(*np.zeros((4, n), dtype=np.int64))

    @property
    def late(self) -> IntArray:
        """The queries that are late for now."""
        return np.flatnonzero(self._helped.late)

    @late.setter
    def late(self, queries: IntArray) -> None:
        self._helped.late[:] = 0
        self._helped.late[queries] = 1

    @property
    def order(self) -> IntArray:
        """``[n]``; those kept, each after the late one that helps it, and then all others."""
        helped, order = self._helped, list[int]()
        for j in helped.sequence.tolist():
            if not helped.late[j]:
                order += [int(helped.helper[j]), j] if helped.helper[j] >= 0 else [j]
        return np.array(order + np.setdiff1d(self.late, order).tolist())

    def state(self) -> tuple[IntArray, ...]:
        """A copy of the present choice, for :meth:`restore`."""
        return tuple(column.copy() for column in self._helped)

    def restore(self, state: tuple[IntArray, ...]) -> None:
        """Take up an earlier choice."""
        for column, saved in zip(self._helped, state, strict=True):
            column[:] = saved

    def begin(self, due: IntArray, most: int) -> bool:
        """Take up deadlines, ``[n]``; who was late stays so, and others may have to join.

        Whether at most so many are; where not, some of the others are late, too.
        """
        from prefixsched.kernels.heuristics.late_helpers import leave_out_late

        self.stream = self.stream._replace(due=due)
        had = len(self.late)
        more = leave_out_late(self.stream, self._helped, self._trial, max(0, most - had))
        return had + int(more) <= most

    def reduce(self, target: int, limits: Limits) -> bool:
        """Look for at most ``target`` late queries, as far as limits allow; whether there are."""
        from prefixsched.kernels.heuristics.late_helpers import search_helpers

        while len(self.late) > target and not limits.spent:
            rounds = ROUNDS_A_NODE * limits.at_most(NODES_AT_ONCE)
            made = search_helpers(
                self.stream, self._helped, self._trial, rounds, target, REACH, self.rng
            )
            limits.charge(max(1, int(made) // ROUNDS_A_NODE))
        return len(self.late) <= target


def most_alike(instance: Instance) -> IntArray:
    """``[n, ALIKE]``; for each query, earlier arrivals that share most with it, -1 for none."""
    trie, n = instance.trie, instance.n
    lcp, at = np.append(trie.lcp, 0), np.arange(n)
    found, shares = list[IntArray](), list[IntArray]()
    for side in (-1, 1):
        shared = np.full(n, INFINITY)
        for step in range(1, ALIKE + 1):
            edge = at - step + 1 if side < 0 else at + step
            shared = np.minimum(shared, np.where(edge < 0, 0, lcp[np.clip(edge, 0, n)]))
            other = trie.order[np.clip(at + side * step, 0, n - 1)]
            use = (shared > 0) & (instance.arrival[other] < instance.arrival[trie.order])
            found.append(np.where(use, other, -1))
            shares.append(np.where(use, shared, -1))
    pick = np.argsort(-np.stack(shares, axis=1), axis=1, kind="stable")[:, :ALIKE]
    alike = np.empty((n, ALIKE), dtype=np.int64)
    alike[trie.order] = np.take_along_axis(np.stack(found, axis=1), pick, axis=1)
    return alike

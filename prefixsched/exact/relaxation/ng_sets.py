"""What paths remember, so that they go in fewer circles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from prefixsched.arrays import BoolArray, IntArray

SLOTS = 62
"""Bits of a memory."""


class Memory:
    """Which queries a path remembers to have visited, by where it is.

    A path at query i remembers j if it came by j and every query since then
    remembers j too (an *ng-route*, Baldacci, Mingozzi and Roberti 2011). It does
    not return to what it remembers. A schedule visits no query twice, so it is
    never stopped, whatever is remembered.

    Parameters
    ----------
    n
        The number of queries.
    size
        The most that one query remembers, itself included.
    """

    def __init__(self, n: int, size: int) -> None:
        self.size = size
        self.remembers = np.eye(n, dtype=bool)
        self._slot = np.zeros(n, dtype=np.int64)
        self._conflicts = np.eye(n, dtype=bool)

    def copy(self) -> Memory:
        """What is remembered now."""
        other = Memory(len(self.remembers), self.size)
        other.remembers = self.remembers.copy()
        other._slot, other._conflicts = self._slot.copy(), self._conflicts.copy()
        return other

    def same(self, other: Memory) -> bool:
        """Whether both remember the same."""
        return bool((self.remembers == other.remembers).all())

    def learn(self, cycles: Iterable[Sequence[int]]) -> None:
        """Remember the first query of each cycle all along it, shortest first, where possible."""
        for cycle in sorted(cycles, key=len):
            start = cycle[0]
            new = [i for i in cycle[1:] if not self.remembers[i, start]]
            if new and (self.remembers[new].sum(axis=1) < self.size).all():
                self._remember(start, new)

    def _remember(self, j: int, at: Sequence[int]) -> None:
        """Remember ``j`` at all of ``at``, if a bit can be found for it there.

        Two queries that are remembered at one place need different bits.
        """
        beside: BoolArray = np.asarray(self.remembers[at].any(axis=0))
        beside[j] = False
        conflicts = self._conflicts[j] | beside
        conflicts[j] = False
        taken = set(self._slot[conflicts].tolist())
        if self._slot[j] in taken:
            free = (slot for slot in range(SLOTS) if slot not in taken)
            slot = next(free, None)
            if slot is None:
                return
            self._slot[j] = slot
        self._conflicts[j] |= beside
        self._conflicts[beside, j] = True
        self.remembers[at, j] = True

    @property
    def masks(self) -> tuple[IntArray, IntArray, IntArray]:
        """``[n, n]`` bits that forbid going from row to column, and those kept; ``[n]`` own."""
        own = np.left_shift(np.int64(1), self._slot)
        knows = np.where(self.remembers, own[None, :], 0)  # bits by place and query
        everything = np.bitwise_or.reduce(knows, axis=1)
        # Where row remembers column, column's bit at row means a visit to column.
        shared = np.zeros_like(knows)
        for i in range(len(own)):
            both = np.where(self.remembers[i][None, :] & self.remembers, own[None, :], 0)
            shared[i] = np.bitwise_or.reduce(both, axis=1)
        assert (shared & ~everything[None, :] == 0).all()
        return knows, shared, own

"""ng-sets: which visited queries a path member, and so does not visit again.

After Baldacci, Mingozzi and Roberti, "New route relaxation and pricing strategies for the vehicle
routing problem" (Operations Research 59, 2011). The sets grow by cycles that paths make, as in
Roberti and Mingozzi, "Dynamic ng-path relaxation for the delivery man problem" (Transportation
Science 48, 2014).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from prefixsched.arrays import BoolArray, IntArray

MEMORY_BITS = 62
"""Bits that a path has for the queries that it member: one 64-bit integer, without its sign."""


class NgSets:
    """The ng-set of each query: what a path that is there may remember to have visited.

    A path at query i member j if it came by j, and j is in the ng-set of i and of
    every query since then (the path is an *ng-route*). It does
    not return to what it member. A schedule visits no query twice, so it is
    never stopped, whatever is remembered.

    Parameters
    ----------
    n
        The number of queries.
    size
        The most queries in an ng-set, its own included.
    """

    def __init__(self, n: int, size: int) -> None:
        self.size = size
        self.member = np.eye(n, dtype=bool)
        self._bit = np.zeros(n, dtype=np.int64)
        self._conflicts = np.eye(n, dtype=bool)

    def copy(self) -> NgSets:
        """The sets as they are now."""
        other = NgSets(len(self.member), self.size)
        other.member = self.member.copy()
        other._bit, other._conflicts = self._bit.copy(), self._conflicts.copy()
        return other

    def same(self, other: NgSets) -> bool:
        """Whether both have the same sets."""
        return bool((self.member == other.member).all())

    def augment(self, cycles: Iterable[Sequence[int]]) -> None:
        """Put the first query of each cycle into the sets along it, where there is room."""
        for cycle in sorted(cycles, key=len):
            start = cycle[0]
            new = [i for i in cycle[1:] if not self.member[i, start]]
            if new and (self.member[new].sum(axis=1) < self.size).all():
                self._add(start, new)

    def _add(self, j: int, at: Sequence[int]) -> None:
        """Put ``j`` into the sets of all of ``at``, if a bit can be found for it there.

        Two queries of one set need different bits.
        """
        beside: BoolArray = np.asarray(self.member[at].any(axis=0))
        beside[j] = False
        conflicts = self._conflicts[j] | beside
        conflicts[j] = False
        taken = set(self._bit[conflicts].tolist())
        if self._bit[j] in taken:
            free = (bit for bit in range(MEMORY_BITS) if bit not in taken)
            bit = next(free, None)
            if bit is None:
                return
            self._bit[j] = bit
        self._conflicts[j] |= beside
        self._conflicts[beside, j] = True
        self.member[at, j] = True

    @property
    def masks(self) -> tuple[IntArray, IntArray, IntArray]:
        """``[n, n]`` bits that forbid going from row to column, and those kept; ``[n]`` own."""
        own = np.left_shift(np.int64(1), self._bit)
        knows = np.where(self.member, own[None, :], 0)  # bits by place and query
        everything = np.bitwise_or.reduce(knows, axis=1)
        # Where column is in row's set, column's bit at row means a visit to column.
        shared = np.zeros_like(knows)
        for i in range(len(own)):
            both = np.where(self.member[i][None, :] & self.member, own[None, :], 0)
            shared[i] = np.bitwise_or.reduce(both, axis=1)
        assert (shared & ~everything[None, :] == 0).all()
        return knows, shared, own

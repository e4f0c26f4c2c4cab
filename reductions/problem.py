"""3-PARTITION: items to be split into triples of equal sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from prefixsched.model.errors import InputError

Triples = list[tuple[int, int, int]]
"""Positions of items, three by three."""


@dataclass(frozen=True)
class ThreePartition:
    """An instance: 3m integers with B/4 < a < B/2 and of sum m B, to form m triples of sum B.

    NP-complete in the strong sense: it stays so where every a is at most a
    polynomial in m (Garey and Johnson, Computers and Intractability, 1979,
    problem SP15).

    Parameters
    ----------
    items
        The 3m sizes.

    Raises
    ------
    InputError
        If their number is no multiple of 3, their sum no multiple of m, or a
        size is out of range.
    """

    items: tuple[int, ...]

    def __post_init__(self) -> None:
        count, total = len(self.items), sum(self.items)
        if count == 0 or count % 3:
            raise InputError(f"items: {count} sizes; give 3 m of them, 3 for each triple")
        if total % self.m:
            raise InputError(
                f"items: their sum {total} is no multiple of m = {self.m}; "
                "change a size so that it is m b"
            )
        for k, size in enumerate(self.items):
            if not self.bound < 4 * size < 2 * self.bound:
                least, most = size_range(self.bound)
                raise InputError(
                    f"items: size {k + 1} is {size}, not between b/4 and b/2 for "
                    f"b = {self.bound}; give {least} to {most}"
                )

    @property
    def m(self) -> int:
        """The number of triples wanted."""
        return len(self.items) // 3

    @property
    def bound(self) -> int:
        """B, the sum of every triple."""
        return sum(self.items) // self.m

    def solved_by(self, triples: Sequence[Sequence[int]]) -> bool:
        """Whether ``triples`` hold every item once, and each has three of sum B."""
        used = Counter(i for triple in triples for i in triple)
        return used == Counter(range(len(self.items))) and all(
            len(triple) == 3 and sum(self.items[i] for i in triple) == self.bound
            for triple in triples
        )


def size_range(bound: int) -> tuple[int, int]:
    """The least and the greatest integer strictly between ``bound`` / 4 and ``bound`` / 2."""
    return bound // 4 + 1, (bound - 1) // 2

"""What an online policy is, and all that it may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from prefixsched.prompts import IntArray


@dataclass(frozen=True, eq=False)
class View:
    """The queue at the moment of a pick. Nothing of the future is in it.

    The arrays are aligned: entry i of each belongs to the query ``waiting[i]``.

    Parameters
    ----------
    now
        The clock, in ticks.
    picks
        How many queries were picked before.
    waiting
        ``[w]``; the queries that have arrived and are not served, oldest first
        (by arrival, then file order); at least one.
    arrival
        ``[w]``; their arrivals in ticks.
    length
        ``[w]``; their prompt lengths in tokens.
    overlap
        ``[w]``; the tokens that each would find in the cache now, at most length - 1.
    """

    now: int
    picks: int
    waiting: IntArray
    arrival: IntArray
    length: IntArray
    overlap: IntArray


class Policy(Protocol):
    """An online scheduler: one method that picks the next query to prefill."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    def pick(self, view: View) -> int:
        """One of ``view.waiting``."""
        ...

"""FCFS, LPM and k-LPM.

k-LPM is the policy of "LLM Query Scheduling with Prefix Reuse and Latency
Constraints" (NeurIPS 2025): serve the oldest query, then the k - 1 longest
prefix matches, and again. k = 1 is FCFS and k = ∞ is LPM.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from prefixsched.model.errors import InputError
from prefixsched.model.options import MAX_COUNT, whole
from prefixsched.online.policy import View


@dataclass(frozen=True)
class Cycle:
    """Which picks of a run go to the oldest query: those with ``pick % period == phase``.

    All others go to the longest prefix match, ties to the oldest. A period of
    0 means never.
    """

    period: int
    phase: int = 0


class PrefixPolicy(Protocol):
    """A policy that is wholly described by a :class:`Cycle`, so a kernel can run it."""

    @property
    def cycle(self) -> Cycle:
        """When the oldest is served instead of the longest match."""
        ...


def _longest_match(view: View) -> int:
    return int(view.waiting[view.overlap.argmax()])  # argmax takes the first: the oldest


@dataclass(frozen=True)
class FCFS:
    """First come, first served.

    With an unbounded cache and a potential cost no schedule has a smaller
    largest TTFT, as long as no prompt is a proper prefix of one that came
    before it (each that is costs one token more than it might). Take the query
    j with the largest, and let a be when the busy period began in which it is
    served: all that arrived before a was done by then, and S, what FCFS serves
    from a up to j, arrives between a and r_j. FCFS computes the edges of S's
    trie that no query from before a has, once; then whoever ends at a node pays
    its last token, but for the first, whose token is part of that edge: nobody
    longer came before. In any schedule no query of S begins before a, an edge
    that nothing from before a has isn't cached then, and whoever ends at a node
    computes its last token: at least the same work, done after a. So some query
    of S, all arrived by r_j, ends no sooner than j does here.
    """

    name: str = field(default="fcfs", init=False)

    @property
    def cycle(self) -> Cycle:
        """Every pick is the oldest."""
        return Cycle(1)

    def pick(self, view: View) -> int:
        """The oldest query."""
        return int(view.waiting[0])


@dataclass(frozen=True)
class LPM:
    """Longest prefix match: the query that reuses most tokens, ties to the oldest."""

    name: str = field(default="lpm", init=False)

    @property
    def cycle(self) -> Cycle:
        """No pick is forced to the oldest."""
        return Cycle(0)

    def pick(self, view: View) -> int:
        """The query with the longest cached prefix."""
        return _longest_match(view)


class RandomLPM:
    """LPM that draws uniformly among equally long matches.

    Parameters
    ----------
    seed
        Of the draws; the same seed repeats the run.
    """

    def __init__(self, seed: int = 0) -> None:
        seed = whole("lpm-random: seed", seed, 0)
        self.name = "lpm-random" if seed == 0 else f"lpm-random:{seed}"
        self._rng = np.random.Generator(np.random.PCG64(seed))

    def pick(self, view: View) -> int:
        """One of the queries with the longest cached prefix."""
        best = view.waiting[view.overlap == view.overlap.max()]
        return int(best[self._rng.integers(len(best))])


@dataclass(frozen=True)
class KLPM:
    """k-LPM: every k-th pick of the run is the oldest query, the others are LPM.

    The count does not restart when the queue drains.

    Parameters
    ----------
    k
        The length of a cycle, at least 1; ``inf`` never forces the oldest.
    oldest
        Whether a cycle begins with the oldest query or ends with it; public
        accounts of the paper differ.
    """

    k: int | str = 4
    oldest: str = "first"

    def __post_init__(self) -> None:
        if self.k != "inf" and (type(self.k) is not int or not 1 <= self.k <= MAX_COUNT):
            raise InputError(
                f"k-lpm: k is {self.k!r:.40}; give a whole number from 1 to {MAX_COUNT}, or inf"
            )
        if self.oldest not in ("first", "last"):
            raise InputError(f"k-lpm: oldest is {self.oldest!r}; give first or last")

    @property
    def name(self) -> str:
        """``k-lpm:K``, with the phase where it isn't the default."""
        return f"k-lpm:{self.k}" + ("" if self.oldest == "first" else f",oldest={self.oldest}")

    @property
    def cycle(self) -> Cycle:
        """Every k-th pick is the oldest."""
        if not isinstance(self.k, int):
            return Cycle(0)
        return Cycle(self.k, 0 if self.oldest == "first" else self.k - 1)

    def pick(self, view: View) -> int:
        """The oldest query, or the longest match, by the count of picks."""
        period, phase = self.cycle.period, self.cycle.phase
        if period and view.picks % period == phase:
            return int(view.waiting[0])
        return _longest_match(view)

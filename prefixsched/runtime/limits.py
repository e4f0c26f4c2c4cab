"""Limits on time, search nodes and memory; the one clock that the engine reads."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

from prefixsched.runtime.interrupt import POLL, compile_seconds, stopped

__all__ = [
    "Limits",
    "Stopwatch",
    "expired",
    "in_seconds",
    "now",
    "pause",
    "remaining",
    "stopped",
    "until",
]


def now() -> float:
    """Seconds by a clock that only goes on."""
    return monotonic()


def pause() -> None:
    """Wait a moment, while other threads work."""
    sleep(POLL)


class Stopwatch:
    """Time from here on, and how much of it went into compiling."""

    def __init__(self) -> None:
        self.began = monotonic()
        self.compiled = compile_seconds()

    @property
    def compiling(self) -> float:
        """Seconds spent on compiling."""
        return compile_seconds() - self.compiled

    @property
    def seconds(self) -> float:
        """All others."""
        return max(0.0, monotonic() - self.began - self.compiling)


def in_seconds(seconds: float | None) -> float | None:
    """The deadline that is ``seconds`` away; None for none."""
    return None if seconds is None else monotonic() + seconds


def until(deadline: float) -> float:
    """Seconds until a deadline, below 0 once it is past."""
    return deadline - monotonic()


def remaining(deadline: float | None) -> float | None:
    """Seconds left, at least 0, and 0 once a stop was asked for; None for no limit."""
    if stopped():
        return 0.0
    return None if deadline is None else max(0.0, deadline - monotonic())


def expired(deadline: float | None) -> bool:
    """Whether the time is up, or a stop was asked for."""
    return stopped() or (deadline is not None and monotonic() >= deadline)


def total_memory() -> int:
    """Bytes of memory that this machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@dataclass(eq=False)
class Limits:
    """What a search may take, and the search nodes that it has taken so far.

    Parameters
    ----------
    deadline
        When to end, by :func:`now`; None for no limit.
    threads
        Workers to use.
    seed
        For whatever is drawn at random: under a limit on nodes runs repeat.
    max_nodes
        The most search nodes; None for no limit.
    memory
        Bytes that a search may take.
    """

    deadline: float | None = None
    threads: int = 1
    seed: int = 0
    max_nodes: int | None = None
    memory: int = field(default_factory=lambda: total_memory() // 3)
    nodes: int = field(default=0, init=False)
    whole: Limits | None = field(default=None, init=False, repr=False)
    """Of what this is a slice, which ends with it."""

    @property
    def remaining(self) -> float | None:
        """Seconds left, at least 0, and 0 once a stop was asked for; None for no limit."""
        if self.whole is not None and self.whole.expired:
            return 0.0
        return remaining(self.deadline)

    @property
    def expired(self) -> bool:
        """Whether the time is up, or a stop was asked for."""
        return expired(self.deadline) or (self.whole is not None and self.whole.expired)

    @property
    def left(self) -> int | None:
        """Nodes left, at least 0; None for no limit."""
        return None if self.max_nodes is None else max(0, self.max_nodes - self.nodes)

    @property
    def spent(self) -> bool:
        """Whether the time is up or no node is left."""
        return self.expired or self.left == 0

    def charge(self, nodes: int) -> None:
        """Count ``nodes`` more."""
        self.nodes += nodes

    def at_most(self, nodes: int) -> int:
        """``nodes``, or what is left where that is less."""
        return nodes if self.left is None else min(nodes, self.left)

    def end(self) -> None:
        """Let the time be up, for all slices too."""
        self.deadline = now()

    def slice(
        self,
        share: float | None = None,
        *,
        seconds: float | None = None,
        least: float = 0.0,
        nodes: int | None = None,
        counted: bool = True,
        threads: int | None = None,
    ) -> Limits:
        """A part of what is left, for one of the steps of a search.

        Its nodes are counted from 0; whoever made it charges them where they count.

        Parameters
        ----------
        share
            Of the time that is left, from 0 to 1; all of it where not given.
        seconds
            At most so many; None for no more than the rest.
        least
            Seconds that a share is worth at least, where so many are left.
        nodes
            At most so many; None for all that are left.
        counted
            Whether there is a limit on nodes at all.
        threads
            Other than those of the whole.
        """
        left = self.remaining
        ends = [self.deadline, in_seconds(seconds)]
        if share is not None and left is not None:
            ends.append(in_seconds(max(share * left, min(left, least))))
        most = [known for known in (self.left, nodes) if known is not None]
        part = Limits(
            min((end for end in ends if end is not None), default=None),
            self.threads if threads is None else threads,
            self.seed,
            min(most, default=None) if counted else None,
            self.memory,
        )
        part.whole = self
        return part

    def part(self, share: float) -> Limits:
        """A slice of a share, from 0 to 1, of what is left of the time and of the nodes."""
        return self.slice(share, nodes=None if self.left is None else int(self.left * share))

    @property
    def options(self) -> dict[str, Any]:
        """All but the time, by the names of the parameters of :func:`prefixsched.solve`."""
        return {
            "threads": self.threads,
            "seed": self.seed,
            "max_nodes": self.max_nodes,
            "memory": self.memory,
        }

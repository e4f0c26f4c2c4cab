"""The contract between :func:`prefixsched.offline.solve` and an exact backend."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from prefixsched.model.problem import Problem
from prefixsched.model.status import Status
from prefixsched.runtime.limits import expired, remaining


def total_memory() -> int:
    """Bytes of memory that this machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@dataclass
class Run:
    """Limits, what is known beforehand, and where to report.

    Parameters
    ----------
    deadline
        When to end, by :func:`prefixsched.runtime.limits.now`; None for no limit.
    threads
        Workers to use.
    seed
        For whatever the backend draws at random.
    max_nodes
        The most search nodes; None for no limit.
    start
        A known order of all queries, to start from.
    memory
        Bytes that a search may take.
    lower
        A proven lower bound on the least largest flow time.
    report
        To be called with each new proven lower bound and each better order:
        (lower, order or None, nodes).
    watched
        Whether somebody wants to see each of them as it comes.
    """

    deadline: float | None = None
    threads: int = 1
    seed: int = 0
    max_nodes: int | None = None
    start: Sequence[int] | None = None
    lower: int = 0
    memory: int = field(default_factory=lambda: total_memory() // 3)
    report: Callable[[int, Sequence[int] | None, int], None] = lambda *_: None
    watched: bool = False

    @property
    def remaining(self) -> float | None:
        """Seconds left, at least 0, and 0 once a stop was asked for; None for no limit."""
        return remaining(self.deadline)

    @property
    def limits(self) -> dict[str, Any]:
        """All but the time, by the names of the parameters of :func:`prefixsched.offline.solve`."""
        return {
            "threads": self.threads,
            "seed": self.seed,
            "max_nodes": self.max_nodes,
            "memory": self.memory,
        }

    @property
    def expired(self) -> bool:
        """Whether the time is up, or a stop was asked for."""
        return expired(self.deadline)


@dataclass(frozen=True)
class Outcome:
    """What a backend found, in normalised time.

    ``OPTIMAL`` and ``INFEASIBLE`` claim a proof that the backend made. A
    minimisation ends in ``OPTIMAL``, ``FEASIBLE`` (with the best ``order`` and
    ``lower`` so far) or ``UNKNOWN``; a decision in ``FEASIBLE``,
    ``INFEASIBLE`` or ``UNKNOWN``.
    """

    status: Status
    order: Sequence[int] | None
    lower: int
    nodes: int = 0


class Backend(Protocol):
    """An exact solver: ``problem.due`` says whether to decide or to minimise."""

    name: str

    def solve(self, problem: Problem, run: Run) -> Outcome:
        """Solve within the limits of ``run``.

        Raises
        ------
        InputError
            If the problem is past what this backend can take.
        """
        ...

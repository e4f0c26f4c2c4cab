"""The contract between :func:`prefixsched.solve` and an exact backend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from prefixsched.exact.incumbent import Incumbent
from prefixsched.model.problem import Problem
from prefixsched.model.status import Status
from prefixsched.runtime.limits import Limits

Order = Sequence[int]
"""All queries of a problem, in the order of service."""
BestOrder = Incumbent[Order]
"""The best order, its largest flow time, and a proven bound on that of all others."""


@dataclass(frozen=True)
class Outcome:
    """What a backend found, in normalised time.

    ``OPTIMAL`` and ``INFEASIBLE`` claim a proof that the backend made. A
    minimisation ends in ``OPTIMAL``, ``FEASIBLE`` (with the best ``order`` and
    ``lower`` so far) or ``UNKNOWN``; a decision in ``FEASIBLE``,
    ``INFEASIBLE`` or ``UNKNOWN``, and its ``lower`` plays no part.
    """

    status: Status
    order: Order | None
    lower: int = 0
    nodes: int = 0


class Backend(Protocol):
    """An exact solver: ``problem.due`` says whether to decide or to minimise."""

    name: str

    def solve(
        self, problem: Problem, limits: Limits, incumbent: BestOrder | None = None
    ) -> Outcome:
        """Solve within limits.

        Parameters
        ----------
        problem
            What to schedule.
        limits
            Time, search nodes, memory and threads.
        incumbent
            What is known beforehand, and where to report better orders and bounds;
            None for nothing and nowhere.

        Raises
        ------
        InputError
            If the problem is past what this backend can take.
        """
        ...


def beginning(problem: Problem, incumbent: BestOrder | None) -> BestOrder:
    """The incumbent that a search starts from: its own, where none was handed to it."""
    return Incumbent(problem.max_flow) if incumbent is None else incumbent


def found(status: Status, incumbent: BestOrder, nodes: int) -> Outcome:
    """What a minimisation ends with: ``status``, or ``UNKNOWN`` where there is no order."""
    if incumbent.best is None:
        status = Status.UNKNOWN
    return Outcome(status, incumbent.best, incumbent.bound, nodes)

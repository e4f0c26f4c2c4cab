"""Questions to the solver: what is optimised, or which TTFT how many queries must keep to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from numbers import Real
from typing import Any, Literal

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.cost import MAX_NUMBER
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance
from prefixsched.model.integers import integer
from prefixsched.model.options import exact
from prefixsched.verifier.objective import Objective
from prefixsched.verifier.schedule import Schedule

MOST_SECONDS = 10**9
"""30 years; clocks and backends count on from a limit."""
OPTIMISERS = ("auto", "dp")
"""Backends that know of more than the largest TTFT."""


@dataclass(frozen=True, eq=False)
class Question:
    """An objective to optimise, or the decision whether ``enough`` queries can keep to their TTFT.

    Parameters
    ----------
    instance
        The stream of queries.
    objective
        What is optimised. A decision for all queries is one of the largest TTFT, a relaxed
        one of the goodput.
    ttft
        The one bound of all queries, in ticks; None for their own, or where there is none.
    allowance
        ``[n]``; the TTFT that each query may have; None where the objective counts none.
    enough
        How many must keep to it in a decision; None to optimise.
    promise
        Whether a decision is the paper's: ``enough`` on time, or a proof that not all can be.
    ceiling
        For a percentile, what every TTFT must keep to, in ticks; None for no such bound.
    """

    instance: Instance
    objective: Objective
    ttft: int | None = None
    allowance: IntArray | None = None
    enough: int | None = None
    promise: bool = False
    ceiling: int | None = None

    @property
    def decision(self) -> bool:
        """Whether it asks for deadlines to be met."""
        return self.enough is not None

    @property
    def largest(self) -> bool:
        """Whether it is about the largest TTFT, under that name or as a percentile of few."""
        goal, n = self.objective, self.instance.n
        if goal.kind == "percentile" and self.ceiling is None:
            return goal.rank(n) == n
        return goal.kind == "max"

    def admits(self, schedule: Schedule) -> bool:
        """Whether a schedule keeps to the ceiling."""
        return self.ceiling is None or schedule.max_ttft <= self.ceiling

    @classmethod
    def of(
        cls,
        instance: Instance,
        ttft: Any,
        objective: str,
        relax: Fraction | Decimal | float | None,
        promise: bool,
        backend: str,
        ceiling: Any = None,
    ) -> Question:
        """The question that the arguments of :func:`prefixsched.solve` ask.

        Raises
        ------
        InputError
            If they don't go together, or are out of range.
        """
        asked, goal = bound_of(ttft), Objective.parse(objective)
        most = _ceiling_of(ceiling, goal)
        if promise and relax is None:
            raise InputError("promise: it goes with a share of queries; give relax too")
        if goal.kind != "max":
            _check_objective(goal, bounded=asked is not None, relaxed=relax is not None)
            _check_optimiser(f"objective {goal}", "has the largest TTFT alone; give", backend)
            enough = None
        else:
            enough = enough_of(instance, relax, decision=asked is not None)
        if enough is not None and enough < instance.n and not promise:
            goal = Objective("goodput")
            _check_optimiser("relax", "decides for all queries or none; give", backend)
        allowance = allowance_of(instance, asked)
        if goal.kind == "max" and allowance is not None and enough is None:
            enough = instance.n
        bound = asked if isinstance(asked, int) else None
        promised = promise and relax is not None
        return cls(instance, goal, bound, allowance, enough, promised, most)


def _ceiling_of(ceiling: Any, objective: Objective) -> int | None:
    """What every TTFT must keep to while a percentile is minimised.

    Raises
    ------
    InputError
        If the objective is another one, or the number is out of range.
    """
    if ceiling is None:
        return None
    if objective.kind != "percentile":
        raise InputError(
            f"ceiling: it goes with a percentile below 100, and the objective is {objective}; "
            "leave it out, or give it as ttft to decide it"
        )
    return _ticks("ceiling", ceiling)


def _check_objective(objective: Objective, *, bounded: bool, relaxed: bool) -> None:
    """Refuse what an objective other than the largest TTFT doesn't go with."""
    if objective.kind == "goodput" and not bounded:
        raise InputError("objective goodput: no bound to meet; give a ttft, or own")
    if objective.kind != "goodput" and bounded:
        ceiling = ", give a ceiling" if objective.kind == "percentile" else ""
        raise InputError(
            f"objective {objective}: it decides no ttft; leave that out{ceiling}, or ask for "
            "goodput"
        )
    if relaxed:
        raise InputError(f"objective {objective}: relax is of a decision; leave one of them out")


def _check_optimiser(what: str, why: str, backend: str) -> None:
    """Refuse a backend that can't tell how many queries can be on time, or the like."""
    if backend not in OPTIMISERS:
        alone = ", or ask for the promise alone" if what == "relax" else ""
        raise InputError(f"{what}: backend {backend} {why} auto or dp{alone}")


def allowance_of(instance: Instance, ttft: int | Literal["own"] | None) -> IntArray | None:
    """``[n]``; the TTFT that each query is allowed, or None for a minimisation.

    Raises
    ------
    InputError
        If no query states its own, or the number is out of range.
    """
    if ttft is None:
        return None
    if ttft == "own":
        if not instance.has_allowances:
            raise InputError(
                f"{instance.name}: no query states its own ttft; add some or give a number"
            )
        return instance.allowance
    return np.full(instance.n, ttft, dtype=np.int64)


def bound_of(ttft: Any) -> int | Literal["own"] | None:
    """``ttft`` as :func:`prefixsched.offline.solve` takes it.

    Raises
    ------
    InputError
        If it is no whole number of ticks from 0 to 2^53, ``"own"`` or None.
    """
    if ttft is None or (isinstance(ttft, str) and ttft == "own"):
        return ttft  # type: ignore[return-value]  # "own" is a Literal
    return _ticks("ttft", ttft)


def _ticks(name: str, given: Any) -> int:
    """A number of ticks as files may state it.

    Raises
    ------
    InputError
        If it is no whole number, or out of range.
    """
    number = integer(name, given)
    if not 0 <= number <= MAX_NUMBER:
        raise InputError(f"{name}: {given}; give a number of ticks from 0 to 2^53")
    return number


def seconds_of(time_limit: Any) -> float | None:
    """A time limit in seconds; None for none, and for one that nobody lives to see.

    Raises
    ------
    InputError
        If it is no number, or below 0.
    """
    if time_limit is None:
        return None
    if isinstance(time_limit, bool) or not isinstance(time_limit, Real | Decimal):
        raise InputError(f"time limit: {time_limit!r:.40} is no number; give seconds")
    seconds = float(time_limit)
    if not seconds >= 0:
        raise InputError(f"time limit: {time_limit}; give 0 or more seconds")
    return seconds if seconds < MOST_SECONDS else None


def enough_of(
    instance: Instance, relax: Fraction | Decimal | float | None, *, decision: bool
) -> int | None:
    """How many queries must be on time in a relaxed decision; None where it isn't one.

    Raises
    ------
    InputError
        If there is no bound to relax, or the share is out of range.
    """
    if relax is None:
        return None
    if not decision:
        raise InputError("relax: there is no bound to relax; give a ttft too")
    if not 0 <= relax <= 1:
        raise InputError(f"relax: {relax}; give a share from 0 to 1")
    return ceil((1 - exact("relax", relax, zero=True)) * instance.n)

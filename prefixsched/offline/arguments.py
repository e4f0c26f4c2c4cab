"""What a question asks: each query's allowance, and how many must keep to it."""

from __future__ import annotations

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

MOST_SECONDS = 10**9
"""30 years; clocks and backends count on from a limit."""


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
    number = integer("ttft", ttft)
    if not 0 <= number <= MAX_NUMBER:
        raise InputError(f"ttft: {ttft}; give a number of ticks from 0 to 2^53")
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

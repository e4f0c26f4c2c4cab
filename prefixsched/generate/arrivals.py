"""Arrival times: a mean gap from load, gap or rate, and regular or Poisson arrivals."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.cost import MAX_NUMBER
from prefixsched.model.errors import InputError
from prefixsched.model.options import exact
from prefixsched.model.scale import scale

TICKS_PER_SECOND = 10**6
DEFAULT_LOAD = Decimal("0.9")
_UNIT = 2**32
"""Exponential draws are cut to multiples of 1/_UNIT, so that their sums are exact."""


def mean_gap(
    work: Fraction, *, load: Decimal | None, gap: Decimal | None, rate: Decimal | None
) -> Fraction:
    """The exact mean ticks between arrivals.

    Parameters
    ----------
    work
        Mean ticks of prefill per query when every shared prefix is computed once.
    load
        ``work`` / gap.
    gap
        The mean gap itself, in ticks.
    rate
        Queries per second, of 10^6 ticks.

    Raises
    ------
    InputError
        If more than one is given, or it is out of range.
    """
    given = {"load": load, "gap": gap, "rate": rate}
    stated = {name: value for name, value in given.items() if value is not None}
    if len(stated) > 1:
        raise InputError(f"{' and '.join(stated)}: given together; give one of load, gap, rate")
    if gap is not None:
        return exact("gap", gap, zero=True)
    if rate is not None:
        return TICKS_PER_SECOND / exact("rate", rate)
    return work / exact("load", DEFAULT_LOAD if load is None else load)


def regular(n: int, gap: Fraction) -> IntArray:
    """Arrivals with equal gaps: the i-th of n at floor(i gap + 1/2), exactly.

    Raises
    ------
    InputError
        If the last one is past 2^53 ticks.
    """
    return _arrivals(np.arange(n, dtype=np.int64), gap)


def poisson(rng: np.random.Generator, n: int, gap: Fraction) -> IntArray:
    """Arrivals with exponential gaps: n of them, the first at tick 0.

    Raises
    ------
    InputError
        If the last one is past 2^53 ticks.
    """
    draws = (rng.standard_exponential(n - 1) * _UNIT).astype(np.int64)
    return _arrivals(np.concatenate(([0], np.cumsum(draws))), gap / _UNIT)


def delays(rng: np.random.Generator, n: int, mean: Fraction) -> IntArray:
    """Exponential delays: n of them with the given mean, each at least one tick."""
    draws = (rng.standard_exponential(n) * _UNIT).astype(np.int64)
    return np.maximum(_arrivals(draws, mean / _UNIT), 1)


def _arrivals(units: IntArray, gap: Fraction) -> IntArray:
    if int(units.max(initial=0)) * gap > MAX_NUMBER:
        raise InputError(
            f"gap: {units.size} arrivals {float(gap):.3g} ticks apart pass 2^53; "
            "give fewer queries, a smaller gap, or a greater load or rate"
        )
    return scale(units, gap)

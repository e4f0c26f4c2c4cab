"""Ratios known to lie in an interval, because the optimum that they are over is bracketed."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prefixsched.offline.result import Result

Interval = tuple[Fraction | None, Fraction | None]
"""The least and greatest that a ratio can be; None where a bound is missing or 0."""


def as_fields(name: str, interval: Interval) -> dict[str, float | None]:
    """``name_low`` and ``name_high``, as JSON and tables of numbers have them."""
    low, high = (None if bound is None else float(bound) for bound in interval)
    return {f"{name}_low": low, f"{name}_high": high}


def ratio_text(low: Fraction | None, high: Fraction | None) -> str:
    """A ratio known to lie from ``low`` to ``high``, in words.

    To three decimals where it is known, else an interval to two, rounded
    outwards, so that it still holds the ratio.
    """
    if low is None:
        return "–"
    if high is None:
        return f"≥ {floor(100 * low) / 100:.2f}"
    if low == high:
        return f"{float(low):.3f}"
    return f"{floor(100 * low) / 100:.2f}–{ceil(100 * high) / 100:.2f}"


def optimum_text(result: Result) -> str:
    """What is known of the least possible TTFT, in words."""
    unit = result.instance.time_unit
    if result.answered:
        return f"certified optimum {result.ttft:,} {unit}"
    lower, upper = (
        "unknown" if bound is None else f"{bound:,}"
        for bound in (result.lower_bound, result.upper_bound)
    )
    return f"optimum from {lower} to {upper} {unit}"

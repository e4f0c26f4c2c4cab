"""Whole numbers as arguments: of any integer type, and of no other."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np
import numpy.typing as npt

from prefixsched.model.errors import InputError

MOST_SHOWN = 40
"""Characters of a value that an error repeats."""


def integer(field: str, value: Any, least: int | None = None, most: int | None = None) -> int:
    """``value``, a whole number of any integer type, from ``least`` to ``most``.

    Raises
    ------
    InputError
        If it is another number, a float that happens to be whole among them, or no number.
    """
    try:
        number = None if isinstance(value, bool) else index(value)
    except TypeError:
        number = None
    mend = "an int" if least is None else f"{least} or more"
    if number is None:
        whole = isinstance(value, float | np.floating) and value.is_integer()
        says = "is a float; give an int" if whole else f"is not a whole number; give {mend}"
        raise InputError(f"{field}: {value!r:.{MOST_SHOWN}} {says}")
    if least is not None and number < least:
        raise InputError(f"{field}: {_short(number)} is too small; give {mend}")
    if most is not None and number > most:
        raise InputError(f"{field}: {_short(number)} is too large; give {most} or less")
    return number


def integers(field: str, values: Any, dimensions: int = 1) -> npt.NDArray[np.int64]:
    """``values``, an array of an integer type or (nested) lists of whole numbers, as 64-bit ones.

    Raises
    ------
    InputError
        If a value is no whole number or past 64 bits, or the shape is another.
    """
    if not isinstance(values, np.ndarray):
        values = _from_lists(field, values)
    if values.ndim != dimensions:
        raise InputError(f"{field}: {values.ndim} dimensions; give {dimensions}")
    if values.dtype.kind not in "iu":
        if values.dtype.kind != "O":
            raise InputError(f"{field}: an array of {values.dtype}; give whole numbers, as int64")
        flat = [
            integer(field + "".join(f"[{k}]" for k in place), values[place])
            for place in np.ndindex(values.shape)
        ]
        _check_bits(field, min(flat, default=0), max(flat, default=0))
        return np.array(flat, dtype=np.int64).reshape(values.shape)
    if values.dtype.kind == "u" and values.size:
        _check_bits(field, 0, int(values.max()))
    whole: npt.NDArray[np.int64] = values.astype(np.int64, copy=False)
    return whole


def _from_lists(field: str, values: Any) -> npt.NDArray[Any]:
    """An array of integers where all values are, else of objects, to be looked at one by one."""
    try:
        found = np.array(values)
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError(f"{field}: rows of different lengths; give equal ones") from error
    if found.size == 0:
        return found.astype(np.int64)
    if found.dtype.kind == "i" and not _has_bools(values):
        return found
    return np.array(values, dtype=object)


def _has_bools(values: Any) -> bool:
    """Whether a truth value is among numbers, where numpy takes it for 0 or 1."""
    kinds = set(map(type, values))  # few, of millions of values
    if any(issubclass(kind, bool | np.bool_) for kind in kinds):
        return True
    if not any(issubclass(kind, list | tuple) for kind in kinds):
        return False
    return any(_has_bools(value) for value in values if isinstance(value, list | tuple))


def _check_bits(field: str, low: int, high: int) -> None:
    if low < -(2**63) or high >= 2**63:
        raise InputError(f"{field}: a number is past 64 bits; use a coarser tick")


def _short(number: int) -> str:
    """A number, or how large it is where nobody wants to read it."""
    return str(number) if abs(number) < 10**MOST_SHOWN else "a number of many digits"

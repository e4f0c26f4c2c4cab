"""TSPTW files: the number of places, a matrix of distances, and windows."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

import numpy as np

from prefixsched.io.files import read_text, source_name
from prefixsched.model.cost import MAX_NUMBER
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance
from prefixsched.tsptw.instance import tsptw_instance

SUFFIXES = (".gz", ".txt", ".tw", ".dat")
MOST_DECIMALS = 15
"""A tick of 10^-15 leaves 9 units below 2^53."""


def read(path: str | Path) -> Instance:
    """Read a TSPTW file, gzipped or not; ``-`` reads standard input.

    The file has n, the number of places; then n rows of n distances; then n rows
    ``earliest latest``, the window in which service begins. The first place is the
    depot. A distance includes the service time at the place where it begins. What
    follows a ``#`` on its line is ignored, and so is where lines break.

    Numbers may have decimals: a tick is the power of ten that makes all of them
    whole, exactly. ``meta.ticks_per_unit`` says how many ticks the file's unit has.

    Returns
    -------
    Instance
        What :func:`prefixsched.tsptw.instance.tsptw_instance` makes of it.

    Raises
    ------
    InputError
        If the file can't be read, isn't of that layout, or its numbers are not
        whole in any tick that lets the largest of them stay below 2^53.
    """
    numbers = _numbers(path)
    if not numbers:
        raise InputError(f"{path}: no numbers; give n, then distances and windows")
    line, first = numbers[0]
    if first != first.to_integral_value() or first < 2:
        raise InputError(f"{path}:{line}: n: {first}; give the number of places, 2 or more")
    rest = numbers[1:]
    if first > MAX_NUMBER or len(rest) != int(first) * (int(first) + 2):
        raise InputError(
            f"{path}: {len(rest)} numbers after n = {first}; give n rows of n distances and n "
            "rows of earliest and latest"
        )
    n = int(first)
    places = max(_decimals(number) for _, number in rest)
    largest = max(number for _, number in rest)
    if places > MOST_DECIMALS or largest > MAX_NUMBER // 10**places:
        raise InputError(
            f"{path}: numbers up to {largest:g} with {places} decimals are past 2^53 ticks; "
            "round the decimals"
        )
    ticks = np.array([_scaled(number, places) for _, number in rest], dtype=np.int64)
    try:
        instance = tsptw_instance(
            ticks[: n * n].reshape(n, n), ticks[n * n :].reshape(n, 2), name=_name(path)
        )
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return replace(
        instance,
        meta={"importer": "tsptw", "source": source_name(path), "ticks_per_unit": 10**places},
    )


def _numbers(path: str | Path) -> list[tuple[int, Decimal]]:
    """Every number of the file, as (line number from 1, value)."""
    text = read_text(path)
    return [
        (k, _number(f"{path}:{k}", word))
        for k, line in enumerate(text.split("\n"), start=1)
        for word in line.partition("#")[0].split()
    ]


def _number(where: str, word: str) -> Decimal:
    try:
        number = Decimal(word)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise InputError(f"{where}: {word!r} is not a number; give n, distances and windows")
    if number < 0:
        raise InputError(f"{where}: {word} is negative; give 0 or more")
    if number > MAX_NUMBER:
        raise InputError(f"{where}: {word} is past 2^53; use a coarser unit")
    return number


def _decimals(number: Decimal) -> int:
    """Digits after the point, trailing zeros aside."""
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    places = -exponent
    for digit in reversed(digits):
        if digit or places <= 0:
            break
        places -= 1
    return max(0, places) if number else 0


def _scaled(number: Decimal, places: int) -> int:
    """``number`` · 10^places, which is whole; exact, however many digits it has."""
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    value, shift = int("".join(map(str, digits))), exponent + places
    return value * int(10**shift) if shift >= 0 else value // int(10**-shift)


def _name(path: str | Path) -> str:
    """The file's name, without the suffixes that say what it is; numbers after a point stay."""
    name = source_name(path)
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return name or "tsptw"

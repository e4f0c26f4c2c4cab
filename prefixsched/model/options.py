"""Checks of generator options: each failure names the option and what mends it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import isfinite, prod
from typing import Annotated

from prefixsched.model.cost import MAX_NUMBER
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache
from prefixsched.model.integers import integer

CacheName = Annotated[str, "last|unbounded|lru:TOKENS"]
"""What stays cached, as an option spells it."""

MAX_COUNT = 10**9
"""The largest count or token length an option may state."""
MOST_QUERIES = 10**8


def whole(name: str, value: int, least: int = 1) -> int:
    """``value``, an integer from ``least`` to ``MAX_COUNT``.

    Raises
    ------
    InputError
        If it is anything else.
    """
    return integer(name, value, least, MAX_COUNT)


def total(*counts: int) -> int:
    """The product of ``counts``, a number of queries that memory can hold.

    Raises
    ------
    InputError
        If it is past 10^8.
    """
    n = prod(counts)
    if n > MOST_QUERIES:
        raise InputError(f"queries: the options ask for {n}; give {MOST_QUERIES} or less")
    return n


def exact(name: str, value: Decimal | Fraction | float, *, zero: bool = False) -> Fraction:
    """The exact value of a positive number; a float is read as the decimal that it prints as.

    Parameters
    ----------
    name
        What messages call the option.
    value
        The number.
    zero
        Whether 0 will do as well.

    Raises
    ------
    InputError
        If it is not a number, or out of range.
    """
    wanted = "0 or more" if zero else "more than 0"
    try:
        number = value if isinstance(value, Fraction) else Decimal(str(value))
    except InvalidOperation:
        number = Decimal("nan")
    if isinstance(number, Decimal) and not number.is_finite():
        raise InputError(f"{name}: {value} is not a number; give {wanted}")
    if number < 0 or (number == 0 and not zero):
        raise InputError(f"{name}: {value} is too small; give {wanted}")
    if number > MAX_NUMBER:
        raise InputError(f"{name}: {value} is past 2^53; give less")
    if isinstance(number, Decimal) and number and number.adjusted() < -40:
        raise InputError(f"{name}: {value} is below 1e-40; give more")
    return Fraction(number)


def spread(name: str, value: float) -> float:
    """``value``, a coefficient of variation.

    Raises
    ------
    InputError
        If it is not a number from 0 to 100.
    """
    if not isfinite(value) or not 0 <= value <= 100:
        raise InputError(f"{name}: {value} is out of range; give 0 (fixed sizes) to 100")
    return float(value)


def one_of(name: str, value: str, *choices: str) -> str:
    """``value``, one of ``choices``.

    Raises
    ------
    InputError
        If it is another.
    """
    if value not in choices:
        raise InputError(f"{name}: {value!r} is unknown; give {' or '.join(choices)}")
    return value


def cache_of(name: str, value: str) -> tuple[Cache, int | None]:
    """The cache that ``last``, ``unbounded`` or ``lru:TOKENS`` means, and its capacity.

    Raises
    ------
    InputError
        If it is none of them.
    """
    kind, colon, tokens = value.partition(":")
    if not colon and kind in (Cache.LAST, Cache.UNBOUNDED):
        return Cache(kind), None
    if kind == Cache.LRU and tokens.isascii() and tokens.isdigit():
        capacity = int(tokens) if len(tokens) < 20 else MAX_NUMBER + 1
        if capacity > MAX_NUMBER:
            raise InputError(f"{name}: {tokens} tokens is past 2^53; give less")
        return Cache.LRU, capacity
    raise InputError(f"{name}: {value!r} is unknown; give last, unbounded or lru:TOKENS")

"""The declared form of a suite: each key's type, and what mends a value of another one."""

from __future__ import annotations

import difflib
import reprlib
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from prefixsched.model.errors import InputError
from prefixsched.model.options import MAX_COUNT

MOST_DIGITS = 40
"""Powers of ten past this are refused before they are written out."""
MOST_NODES = 2**63 - 1
"""What a kernel can count to."""
MOST_SECONDS = 10**9
"""Some thirty years: far past any run, and well within what clocks add up."""

Seed = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
Text = Annotated[str, msgspec.Meta(min_length=1, pattern=r"\A[^\0]*\Z")]


@dataclass(frozen=True)
class Field:
    """What may stand under a key.

    Parameters
    ----------
    kind
        A type, as msgspec understands it.
    mend
        What to give instead of what doesn't fit.
    fits
        What a value of that type must pass besides.
    """

    kind: Any
    mend: str
    fits: Callable[[Any], bool] = lambda _: True

    def read(self, where: str, value: Any) -> Any:
        """``value``, in the type declared.

        Raises
        ------
        InputError
            If it doesn't fit; it names the place and the mend.
        """
        try:
            read = msgspec.convert(value, self.kind)
            if self.fits(read):
                return read
        except (msgspec.ValidationError, RecursionError):
            pass  # told below, as all else that doesn't fit
        raise InputError(f"{where}: {shown(value)} can't stand here; {self.mend}")


def _seconds(value: Decimal) -> bool:
    return value.is_finite() and 0 <= value <= MOST_SECONDS


def _nodes(value: Decimal) -> bool:
    return value.is_finite() and 0 <= value <= MOST_NODES and value == value.to_integral_value()


NAMES = Annotated[list[Text], msgspec.Meta(min_length=1)]
BACKENDS = {
    "backend": Field(Text, "give one name, such as 'auto'"),
    "backends": Field(NAMES, "give a list such as ['auto', 'dp']"),
}
"""Two names of one setting: a single backend, or a list of them."""
SETTINGS = {
    "policies": Field(NAMES, "give a list such as ['fcfs', 'lpm']"),
    "seeds": Field(
        Annotated[int, msgspec.Meta(ge=1, le=MAX_COUNT)]
        | Annotated[list[Seed], msgspec.Meta(min_length=1)],
        "give how many, or a list of whole numbers from 0 to 10^9",
    ),
    **BACKENDS,
    "time-limit": Field(Decimal, "give a number of seconds, from 0 to 10^9", _seconds),
    "max-nodes": Field(Decimal, "give a whole number from 0 to 2^63 - 1", _nodes),
}
"""What a suite states for all its families, and a family for itself."""
NAME = Field(Text, "give a name in quotes")
ANYTHING = Field(Any, "")
PATH = Field(Text, "give a path in quotes")
SUITE = {"name": NAME, "description": Field(str, "give a text in quotes"), **SETTINGS}
SOURCES = {
    "generator": NAME,
    "importer": NAME,
    "files": Field(NAMES, "give a list of paths"),
}


def read_table(
    prefix: str, table: Mapping[str, Any], fields: Mapping[str, Field], also: Collection[str] = ()
) -> dict[str, Any]:
    """The values of a table, in the types declared.

    Parameters
    ----------
    prefix
        What messages put before a key, such as ``suite.toml: family[0].``.
    table
        What was read.
    fields
        The keys that it may have.
    also
        Keys that others read.

    Raises
    ------
    InputError
        If a key is unknown or a value doesn't fit.
    """
    read = {}
    for key, value in table.items():
        if key in fields:
            read[key] = fields[key].read(f"{prefix}{key}", value)
        elif key not in also:
            known = [*fields, *also]
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(known))}"
            raise InputError(f"{prefix.rstrip('.: ')}: no key {shown(key)}; {hint}")
    return read


def parameter_of(function: Callable[..., Any], name: str) -> Field:
    """What a parameter takes, from its annotation; anything where that tells nothing."""
    try:
        annotation = get_type_hints(function).get(name)
    except (NameError, TypeError):  # of a plug-in whose annotations can't be looked up
        return ANYTHING
    kinds = set(get_args(annotation)) if get_origin(annotation) in _UNIONS else {annotation}
    kinds.discard(types.NoneType)
    if Fraction in kinds:
        return Field(Any, "give a number like 0.5 or '1/3'", _is_ratio)
    if kinds & {float, Decimal}:
        return Field(Decimal, "give a number like 0.5", _is_decimal)
    (kind, *others) = kinds
    for known, mend in _MENDS.items():
        if kind is known and not others:
            return Field(known, mend)
    if get_origin(kind) is Literal:
        return Field(kind, f"give {' or '.join(map(repr, get_args(kind)))}")
    if kind == tuple[int, ...]:
        return Field(kind, "give a list of lists of whole numbers")
    return ANYTHING


_UNIONS = (Union, types.UnionType)
_MENDS = {
    int: "give a whole number",
    bool: "give true or false",
    str: "give a text in quotes",
}


def _is_decimal(value: Decimal) -> bool:
    return value.is_finite() and abs(value.adjusted()) <= MOST_DIGITS


def _is_ratio(value: Any) -> bool:
    if type(value) not in (int, str, Decimal):
        return False
    try:
        if isinstance(value, str) and "/" in value:
            return bool(abs(Fraction(value)) < 10**MOST_DIGITS)
        return _is_decimal(Decimal(value))
    except (ValueError, ZeroDivisionError, InvalidOperation):
        return False


def shown(value: Any) -> str:
    """A value as a message can hold it: on one line, shortened, and no deeper than six levels."""
    if isinstance(value, Decimal):
        return str(value)
    try:
        return reprlib.repr(value)
    except ValueError:  # Python writes out no integer of more than 4,300 digits
        return "a number of thousands of digits"

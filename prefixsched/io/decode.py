"""JSON decoding whose errors name the file, the field and the mend."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import msgspec

from prefixsched.errors import InputError
from prefixsched.shown import uncapitalised

T = TypeVar("T")

_WHERE = re.compile(r"^(?P<what>.*?)(?: - at `\$?\.?(?P<field>.*)`)?$", re.DOTALL)
_MENDS = (
    ("got `float`", "give a whole number"),
    ("<= 9007199254740992", "numbers stop at 2^53: use a coarser tick"),
    ("out of range", "numbers stop at 2^53: use a coarser tick"),
    ("length >= 1", "give at least one"),
    (">= 0", "give 0 or more"),
    (">= 1", "give 1 or more"),
    ("unknown field", "remove it or put it under meta"),
    ("missing required field", "add it"),
    ("at `$.cost.model`", "use linear, causal, rectangular or table"),
    ("at `$.cache.policy`", "use last, unbounded or lru"),
    ("at `$.format`", "this version reads format 1"),
)


def decode(raw: bytes, kind: type[T], source: str | Path) -> T:
    """Decode JSON into ``kind``.

    Raises
    ------
    InputError
        If the bytes aren't JSON, or not of that shape.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{source}: {explain(error)}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{source}: not JSON ({error}); give a JSON file") from error


def explain(error: msgspec.ValidationError) -> str:
    """One line for a validation error: field, what is wrong, mend."""
    match = _WHERE.match(str(error).replace("\n", " "))
    assert match is not None
    what, field = match["what"].replace("`", ""), match["field"]
    what = uncapitalised(what)
    mend = next(
        (mend for clue, mend in _MENDS if clue in str(error)), "see the file format in README"
    )
    return f"{field}: {what}; {mend}" if field else f"{what}; {mend}"

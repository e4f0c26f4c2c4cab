"""JSON decoding whose errors name the file, the field and the mend."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import msgspec

from prefixsched.io.escape import uncapitalised
from prefixsched.model.errors import InputError
from prefixsched.runtime.garbage import without_collection

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
    ("at `$.status`", "use optimal or feasible"),
    ("at `$.time_unit`", "use a unit such as us"),
    ("at `$.cost.setup`", "use standard or anticipatory"),
    ("array` of length 2", "give a label and its tokens"),
)
_EXPECTED = re.compile(r"Expected `(?P<kind>\w+)")
_GIVE = {
    "str": "give a text in quotes",
    "int": "give a whole number",
    "decimal": "give a number",
    "float": "give a number",
    "array": "give a list in brackets",
    "object": "give an object in braces",
}

_OWN = re.compile(rb'\s*\{\s*"format"\s*:\s*"prefixsched-(?P<kind>[a-z]+)/')
_NAMES = {"instance": "an instance", "schedule": "a schedule", "cost": "a cost"}


def decode(raw: bytes, kind: type[T], source: str | Path) -> T:
    """Decode JSON into ``kind``.

    Raises
    ------
    InputError
        If the bytes aren't JSON, or not of that shape.
    """
    try:
        with without_collection():
            return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{source}: {_mistaken(raw, kind) or explain(error)}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        mistaken = _mistaken(raw, kind) or f"not JSON ({error}); give a JSON file"
        raise InputError(f"{source}: {mistaken}") from error


def refuse_own(raw: bytes, source: str | Path, wanted: str) -> None:
    """Refuse one of the project's own files where ``wanted``, a table of requests, belongs.

    Raises
    ------
    InputError
        If ``raw`` begins as one.
    """
    own = _own_kind(raw)
    if own is not None:
        raise InputError(f"{source}: is {_NAMES[own]} file; give {wanted}")


def _own_kind(raw: bytes) -> str | None:
    """Which of the project's own formats a file states in its first field."""
    match = _OWN.match(raw)
    kind = None if match is None else match["kind"].decode()
    return kind if kind in _NAMES else None


def _mistaken(raw: bytes, kind: type) -> str | None:
    """What a file is where another was wanted, and the mend; None where that isn't to be seen."""
    wanted = {"InstanceFile": "instance", "ScheduleFile": "schedule", "CostFile": "cost"}.get(
        kind.__name__
    )
    if wanted is None:
        return None
    own = _own_kind(raw)
    if own is not None and own != wanted:
        return f"is {_NAMES[own]} file; give {_NAMES[wanted]} file here"
    if wanted == "cost" and b'"prefixsched-cost/' not in raw:
        return "is not a cost file; give one that prefixsched calibrate wrote"
    return None


def explain(error: msgspec.ValidationError) -> str:
    """One line for a validation error: field, what is wrong, mend."""
    match = _WHERE.match(str(error).replace("\n", " "))
    assert match is not None
    what, field = match["what"].replace("`", ""), match["field"]
    what = uncapitalised(what)
    expected = _EXPECTED.search(str(error))
    give = _GIVE.get("" if expected is None else expected["kind"], "give what belongs there")
    mend = next((mend for clue, mend in _MENDS if clue in str(error)), give)
    return f"{field}: {what}; {mend}" if field else f"{what}; {mend}"

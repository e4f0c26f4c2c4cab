"""JSON Lines in, with errors that name the file and the line."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TypeVar

import msgspec

from prefixsched.cost import MAX_NUMBER
from prefixsched.errors import InputError
from prefixsched.io.decode import explain
from prefixsched.io.files import read_bytes

T = TypeVar("T")

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_lines(path: str | Path, kind: type[T]) -> Iterator[tuple[int, T]]:
    """Each line of a file that isn't blank, as (line number from 1, decoded).

    Raises
    ------
    InputError
        If the file can't be read, or a line isn't JSON of that shape.
    """
    raw = read_bytes(path).removeprefix(_BYTE_ORDER_MARK)
    decoder = msgspec.json.Decoder(kind)
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            row = decoder.decode(line)
        except msgspec.ValidationError as error:
            raise InputError(f"{path}:{number}: {explain(error)}") from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InputError(
                f"{path}:{number}: not JSON ({error}); give one JSON object a line"
            ) from error
        yield number, row


def microseconds(field: str, value: Decimal, per_unit: int) -> int:
    """A time as whole microseconds, rounded half up.

    Parameters
    ----------
    field
        What messages call it.
    value
        The time.
    per_unit
        Microseconds in its unit, a power of ten.

    Raises
    ------
    InputError
        If it is negative, not finite, or past 2^53 us.
    """
    if not value.is_finite():
        raise InputError(f"{field}: {value} is not a number; give 0 or more")
    if value < 0:
        raise InputError(f"{field}: {value} is negative; give 0 or more")
    if value > MAX_NUMBER // per_unit:
        raise InputError(f"{field}: {value} is past 2^53 us; give time from the trace's start")
    places = len(str(per_unit)) - 1
    return int(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP).scaleb(places))

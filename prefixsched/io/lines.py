"""JSON Lines in, with errors that name the file and the line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from prefixsched.io.decode import explain, refuse_own
from prefixsched.io.files import read_utf8
from prefixsched.model.errors import InputError

T = TypeVar("T")


def read_lines(path: str | Path, kind: type[T]) -> Iterator[tuple[int, T]]:
    """Each line of a file that isn't blank, as (line number from 1, decoded).

    Raises
    ------
    InputError
        If the file can't be read, or a line isn't JSON of that shape.
    """
    raw = read_utf8(path)
    refuse_own(raw, path, "a trace, a JSON object a line")
    yield from decode_lines(raw, msgspec.json.Decoder(kind), path)


def decode_lines(
    raw: bytes, decoder: msgspec.json.Decoder[T], path: str | Path
) -> Iterator[tuple[int, T]]:
    """The same of what was read from ``path``, as UTF-8."""
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

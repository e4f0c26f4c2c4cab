"""Qwen-Bailian traces: JSON Lines with the ids of 16-token blocks."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from prefixsched.importers.builder import TraceBuilder
from prefixsched.importers.times import microseconds
from prefixsched.importers.trace import Trace
from prefixsched.io.lines import read_lines
from prefixsched.model.cost import MAX_NUMBER
from prefixsched.model.errors import InputError

BLOCK_SIZE = 16
_PER_S = 10**6


class Row(Struct):
    """One request of a chat."""

    timestamp: Decimal
    input_length: Annotated[int, Meta(ge=1, le=MAX_NUMBER)]
    hash_ids: list[int | str] | None = None
    chat_id: str | int | None = None


def read(path: str | Path) -> Trace:
    """Read a Qwen-Bailian trace, gzipped or not; ``-`` reads standard input.

    A row has ``timestamp`` (s), ``input_length`` (tokens) and ``hash_ids``, one
    for each block of 16 tokens, of which the last may be partial. ``chat_id``
    names the request. Other fields are ignored, ``parent_chat_id`` among them:
    every row's blocks describe its whole prompt.

    Raises
    ------
    InputError
        If the file can't be read, or a line isn't such a row.
    """
    builder = TraceBuilder(path, "bailian", BLOCK_SIZE)
    for line, row in read_lines(path, Row):
        try:
            arrival = microseconds("timestamp", row.timestamp, _PER_S)
            builder.add(line, arrival, row.input_length, row.hash_ids, row.chat_id)
        except InputError as error:
            raise InputError(f"{path}:{line}: {error}") from error
    return builder.finish()

"""Mooncake traces: JSON Lines with the ids of 512-token blocks."""

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

BLOCK_SIZE = 512
_PER_MS = 10**3

Tokens = Annotated[int, Meta(ge=1, le=MAX_NUMBER)]


class Row(Struct):
    """One request; the second name of a pair is what other tools write."""

    timestamp: Decimal | None = None
    created_time: Decimal | None = None
    delay: Decimal | None = None
    delay_ms: Decimal | None = None
    input_length: Tokens | None = None
    input_tokens: Tokens | None = None
    hash_ids: list[int | str] | None = None
    session_id: str | int | None = None
    request_id: str | int | None = None


def read(path: str | Path) -> Trace:
    """Read a Mooncake trace, gzipped or not; ``-`` reads standard input.

    A row has ``timestamp`` (ms), ``input_length`` (tokens) and ``hash_ids``, one
    for each block of 512 tokens, of which the last may be partial. Instead of
    the first two it may have ``created_time`` and ``input_tokens``. A row without
    a timestamp that has ``delay`` or ``delay_ms`` arrives that long after the row
    before it with the same ``session_id``. ``request_id`` names the request.
    Other fields are ignored.

    Raises
    ------
    InputError
        If the file can't be read, or a line isn't such a row.
    """
    builder = TraceBuilder(path, "mooncake", BLOCK_SIZE)
    sessions: dict[str, int] = {}
    for line, row in read_lines(path, Row):
        try:
            arrival = _arrival(row, sessions)
            length = row.input_tokens if row.input_length is None else row.input_length
            builder.add(line, arrival, length, row.hash_ids, row.request_id)
        except InputError as error:
            raise InputError(f"{path}:{line}: {error}") from error
    return builder.finish()


def _arrival(row: Row, sessions: dict[str, int]) -> int:
    """The row's arrival in microseconds, kept as its session's last."""
    stamp = row.created_time if row.timestamp is None else row.timestamp
    wait = row.delay_ms if row.delay is None else row.delay
    session = None if row.session_id is None else str(row.session_id)
    if stamp is not None:
        arrival = microseconds("timestamp", stamp, _PER_MS)
    elif wait is not None and session in sessions:
        arrival = sessions[session] + microseconds("delay", wait, _PER_MS)
    else:
        raise InputError(
            "timestamp: missing; give it in ms, or give delay after an earlier row of the session"
        )
    if session is not None:
        sessions[session] = arrival
    return arrival

"""Tables of requests, from CSV, JSON Lines or JSON, as rows whose errors name file and field."""

from __future__ import annotations

import csv
import io
import reprlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from prefixsched.io.decode import refuse_own
from prefixsched.io.files import read_utf8
from prefixsched.io.lines import decode_lines
from prefixsched.model.cost import MAX_NUMBER
from prefixsched.model.errors import InputError
from prefixsched.runtime.garbage import without_collection

LENGTHS = "input_lens"
"""The array that marks the result file of a serving benchmark."""
ARRAYS = {LENGTHS: "input_len", "ttfts": "ttft", "start_times": "start_time", "errors": "error"}
"""Arrays of such a file with one entry per request, and what a row calls its entry."""

MOST_COLUMNS = 30
"""Names of columns that an error lists."""
MOST_NAMES = 1024
"""Names of fields that are kept as they were first read; rows have a few dozen, again and again."""


@dataclass(frozen=True, slots=True)
class Row:
    """One request.

    Parameters
    ----------
    where
        File and line, or the request's place in its array, for messages.
    fields
        Its values by name; names are in lower case with ``_`` between words.
    """

    where: str
    fields: Mapping[str, Any]

    def has(self, names: Sequence[str] | Mapping[str, int]) -> bool:
        """Whether the row has a value under one of ``names``."""
        return self.find(names) is not None

    def tokens(self, names: Sequence[str], least: int) -> int:
        """The whole number under the first of ``names`` that the row has.

        Raises
        ------
        InputError
            If there is none, or it isn't a whole number from ``least`` to 2^53.
        """
        name, value = self._number(names)
        if value != value.to_integral_value():
            raise self.error(name, f"{value} is no whole number; give tokens")
        if not least <= value <= MAX_NUMBER:
            raise self.error(name, f"{value} is out of range; give {least} to 2^53 tokens")
        return int(value)

    def microseconds(self, units: Mapping[str, int]) -> Decimal:
        """The time under the first name of ``units`` that the row has.

        Parameters
        ----------
        units
            The names, and how many microseconds the unit of each is.

        Raises
        ------
        InputError
            If there is none, or it isn't from 0 to 2^53 microseconds.
        """
        name, value = self._number(list(units))
        if value < 0:
            raise self.error(name, f"{value} is negative; give 0 or more")
        if value > MAX_NUMBER // units[name]:
            raise self.error(name, f"{value} is past 2^53 us; give time from the log's start")
        return value * units[name]

    def ticks(self, units: Mapping[str, int]) -> int:
        """The time that :meth:`microseconds` gives, rounded half up to a whole one."""
        return int(self.microseconds(units).quantize(Decimal(1), ROUND_HALF_UP))

    def error(self, name: str, what: str) -> InputError:
        """What is wrong with one field."""
        return InputError(f"{self.where}: {name}: {what}")

    def find(self, names: Sequence[str] | Mapping[str, int]) -> str | None:
        """The first of ``names`` under which the row has a value."""
        for name in names:
            value = self.fields.get(name)
            if value is not None and value != "":
                return name
        return None

    def _number(self, names: Sequence[str]) -> tuple[str, Decimal]:
        name = self.find(names)
        if name is None:
            raise self.error(names[0], "missing; give it in every row")
        value = self.fields[name]
        try:
            number = Decimal(value.strip() if isinstance(value, str) else value)
        except (InvalidOperation, TypeError, ValueError):
            number = Decimal("nan")
        if isinstance(value, bool) or not number.is_finite():
            raise self.error(name, f"{value!r} is not a number; give one like 1500 or 0.25")
        return name, number


def read_rows(path: str | Path) -> list[Row]:
    """Read the requests of a log, gzipped or not; ``-`` reads standard input.

    It may be CSV with a header line; JSON Lines with an object for each request;
    a JSON array of such objects; or results of a serving benchmark with details,
    objects with the arrays ``input_lens`` and ``ttfts``, as vLLM's ``bench serve
    --save-detailed`` and SGLang's ``bench_serving --output-details`` write them.

    Raises
    ------
    InputError
        If it can't be read, is none of these, or has no rows.
    """
    raw = read_utf8(path)
    refuse_own(raw, path, "a log of requests")
    start = raw.lstrip()[:1]
    with without_collection():
        rows = list(_json(raw, path) if start in (b"{", b"[") else _csv(raw, path))
    if not rows:
        raise InputError(f"{path}: no rows; give a log of at least one request")
    return rows


def check_column(path: str | Path, rows: Sequence[Row], what: str, names: Iterable[str]) -> None:
    """Refuse a log in which no row has one of ``names``, not even without a value.

    Parameters
    ----------
    path
        The file.
    rows
        All of it.
    what
        What the names are of.
    names
        Those that are accepted.

    Raises
    ------
    InputError
        With the names that are accepted, and those that are there.
    """
    names = tuple(names)
    if any(name in row.fields for row in rows for name in names):
        return
    there = list(dict.fromkeys(name for row in rows for name in row.fields))
    alone = there[0] if len(there) == 1 else ""
    if ";" in alone or "\t" in alone:
        raise InputError(
            f"{path}: a single column, {reprlib.repr(alone)}; put commas between cells"
        )
    known = ", ".join(there[:MOST_COLUMNS]) + (", …" if len(there) > MOST_COLUMNS else "")
    raise InputError(f"{path}: no column for {what} ({', '.join(names)}); the columns are {known}")


def _csv(raw: bytes, path: str | Path) -> Iterator[Row]:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not text ({error}); give CSV, JSON Lines or JSON") from error
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        heads = [_name(head) for head in next(lines, [])]
        double = next((head for head, times in Counter(heads).items() if times > 1), None)
        if double is not None:
            raise InputError(f"{path}: the head {double!r} stands twice; give each once")
        for cells in lines:
            where = f"{path}:{lines.line_num}"
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(heads):
                raise InputError(
                    f"{where}: {len(cells)} cells under {len(heads)} heads; give one for each"
                )
            yield Row(where, dict(zip(heads, cells, strict=True)))
    except csv.Error as error:
        raise InputError(f"{path}:{lines.line_num}: {error}; give CSV with a header") from error


def _json(raw: bytes, path: str | Path) -> Iterator[Row]:
    decoder = msgspec.json.Decoder(float_hook=Decimal)  # so that times stay as they are written
    try:
        whole = decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        for number, item in decode_lines(raw, decoder, path):  # names the line that is wrong
            yield from _requests(item, f"{path}:{number}")
        return
    items = whole if isinstance(whole, list) else [whole]
    for number, item in enumerate(items, start=1):
        yield from _requests(item, f"{path}: request {number}")


def _requests(item: Any, where: str) -> Iterator[Row]:
    """The row that an object is, or the rows that its arrays hold."""
    if not isinstance(item, dict):
        raise InputError(f"{where}: not an object; give one for each request")
    if not isinstance(item.get(LENGTHS), list):
        yield Row(where, {_name(key): value for key, value in item.items()})
        return
    columns = {name: item[key] for key, name in ARRAYS.items() if isinstance(item.get(key), list)}
    n = len(item[LENGTHS])
    for key, name in ARRAYS.items():
        if name in columns and len(columns[name]) != n:
            raise InputError(
                f"{where}: {key}: {len(columns[name])} entries, but {LENGTHS} has {n}; "
                "give one per request"
            )
    for k, values in enumerate(zip(*columns.values(), strict=True)):
        yield Row(f"{where}, entry {k}", dict(zip(columns, values, strict=True)))


@lru_cache(MOST_NAMES)
def _name(head: str) -> str:
    return head.strip().lower().replace(" ", "_").replace("-", "_")

"""Tests of rows from CSV, JSON Lines and JSON."""

import gzip
from decimal import Decimal

import pytest

from prefixsched.io.rows import read_rows
from prefixsched.model.errors import InputError

TEXTS = {
    "csv": "Prompt Tokens,time-ms\n5,0.5\n\n6,1e1\n",
    "json lines": '{"prompt_tokens": 5, "time_ms": 0.5}\n\n{"prompt_tokens": 6, "time_ms": 1e1}\n',
    "json": '[{"prompt_tokens": 5, "time_ms": 0.5}, {"prompt_tokens": "6", "time_ms": 10}]',
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, b"\xef\xbb\xbf".__add__])
def test_every_format_gives_the_same_rows(text, pack, tmp_path):
    """Numbers are exact, names are normalised, gzip and a byte order mark are undone."""
    path = tmp_path / "log"
    path.write_bytes(pack(text.encode()))
    rows = read_rows(path)
    assert [row.tokens(["prompt_tokens"], 1) for row in rows] == [5, 6]
    assert [row.microseconds({"time_ms": 1000}) for row in rows] == [500, 10_000]


def test_a_time_is_not_a_float(tmp_path):
    """A decimal that no float has stays as it is written, and rounds half up to ticks."""
    path = tmp_path / "log.json"
    path.write_text('{"s": 1234567.1234565}')
    (row,) = read_rows(path)
    assert row.microseconds({"s": 10**6}) == Decimal("1234567123456.5")
    assert row.ticks({"s": 10**6}) == 1234567123457


def test_the_place_of_a_row_is_named(tmp_path):
    """Lines count from 1 with the header, entries of arrays from 0."""
    path = tmp_path / "log"
    places = []
    for text in (*TEXTS.values(), '{"input_lens": [5, 6]}'):
        path.write_text(text)
        places.append(read_rows(path)[1].where.removeprefix(str(path)))
    assert places == [":4", ":3", ": request 2", ": request 1, entry 1"]


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"a,b\n\xff,1\n"])
def test_bytes_that_are_no_text_are_refused(raw, tmp_path):
    """A binary file is named as such."""
    path = tmp_path / "log"
    path.write_bytes(raw)
    with pytest.raises(InputError, match="not text"):
        read_rows(path)

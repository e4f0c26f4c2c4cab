"""Tests of tables for people."""

import pytest
from rich.console import Console

from prefixsched.cli import output, tables

ROWS = [("shortest-extend-length", "2,008,941", "1.26–1.33"), ("fcfs", "3", "6.50–10.26")]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
@pytest.mark.parametrize("words", [False, True])
def test_nothing_is_cut(width, words, monkeypatch, capsys):
    """However narrow the terminal is: numbers run over, and words are wrapped."""
    monkeypatch.setattr(output, "terminal", lambda **_: Console(width=width))
    rows = [(*row, "a word or two and then some more of them") for row in ROWS] if words else ROWS
    heads = ("policy", "max", "ratio", "what it is")[: len(rows[0])]
    output.show(tables.table(heads, rows, words=words, title="a title"), wrap=words)
    text = capsys.readouterr().out
    assert "…" not in text
    for row in ROWS:
        for cell in row:
            assert cell in text
    for head in ("policy", "max", "ratio"):
        assert head in text
    if words:
        assert text.count("more") == text.count("some") == len(ROWS)


def test_words_fit_where_there_is_room(monkeypatch, capsys):
    """The last column of words takes what the screen leaves."""
    monkeypatch.setattr(output, "terminal", lambda **_: Console(width=50))
    output.show(tables.table(("name", "what"), [("a", "word " * 30)], words=True), wrap=True)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 50


@pytest.mark.parametrize(
    ("ticks", "unit", "says"),
    [
        (5000, "us", ("5,000", "us")),
        (3_536_999_000, "us", ("3,537.0", "s")),
        (12_345_678, "us", ("12,345.7", "ms")),
        (3_536_999_000, "tick", ("3,536,999,000", "tick")),
        (None, "us", (tables.NOTHING, "")),
    ],
)
def test_a_time_alone(ticks, unit, says):
    """As a person reads it: exact while it is short, in a coarser unit where it is long."""
    assert tables.duration(ticks, unit) == says

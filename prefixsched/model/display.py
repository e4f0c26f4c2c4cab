"""How results look in a session: one line as ``repr``, a table in notebooks, records for pandas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

MOST_NAME = 40
"""Characters of a name that are shown; half a line."""
MOST_ROWS = 12
"""Rows of a table in a notebook; :meth:`Displayed.records` has all."""
MOST_LINE = 200
"""Characters of a sentence that is shown: two lines."""
DIGITS = 4
"""Significant digits of a number that isn't whole."""

Records = list[dict[str, Any]]


class Headed:
    """What has a headline, and so a short repr; a dataclass that is one says ``repr=False``."""

    def _headline(self) -> str:
        """What it is, on one line; names in it went through :func:`name_text`."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{line(self, self._headline())}>"


class Displayed(Headed):
    """What has rows below its headline, and so a table in notebooks, and records."""

    def _records(self, most: int | None) -> Records:
        """The first ``most`` rows, all where None: plain Python values by name."""
        raise NotImplementedError

    def _size(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def _cells(self, most: int) -> Records:
        """The first ``most`` rows as people read them: the same, unless a class says else."""
        return self._records(most)

    def records(self) -> Records:
        """One flat dictionary for each row, as ``pandas.DataFrame`` takes them."""
        return self._records(None)

    def _repr_html_(self) -> str:
        return table(line(self, self._headline()), self._cells(MOST_ROWS), self._size())


def line(shown: object, headline: str) -> str:
    """The name of its class, and what it holds."""
    return f"{type(shown).__name__} {headline}"


def rows_of(columns: Mapping[str, Sequence[Any]]) -> Records:
    """The rows of a table that is given by its columns."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def table(headline: str, rows: Records, size: int) -> str:
    """An HTML table, in which whatever comes from a file is text.

    Parameters
    ----------
    headline
        What stands above it.
    rows
        What it shows, all with the same names.
    size
        How many rows there are in all; those that aren't shown are counted below.
    """
    body = "".join(
        f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row.values())}</tr>" for row in rows
    )
    more = size - len(rows)
    foot = f"<p>and {more:,} more</p>" if more > 0 else ""
    heads = "".join(
        f"<th>{escape(name.replace('_', ' '))}</th>" for name in (rows[0] if rows else ())
    )
    return (
        f"<div><p>{escape(headline)}</p><table><thead><tr>{heads}</tr></thead>"
        f"<tbody>{body}</tbody></table>{foot}</div>"
    )


def name_text(name: str, most: int = MOST_NAME) -> str:
    """A name on one line, cut where it is long; what has no shape stands as Python escapes it."""
    cut = name if len(name) <= most else f"{name[: most - 1]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)


def query_count(n: int) -> str:
    """So many queries, in words."""
    return "1 query" if n == 1 else f"{n:,} queries"


def number_text(value: float | None) -> str:
    """A number as people read it; a dash for None."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.{DIGITS}g}" if abs(value) < 10**DIGITS else f"{value:,.0f}"


def _cell(value: Any) -> str:
    """A value as people read it, in HTML."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, int | float):
        return number_text(value)
    return escape(name_text(str(value)))

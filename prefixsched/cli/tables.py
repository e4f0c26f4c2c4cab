"""Numbers and tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from prefixsched.io.escape import escaped, shown
from prefixsched.model.units import coarser

if TYPE_CHECKING:
    from rich.table import Table

NOTHING = "–"
MOST_TICKS = 9_999_999
"""Tables with longer times use a coarser unit, so that they fit into 80 columns."""
MOST_FOR_DECIMAL = 100_000
LEAST_WORDS = 16
"""Columns of the screen that words get, however narrow it is."""

Fact = tuple[str, str, str] | tuple[str, str]
"""A name with a number and its unit, or a name with words."""


def count(value: int | None) -> str:
    """An integer with its thousands separated."""
    return NOTHING if value is None else f"{value:,}"


def queries(n: int) -> str:
    """So many queries, in words."""
    return "1 query" if n == 1 else f"{n:,} queries"


def number(value: float | None) -> str:
    """An integer, or a mean with a decimal, with its thousands separated."""
    return count(value) if value is None or isinstance(value, int) else f"{value:,.1f}"


def percent(share: float | None) -> str:
    """A share of 1 in percent; tiny ones keep two digits."""
    if share is None:
        return NOTHING
    digits = 1 if share == 0 or share >= 0.0005 else 2
    return f"{100 * share:,.{digits}f}%"


def seconds(value: float) -> str:
    """A duration."""
    if value < 0.005:
        return "<0.01 s"
    return f"{value:.2f} s" if value < 0.095 else f"{value:.1f} s"


def ratio(low: Fraction | None, high: Fraction | None) -> str:
    """A ratio known to lie from ``low`` to ``high``."""
    from prefixsched.studies.intervals import ratio_text

    return ratio_text(low, high)


def duration(ticks: int | None, unit: str) -> tuple[str, str]:
    """A time alone, and its unit: in ticks while it is short, else to a tenth in a coarser unit."""
    if ticks is None:
        return NOTHING, ""
    if ticks <= MOST_TICKS:
        return count(ticks), unit
    factor, unit = coarser(unit, ticks, MOST_FOR_DECIMAL)
    return (count(ticks) if factor == 1 else f"{ticks / factor:,.1f}"), unit


class Times:
    """How times stand in a table: in ticks while they are short, else in a coarser unit.

    Parameters
    ----------
    unit
        What a tick is.
    longest
        The longest time of the table, in ticks.
    """

    def __init__(self, unit: str, longest: int) -> None:
        self.factor, self.unit = coarser(unit, longest, MOST_TICKS)
        self.digits = 1 if longest < MOST_FOR_DECIMAL * self.factor else 0

    @property
    def title(self) -> str:
        """The unit, and whether times are rounded to it."""
        return self.unit if self.factor == 1 else f"{self.unit}, rounded"

    def __call__(self, ticks: int) -> str:
        """A time, in whole units."""
        return count((ticks + self.factor // 2) // self.factor)

    def mean(self, ticks: float) -> str:
        """A mean, with a decimal where the table's times are short."""
        return f"{ticks / self.factor:,.{self.digits}f}"


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, words: bool = False, title: str = ""
) -> Table:
    """A table of numbers, aligned at the right but for the first column, or of ``words``.

    The last column of words may be wrapped; numbers never are. All of it stands as
    it is: no markup, and nothing that acts on the terminal.
    """
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    cells = list(rows)
    made = Table(
        box=box.SIMPLE_HEAD,
        title=Text(escaped(title, "\n") + "\n") if title else None,
        title_justify="left",
        title_style="",
        pad_edge=False,
        show_edge=False,
        collapse_padding=True,
    )
    for k, head in enumerate(heads):
        wraps = words and k == len(heads) - 1
        longest = max(cell_len(text) for text in (head, *(row[k] for row in cells)))
        made.add_column(
            Text(shown(head)),
            justify="left" if words or k == 0 else "right",
            no_wrap=not wraps,
            min_width=min(longest, LEAST_WORDS) if wraps else longest,
        )
    for row in cells:
        made.add_row(*(Text(shown(cell)) for cell in row))
    return made


def block(facts: Sequence[Fact]) -> str:
    """Facts as lines: name, then a number aligned at the right and its unit, or words."""
    name = max(len(fact[0]) for fact in facts)
    number = max(len(fact[1]) for fact in facts if len(fact) == 3)
    return "\n".join(
        f"  {fact[0]:{name}}  "
        + (f"{fact[1]:>{number}} {fact[2]}".rstrip() if len(fact) == 3 else fact[1])
        for fact in facts
    )

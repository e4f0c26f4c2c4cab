"""What a person sees of long work, on standard error and only on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from prefixsched.cli import cut
from prefixsched.cli.output import on_terminal, terminal
from prefixsched.cli.tables import NOTHING, count, number, percent
from prefixsched.io.escape import shown
from prefixsched.runtime import limits

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from prefixsched.offline.result import Progress

REFRESH_PER_SECOND = 4
COMPILING = "prefixsched: compiling numerical kernels, once per installation; some seconds each"
LINE = "{name}  {lower} to {upper} {unit}  gap {gap}  {nodes} nodes  {seconds:.{digits}f} s"
BEGIN = "{name}  {seconds:.0f} s"

_told = False
_live: Console | None = None  # where a live line stands now, which other lines must go above


def announce_compilation() -> None:
    """Say so, once and in a pipe too, should kernels have to be compiled: that is no search."""
    global _told  # noqa: PLW0603  # a process compiles once
    if not _told:
        from prefixsched.kernels.jit import on_first_compile

        _told = True
        on_first_compile(_announce)


def _announce() -> None:
    _above(COMPILING)


def _above(text: str) -> None:
    """Print a line on standard error, above the live one where there is one."""
    if _live is None:
        click.echo(text, err=True)
    else:
        _live.print(text, markup=False, soft_wrap=True)


def tell(text: str) -> None:
    """Say what is under way, to whoever watches a terminal."""
    if on_terminal():
        _above(text)


class Bracket:
    """The latest bracket of a run as one line; rich asks for it a few times a second.

    Parameters
    ----------
    name, unit
        What the line begins with, and what the bounds count.
    parts
        What the bounds are to be divided by: the queries, where they are sums over them.
    verbose
        Whether each better bound is printed on a line of its own.
    """

    def __init__(self, name: str, unit: str, parts: int = 1, *, verbose: bool = False) -> None:
        self.name = shown(name)
        self.unit = unit
        self.parts = parts
        self.verbose = verbose
        self.began = limits.now()
        self.latest: Progress | None = None

    def __call__(self, progress: Progress) -> None:
        """Take up news."""
        before, self.latest = self.latest, progress
        cut.word.latest = progress
        if self.verbose and (before is None or _bounds(before) != _bounds(progress)):
            _above(self.line(limits.now() - self.began, digits=2))

    def __rich__(self) -> RenderableType:
        from rich.text import Text

        return Text(self.line(limits.now() - self.began), style="dim", overflow="ellipsis")

    def line(self, seconds: float, digits: int = 0) -> str:
        """What is known after ``seconds``."""
        now = self.latest
        if now is None:
            return BEGIN.format(name=self.name, seconds=seconds)
        known = now.upper_bound is not None and now.lower_bound > 0
        gap = (now.upper_bound - now.lower_bound) / now.lower_bound if known else None  # type: ignore[operator]
        return LINE.format(
            name=self.name,
            lower=self._shown(now.lower_bound),
            upper=self._shown(now.upper_bound),
            unit=self.unit,
            gap=NOTHING if gap is None else percent(gap),
            nodes=count(now.nodes),
            seconds=seconds,
            digits=digits,
        )

    def _shown(self, bound: int | None) -> str:
        return number(bound if bound is None or self.parts == 1 else bound / self.parts)


def _bounds(progress: Progress) -> tuple[int, int | None]:
    return progress.lower_bound, progress.upper_bound


@contextmanager
def bracket(
    name: str, unit: str, *, quiet: bool, verbose: bool = False, parts: int = 1
) -> Iterator[Callable[[Progress], None]]:
    """Follow a run's bracket while the block lasts, and show it where somebody watches.

    With ``verbose`` each better bound is a line on standard error, watched or not.
    """
    global _live  # noqa: PLW0603  # there is one terminal
    line = Bracket(name, unit, parts, verbose=verbose)
    word = cut.word
    word.name, word.unit, word.parts, word.latest = name, unit, parts, None
    if quiet or not on_terminal():
        yield line
        return
    from rich.live import Live

    _live = terminal(err=True)
    try:
        with Live(
            line,
            console=_live,
            refresh_per_second=REFRESH_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        ):
            yield line
    finally:
        _live = None


@contextmanager
def counter(
    name: str, total: int, done: int, *, quiet: bool, of: str = "rows"
) -> Iterator[Callable[[object], None] | None]:
    """Show how many rows (or what ``of`` says) are there, and the time left.

    None where nobody watches.
    """
    global _live  # noqa: PLW0603  # there is one terminal
    if quiet or not on_terminal():
        yield None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    _live = terminal(err=True)
    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
        TextColumn(of), TimeElapsedColumn(), TextColumn("left:"), TimeRemainingColumn(),
    )  # fmt: skip
    try:
        with Progress(*columns, console=_live, redirect_stdout=False, redirect_stderr=False) as bar:
            task = bar.add_task(shown(name), total=total, completed=done)
            yield lambda _: bar.advance(task)
    finally:
        _live = None

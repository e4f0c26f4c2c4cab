"""What goes to standard output, to standard error, and into files."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prefixsched.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

PIPE_WIDTH = 200
"""Columns for output that no terminal limits."""


def print_json(value: Any) -> None:
    """Print one JSON object."""
    import msgspec

    from prefixsched.io.files import write_bytes

    write_bytes("-", msgspec.json.encode(value) + b"\n")


def show(renderable: RenderableType, *, err: bool = False, wrap: bool = False) -> None:
    """Print something of rich's, never cut off.

    What is wider than the terminal runs over; if ``wrap`` says so it is first wrapped
    by words, as far as they allow. A pipe gets it plain, and as wide as it is.
    """
    from rich.measure import Measurement

    console = terminal(err=err)
    needed = Measurement.get(console, console.options.update(max_width=10_000), renderable)
    # A width that is passed to print is cut down to the console's own.
    console.width = max(needed.minimum if wrap else needed.maximum, console.width)
    with console.capture() as captured:
        console.print(renderable, crop=False)
    lines = [line.rstrip() for line in captured.get().rstrip().splitlines()]
    click.echo("\n".join(lines), err=err)


def terminal(*, err: bool) -> Console:
    """A console on one of the standard streams as it is now."""
    from rich.console import Console

    stream = sys.stderr if err else sys.stdout
    return Console(
        file=stream, width=None if stream.isatty() else PIPE_WIDTH, highlight=False, emoji=False
    )


def on_terminal() -> bool:
    """Whether a person watches standard error."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def say(text: str) -> None:
    """Tell a person who watches; nobody else."""
    if on_terminal():
        click.echo(text, err=True)


def check_output(path: str) -> None:
    """Find out before the work begins whether a file can be written.

    Raises
    ------
    InputError
        If it can't.
    """
    if path == "-":
        return
    if Path(path).is_dir():
        raise InputError(f"{path}: can't write: is a directory; give the path of a file")
    try:
        with tempfile.TemporaryFile(dir=Path(path).parent):
            pass
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(
            f"{path}: can't write: {reason}; give a path in a writable folder"
        ) from error

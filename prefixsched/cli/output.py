"""What goes to standard output, to standard error, and into files."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from prefixsched.io.escape import escaped, json_escape
from prefixsched.model.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

PIPE_WIDTH = 200
"""Columns for output that no terminal limits."""
INPUTS = "prefixsched.inputs"
"""Where click keeps, for the command that runs, the paths of what it reads."""


def print_json(value: Any) -> None:
    """Print one JSON object."""
    import msgspec

    from prefixsched.io.files import write_bytes

    text = msgspec.json.encode(value).decode()
    write_bytes("-", escaped(text, escape=json_escape).encode() + b"\n")


def echo(text: str = "", *, err: bool = False) -> None:
    """Print lines; nothing in them acts on the terminal."""
    click.echo(escaped(text, "\n"), err=err)


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
        echo(text, err=True)


def note_input(ctx: click.Context | None, path: str) -> None:
    """Keep the path of something that the command reads, so that no output destroys it."""
    if ctx is not None:
        ctx.meta.setdefault(INPUTS, []).append(path)


def check_output(path: str, *others: str | None) -> None:
    """Find out before the work begins whether a file can be written, and destroys nothing.

    Parameters
    ----------
    path
        Where it is to go.
    others
        Other outputs of the command, where given.

    Raises
    ------
    InputError
        If it can't be written, or is what the command reads or writes besides.
    """
    from prefixsched.io.files import check_writable, same_file

    if path == "-":
        return
    ctx = click.get_current_context(silent=True)
    for read in () if ctx is None else ctx.meta.get(INPUTS, ()):
        if same_file(path, read):
            raise InputError(f"{path}: is read by this command; give another path for the output")
    check_writable(path)
    for other in others:
        if other not in (None, "-") and os.path.realpath(path) == os.path.realpath(str(other)):
            raise InputError(f"{path}: two outputs go there; give each its own path")

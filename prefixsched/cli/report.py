"""``prefixsched report``."""

from __future__ import annotations

from pathlib import Path

import click

from prefixsched.cli.options import OUTPUT, RESULTS
from prefixsched.cli.output import check_output, say

EPILOG = """\b
Example:
  prefixsched bench smoke -o out
  prefixsched report out -o report.html
"""


@click.command(epilog=EPILOG)
@click.argument("folder", metavar="DIR", type=RESULTS)
@click.option(
    "-o", "--output", metavar="FILE", type=OUTPUT, required=True, help="Where to write the page."
)
def report(folder: Path, output: str) -> None:
    """Make one self-contained page of a benchmark's results.

    DIR is the folder that prefixsched bench wrote.

    A table of certified ratios that can be sorted, charts, and schedules to
    look into, with filters by policy and family. It needs no network.
    """
    from prefixsched.cli import progress
    from prefixsched.io.files import write_bytes
    from prefixsched.report.page import render

    check_output(output)
    progress.announce_compilation()
    write_bytes(output, render(folder).encode())
    say(f"wrote the page to {output}")

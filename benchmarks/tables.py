"""Tables in Markdown files, each between markers and stamped with what it was measured on.

What stands around the markers is written by hand, and stays as it is.
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
import subprocess
from functools import cache
from pathlib import Path

import cpuinfo

import prefixsched as ps
from prefixsched.io.files import write_bytes

HERE = Path(__file__).parent


@cache
def stamp() -> str:
    """Commit, date, processor, cores and Python of this run."""
    commit = _git("rev-parse", "--short", "HEAD")
    if commit is None:
        source = f"prefixsched {ps.__version__}"
    else:
        source = f"commit {commit}" + (
            " and changes" if _git("status", "--porcelain", "-uno") else ""
        )
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    processor = cpuinfo.get_cpu_info().get("brand_raw") or platform.machine()
    cores = len(os.sched_getaffinity(0))
    python = platform.python_version()
    return f"{source}, {today}; {processor}, {cores} cores; Python {python}"


def _git(*args: str) -> str | None:
    """What git says of this checkout; None where there is no git, or no checkout."""
    try:
        done = subprocess.run(  # noqa: S603 - git, with our own words
            ["git", "-C", str(HERE), *args],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def write_table(path: Path, name: str, table: str) -> None:
    """Write a table into a Markdown file, in place of what the last run wrote.

    Parameters
    ----------
    path
        The file; made where there is none.
    name
        Of the markers; they are added at the end of a file that has none of that name.
    table
        Markdown, with its caption.
    """
    begin, end = f"<!-- table: {name} -->", f"<!-- end: {name} -->"
    block = f"{begin}\n{table.strip()}\n\n*{stamp()}*\n{end}"
    text = path.read_text("utf-8") if path.exists() else ""
    between = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if between.search(text):
        text = between.sub(lambda _: block, text, count=1)
    else:
        text = f"{text.rstrip()}\n\n{block}\n".lstrip()
    write_bytes(path, text.encode())

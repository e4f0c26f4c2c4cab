"""``prefixsched compile``."""

from __future__ import annotations

import click

from prefixsched.cli import progress, tables
from prefixsched.cli.output import echo
from prefixsched.runtime import limits

EPILOG = """\b
Example:
  prefixsched compile
"""


@click.command("compile", epilog=EPILOG, short_help="Compile all numerical kernels ahead.")
def compile_() -> None:
    """Compile all numerical kernels now, rather than each at its first use.

    A minute or two after an installation, so that no first answer waits for it. What is compiled
    is kept beside the package or, where that can't be written, in the user's cache folder;
    NUMBA_CACHE_DIR names another place.
    """
    from prefixsched.kernels.bounds.work import sweep_least
    from prefixsched.kernels.jit import cache_folder, compilations
    from prefixsched.studies.compilation import compile_kernels

    began, before = limits.Stopwatch(), compilations()
    for part in compile_kernels():
        progress.tell(part)
    done = compilations() - before
    folder = cache_folder(sweep_least)
    if not done:
        echo("all kernels are compiled")
    else:
        where = "nowhere, as no folder can be written" if folder is None else f"in {folder}"
        echo(f"compiled {done} functions in {tables.seconds(began.compiling)}, kept {where}")

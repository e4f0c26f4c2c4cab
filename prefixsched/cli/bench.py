"""``prefixsched bench``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prefixsched.cli import cut, progress, tables
from prefixsched.cli.options import json_option
from prefixsched.cli.output import print_json, show
from prefixsched.cli.program import UNANSWERED, complain
from prefixsched.cli.types import Named, Whole
from prefixsched.io.escape import shown
from prefixsched.model.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from prefixsched.bench.row import Row
    from prefixsched.bench.suite import Suite
    from prefixsched.bench.summary import Effort, Ratios

EPILOG = """\b
Example:
  prefixsched bench smoke -o smoke
  prefixsched bench paper --jobs 2 -o paper
  prefixsched bench traces --trace mooncake:conversation_trace.jsonl -o traces
  prefixsched bench my-suite.toml -o out
  prefixsched bench my-suite.toml -o out --resume

\b
Suites that come with the program: hard, paper, policies, smoke, traces.

\b
On a cluster (pip install '.[cluster]' in a checkout on every machine):
  dask scheduler --port 8786 &
  dask worker tcp://localhost:8786 --nworkers 2 --nthreads 1 &
  prefixsched bench paper --dask tcp://localhost:8786 -o out

\b
Exit codes:
  0  all rows are there
  2  bad input or usage; the rows written so far are intact
  3  interrupted; what is there is printed, and --resume goes on
"""
HEADS = ("policy", "streams", "certified", "median", "worst")
BACKEND_HEADS = ("backend", "streams", "proven", "median time", "median gap")


def _suites() -> list[str]:
    """The shipped suites, and TOML files of the current folder."""
    from prefixsched.bench.suite import shipped

    return [*shipped(), *sorted(map(str, Path().glob("*.toml")))]


class Traces(click.ParamType[tuple[str, str]]):
    """A format and a path with a colon between them."""

    name = "format:file"

    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Take ``value`` apart, or fail naming the option."""
        if isinstance(value, tuple):
            return value
        kind, colon, path = value.partition(":")
        if not colon or not path:
            self.fail(f"{value!r} is no trace; give one as mooncake:trace.jsonl", param, ctx)
        return kind, path


@click.command(epilog=EPILOG)
@click.argument("suite", metavar="SUITE", type=Named(_suites))
@click.option(
    "-o", "--output", metavar="DIR", required=True, help="The folder that the results go to."
)
@click.option(
    "--jobs",
    metavar="N",
    type=Whole(min=1),
    default=1,
    show_default=True,
    help="How many processes work.",
)
@click.option(
    "--dask", metavar="ADDRESS", help="A dask.distributed scheduler whose workers are used instead."
)
@click.option("--resume", is_flag=True, help="Go on with the results that DIR holds.")
@click.option(
    "--trace",
    "traces",
    type=Traces(),
    multiple=True,
    help="A trace for families that leave their path open; give it once for each format.",
)
@json_option
@click.pass_context
def bench(
    ctx: click.Context,
    suite: str,
    output: str,
    jobs: int,
    dask: str | None,
    resume: bool,
    traces: Sequence[tuple[str, str]],
    as_json: bool,
) -> None:
    """Run instances × policies, each against the optimum.

    SUITE is the name of a suite or the path of a TOML file. Each result is on
    the disk as soon as it is there, as a line of DIR/results.jsonl.

    With backends = ["auto", "dp", "cpsat"] in the file each seeks every
    optimum; ratios use the best bounds of all.
    """
    from prefixsched.bench.run import prepare, run_suite
    from prefixsched.bench.suite import read_suite

    if dask is not None and jobs > 1:
        raise click.UsageError("--jobs and --dask are both given; the cluster has its own workers")
    what = read_suite(suite, _paths(traces))
    store = prepare(what, Path(output), resume=resume)
    progress.announce_compilation()
    before = len(store.rows())
    ended = False
    try:
        with progress.counter(what.name, what.rows, before, quiet=as_json) as on_row:
            run_suite(what, store, jobs=jobs, dask=dask, on_row=on_row)
    except KeyboardInterrupt:
        ended = True
    with cut.printing():
        rows = store.rows()
        _tell(what, rows, len(rows) - before, as_json=as_json)
        if ended:
            there = f"{len(rows)} of {what.rows} rows"
            complain(f"interrupted; {there} are in {output}; --resume goes on")
    if ended:
        ctx.exit(UNANSWERED)


def _tell(what: Suite, rows: Sequence[Row], new: int, *, as_json: bool) -> None:
    """Print what the rows that are there come to."""
    from prefixsched.bench.summary import efforts, ratios

    found, sought = ratios(rows), efforts(rows)
    if as_json:
        print_json(
            {
                "suite": what.name,
                "hash": what.hash,
                "instances": len(what.tasks),
                "rows": len(rows),
                "new_rows": new,
                "seconds": round(cut.elapsed(), 3),
                "policies": [each.as_dict() for each in found],
                "backends": [each.as_dict() for each in sought],
            }
        )
        return
    if not rows:
        return
    show(ratio_table(found, f"{shown(what.name)}: largest TTFT / optimum, certified"))
    if len(sought) > 1:
        click.echo()
        show(effort_table(sought, "backends, each by itself"))


def ratio_table(found: Sequence[Ratios], title: str) -> Table:
    """Median and worst ratio, one row per policy."""
    return tables.table(
        HEADS,
        [
            (
                each.policy,
                tables.count(each.streams),
                tables.count(each.exact),
                tables.ratio(each.median_low, each.median_high),
                tables.ratio(each.worst_low, each.worst_high),
            )
            for each in found
        ],
        title=title,
    )


def effort_table(sought: Sequence[Effort], title: str) -> Table:
    """What was proven in what time, one row per backend."""
    return tables.table(
        BACKEND_HEADS,
        [
            (
                each.backend,
                tables.count(each.streams),
                tables.count(each.proven),
                tables.seconds(each.median_seconds),
                tables.percent(None if each.median_gap is None else float(each.median_gap)),
            )
            for each in sought
        ],
        title=title,
    )


def _paths(traces: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Absolute paths by format: workers may have another current folder."""
    paths: dict[str, str] = {}
    for kind, path in traces:
        if kind in paths:
            raise InputError(f"--trace: {kind} is given twice; give it once")
        if not Path(path).is_file():
            raise InputError(f"--trace: {path}: no such file; give the path of a trace")
        paths[kind] = str(Path(path).resolve())
    return paths

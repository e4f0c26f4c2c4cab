"""``prefixsched simulate``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

import prefixsched as ps
from prefixsched.cli import progress, tables
from prefixsched.cli.options import PATH, instance_argument, json_option, policy_option
from prefixsched.cli.output import check_output, print_json, say, show

if TYPE_CHECKING:
    from rich.table import Table

    from prefixsched.simulate import Simulation

EPILOG = """\b
Example:
  prefixsched simulate rasq.json -p fcfs -p lpm -p k-lpm:4
"""
HEADS = ("policy", "max", "P50", "P90", "P99", "mean", "makespan", "reuse")


@click.command(epilog=EPILOG)
@instance_argument
@policy_option(required=True)
@click.option(
    "-o",
    "--output",
    metavar="SCHEDULE",
    type=PATH,
    help="Where to write the order of service, as a schedule file; with one policy only.",
)
@json_option
def simulate(
    instance: str,
    policies: Sequence[str],
    output: str | None,
    as_json: bool,
) -> None:
    """Run online policies on a stream of queries."""
    if output is not None:
        if len(policies) > 1:
            raise click.UsageError(
                f"-o with {len(policies)} policies; a schedule file holds one, so give one -p"
            )
        if output == "-" and as_json:
            raise click.UsageError("-o - and --json both want standard output; give -o a file")
        check_output(output)
    queries = ps.read(instance)
    progress.announce_compilation()
    runs = [ps.simulate(queries, policy) for policy in policies]
    if as_json:
        print_json({"instance": queries.name, "results": [run.as_dict() for run in runs]})
    else:
        show(policy_table(queries, runs), err=output == "-")
    if output is not None:
        _write(runs[0], output)


def policy_table(instance: ps.Instance, runs: Sequence[Simulation]) -> Table:
    """One row per policy."""
    tokens = int(instance.length.sum())
    times = tables.Times(instance.time_unit, max(run.makespan for run in runs))
    return tables.table(
        HEADS,
        [
            (
                run.policy,
                *map(times, (run.max, run.p50, run.p90, run.p99)),
                times.mean(run.mean),
                times(run.makespan),
                tables.percent(run.reused_tokens / tokens if tokens else None),
            )
            for run in runs
        ],
        title=f"{instance.name}: TTFT in {times.title}",
    )


def _write(run: Simulation, path: str) -> None:
    from prefixsched.io.schedule_file import ScheduleFile, write_schedule

    fields = run.as_dict()
    schedule = ScheduleFile(
        format="prefixsched-schedule/1",
        instance=run.instance.name,
        order=fields["order"],
        ttft=run.max,
        backend=run.policy,
    )
    write_schedule(schedule, path)
    say(f"wrote the schedule to {path}")

"""``prefixsched simulate``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

import prefixsched as ps
from prefixsched.cli import progress, tables
from prefixsched.cli.notices import warn_of_allowances
from prefixsched.cli.options import OUTPUT, instance_argument, json_option, policy_option
from prefixsched.cli.output import check_output, print_json, say, show
from prefixsched.cli.types import Whole
from prefixsched.io.escape import shown

if TYPE_CHECKING:
    from rich.table import Table

    from prefixsched.online.simulation import Simulation

EPILOG = """\b
Example:
  prefixsched generate rasq --load 1.2 -o rasq.json
  prefixsched simulate rasq.json -p fcfs -p lpm -p k-lpm:4
  prefixsched generate rasq --load 1.2 --cache unbounded -o unbounded.json
  prefixsched simulate unbounded.json -p lpm --batch-tokens 8192 --step-ticks 5000
"""
HEADS = ("policy", "max", "P50", "P90", "P99", "mean", "makespan", "reuse")


@click.command(epilog=EPILOG)
@instance_argument
@policy_option(required=True)
@click.option(
    "--batch-tokens",
    metavar="TOKENS",
    type=Whole(min=1),
    help="Let each step of the server compute up to so many tokens, of several prompts, the last "
    "one in chunks, as SGLang's chunked-prefill-size and vLLM's max-num-batched-tokens do. Beyond "
    "the exact model, so there is no optimum to compare with.",
)
@click.option(
    "--step-ticks",
    metavar="T",
    type=Whole(min=0),
    default=0,
    show_default=True,
    help="With --batch-tokens, what each step takes besides its tokens.",
)
@click.option(
    "-o",
    "--output",
    metavar="SCHEDULE",
    type=OUTPUT,
    help="Where to write the order of service, as a schedule file; with one policy only.",
)
@json_option
def simulate(
    instance: str,
    policies: Sequence[str],
    batch_tokens: int | None,
    step_ticks: int,
    output: str | None,
    as_json: bool,
) -> None:
    """Run online policies on a stream of queries."""
    if batch_tokens is None and step_ticks:
        raise click.UsageError("--step-ticks without --batch-tokens; give both")
    if batch_tokens is not None and output is not None:
        raise click.UsageError("-o with --batch-tokens; a schedule file is of the exact model")
    if output is not None:
        if len(policies) > 1:
            raise click.UsageError(
                f"-o with {len(policies)} policies; a schedule file holds one, so give one -p"
            )
        if output == "-" and as_json:
            raise click.UsageError("-o - and --json both want standard output; give -o a file")
        check_output(output)
    queries = ps.read(instance)
    warn_of_allowances(queries, policies)
    progress.announce_compilation()
    if batch_tokens is not None:
        _batched(queries, policies, batch_tokens, step_ticks, as_json)
        return
    runs = [ps.simulate(queries, policy) for policy in policies]
    if as_json:
        print_json(_fields(queries, runs))
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
        title=f"{shown(instance.name)}: TTFT in {times.title}",
    )


def _batched(
    queries: ps.Instance,
    policies: Sequence[str],
    batch_tokens: int,
    step_ticks: int,
    as_json: bool,
) -> None:
    from prefixsched.online.batched import simulate_batched

    runs = [simulate_batched(queries, policy, batch_tokens, step_ticks) for policy in policies]
    if as_json:
        print_json(_fields(queries, runs) | {"model": "batched"})
        return
    show(policy_table(queries, runs))
    click.echo(
        f"Steps of up to {batch_tokens:,} tokens: beyond the exact model, "
        "so not to be held against a certified optimum."
    )


def _fields(instance: ps.Instance, runs: Sequence[Simulation]) -> dict[str, Any]:
    """What ``--json`` prints."""
    return {
        "instance": instance.name,
        "time_unit": instance.time_unit,
        "results": [run.as_dict() for run in runs],
    }


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

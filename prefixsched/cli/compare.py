"""``prefixsched compare``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

import prefixsched as ps
from prefixsched.cli import cut, progress, tables
from prefixsched.cli.notices import warn_of_allowances
from prefixsched.cli.options import (
    PATH,
    backend_option,
    json_option,
    policy_option,
    time_limit_option,
)
from prefixsched.cli.output import echo, print_json, show
from prefixsched.cli.program import UNANSWERED
from prefixsched.io.escape import shown
from prefixsched.studies.defaults import COMPARE_SECONDS, DEFAULT_POLICIES

if TYPE_CHECKING:
    from rich.table import Table

    from prefixsched.studies.compare import Comparison

EPILOG = """\b
Example:
  prefixsched generate rasq --load 1.2 -o busy.json
  prefixsched generate rasq --load 0.8 -o calm.json
  prefixsched compare busy.json
  prefixsched compare busy.json calm.json -p fcfs -p k-lpm:8 --time-limit 300

\b
Exit codes:
  0  every optimum of the maximum is certified; that of P99 need not be
  2  bad input or usage
  3  an optimum is only bracketed; the ratios are intervals
"""
HEADS = ("policy", "max", "P50", "P90", "P99", "mean", "ratio")


def sentence(comparison: Comparison) -> str:
    """What is known of the optimum, in words."""
    result, p99 = comparison.result, comparison.p99
    unit = result.instance.time_unit
    how = f"({result.backend}, {tables.seconds(result.seconds)})"
    if result.answered:
        says = f"{shown(result.instance.name)}: certified optimum {result.ttft:,} {unit} {how}"
    else:
        says = (
            f"{shown(result.instance.name)}: optimum between "
            f"{tables.count(result.lower_bound)} and {tables.count(result.upper_bound)} "
            f"{unit}, gap {tables.percent(result.gap)} {how}"
        )
    if not comparison.two:
        return says
    how = f"({p99.backend}, {tables.seconds(p99.seconds)})"
    if p99.answered:
        return f"{says}\nleast P99 {tables.count(p99.ttft)} {unit}, certified {how}"
    return (
        f"{says}\nleast P99 between {tables.count(p99.lower_bound)} and "
        f"{tables.count(p99.upper_bound)} {unit}, gap {tables.percent(p99.gap)} {how}"
    )


def table(comparison: Comparison) -> Table:
    """One row per policy."""
    unit, runs = comparison.instance.time_unit, comparison.runs
    times = tables.Times(unit, max(run.max for run in runs))
    rows = []
    for run in runs:
        numbers = [*map(times, (run.max, run.p50, run.p90, run.p99)), times.mean(run.mean)]
        ratios = [tables.ratio(*comparison.ratio(run))]
        if comparison.two:
            ratios.append(tables.ratio(*comparison.p99_ratio(run)))
        rows.append((run.policy, *numbers, *ratios))
    title = f"TTFT in {times.title}; ratio is max / optimum"
    if comparison.two:
        return tables.table(
            (*HEADS, "P99 ratio"), rows, title=f"{title}, P99 ratio is P99 / least P99"
        )
    return tables.table(HEADS, rows, title=title)


@click.command(epilog=EPILOG)
@click.argument("instances", metavar="FILE...", nargs=-1, required=True, type=PATH)
@policy_option(default=DEFAULT_POLICIES)
@backend_option
@time_limit_option(COMPARE_SECONDS)
@json_option
@click.pass_context
def compare(
    ctx: click.Context,
    instances: Sequence[str],
    policies: Sequence[str],
    backend: str,
    time_limit: float,
    as_json: bool,
) -> None:
    """Hold policies against the certified optimum.

    The competitive ratio is a policy's largest TTFT over the least possible
    one, on this instance; an interval where the optimum is only bracketed. From 100
    queries on the same is said of P99, whose optimum is a question of its own: the
    maximum then has half of the time limit, and P99 what is left.
    """
    if instances.count("-") > 1:
        raise click.UsageError("- is given twice; standard input holds one file")
    from prefixsched.studies.compare import compare as hold

    streams = [ps.read(path) for path in instances]
    progress.announce_compilation()
    done: list[Comparison] = []
    for k, queries in enumerate(streams):
        warn_of_allowances(queries, policies)
        cut.word.queries = queries.n
        cut.word.fields = lambda _: {"comparisons": [each.as_dict() for each in done]}
        with progress.bracket(queries.name, queries.time_unit, quiet=as_json) as on_progress:
            made = hold(
                queries,
                policies,
                backend=backend,
                time_limit=(cut.left(time_limit) or 0.0) / (len(streams) - k),
                on_progress=on_progress,
            )
        done.append(made)
        if not as_json:
            with cut.printing(last=k == len(streams) - 1):
                if k > 0:
                    echo()
                echo(sentence(made))
                show(table(made))
        if made.interrupted:
            break
    if as_json:
        told = [comparison.as_dict() for comparison in done]
        alone = told[0] if len(streams) == len(told) == 1 else {}
        with cut.printing():
            print_json(alone | {"comparisons": told})
    if not all(comparison.result.answered for comparison in done):
        ctx.exit(UNANSWERED)

"""``prefixsched compare``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

import prefixsched as ps
from prefixsched.cli import cut, progress, tables
from prefixsched.cli.notices import warn_of_allowances
from prefixsched.cli.options import (
    DEFAULT_POLICIES,
    PATH,
    backend_option,
    json_option,
    policy_option,
    time_limit_option,
)
from prefixsched.cli.output import echo, print_json, show
from prefixsched.cli.program import UNANSWERED
from prefixsched.io.escape import shown
from prefixsched.verifier.objective import Objective

if TYPE_CHECKING:
    from rich.table import Table

    from prefixsched.offline.result import Result
    from prefixsched.online.simulation import Simulation

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
P99_FROM = 100
"""Queries from which on the 99th percentile isn't the maximum."""
MAX_SHARE = 0.5
"""Of the time limit for the maximum where P99 is another question; P99 has what that leaves."""


Interval = tuple[Fraction | None, Fraction | None]


@dataclass(frozen=True)
class Comparison:
    """Policies on one instance, against its optimum.

    Parameters
    ----------
    result
        What is known of the optimum.
    p99
        What is known of the least P99: the same, where that is the maximum.
    runs
        What the policies did.
    """

    result: Result
    p99: Result
    runs: Sequence[Simulation]

    def ratio(self, run: Simulation) -> Interval:
        """The least and greatest that the competitive ratio can be; None where undefined."""
        return self.result.ratio(run.max)

    def p99_ratio(self, run: Simulation) -> Interval:
        """The same of the 99th percentiles."""
        return self.p99.ratio(run.p99)

    def as_dict(self) -> dict[str, Any]:
        """The fields that ``--json`` prints."""
        result = self.result
        return {
            "instance": result.instance.name,
            "time_unit": result.instance.time_unit,
            "status": str(result.status),
            "lower_bound": result.lower_bound,
            "upper_bound": result.upper_bound,
            "p99_lower_bound": self.p99.lower_bound,
            "p99_upper_bound": self.p99.upper_bound,
            "backend": result.backend,
            "seconds": round(result.seconds, 6),
            "results": [
                run.as_dict()
                | _named("ratio", self.ratio(run))
                | _named("p99_ratio", self.p99_ratio(run))
                for run in self.runs
            ],
        }

    def sentence(self) -> str:
        """What is known of the optimum, in words."""
        result = self.result
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
        if not self.two:
            return says
        p99 = self.p99
        how = f"({p99.backend}, {tables.seconds(p99.seconds)})"
        if p99.answered:
            return f"{says}\nleast P99 {tables.count(p99.ttft)} {unit}, certified {how}"
        return (
            f"{says}\nleast P99 between {tables.count(p99.lower_bound)} and "
            f"{tables.count(p99.upper_bound)} {unit}, gap {tables.percent(p99.gap)} {how}"
        )

    @property
    def two(self) -> bool:
        """Whether the maximum and P99 are two questions."""
        return self.p99 is not self.result

    def table(self) -> Table:
        """One row per policy."""
        times = tables.Times(self.result.instance.time_unit, max(run.max for run in self.runs))
        rows = []
        for run in self.runs:
            numbers = [*map(times, (run.max, run.p50, run.p90, run.p99)), times.mean(run.mean)]
            ratios = [tables.ratio(*self.ratio(run))]
            if self.two:
                ratios.append(tables.ratio(*self.p99_ratio(run)))
            rows.append((run.policy, *numbers, *ratios))
        title = f"TTFT in {times.title}; ratio is max / optimum"
        if self.two:
            return tables.table(
                (*HEADS, "P99 ratio"), rows, title=f"{title}, P99 ratio P99 / least"
            )
        return tables.table(HEADS, rows, title=title)


def _named(name: str, interval: Interval) -> dict[str, float | None]:
    low, high = (None if bound is None else float(bound) for bound in interval)
    return {f"{name}_low": low, f"{name}_high": high}


@click.command(epilog=EPILOG)
@click.argument("instances", metavar="FILE...", nargs=-1, required=True, type=PATH)
@policy_option(default=DEFAULT_POLICIES)
@backend_option
@time_limit_option(60)
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
    streams = [ps.read(path) for path in instances]
    progress.announce_compilation()
    done: list[Comparison] = []
    for k, queries in enumerate(streams):
        warn_of_allowances(queries, policies)
        cut.word.queries = queries.n
        cut.word.fields = lambda _: {"comparisons": [each.as_dict() for each in done]}
        runs = [ps.simulate(queries, policy) for policy in policies]
        seconds = (cut.left(time_limit) or 0.0) / (len(streams) - k)
        end = cut.elapsed() + seconds
        best = min(runs, key=lambda run: run.max)
        with progress.bracket(queries.name, queries.time_unit, quiet=as_json) as on_progress:
            two = queries.n >= P99_FROM
            result = ps.solve(
                queries,
                backend=backend,
                time_limit=seconds * MAX_SHARE if two else seconds,
                start=best.order.tolist(),  # so that no policy beats the upper bound
                on_progress=on_progress,
            )
            p99 = result
            if two and not result.interrupted:
                p99 = _least_p99(queries, result, runs, end - cut.elapsed())
        done.append(Comparison(result, p99, runs))
        if not as_json:
            with cut.printing(last=k == len(streams) - 1):
                if k > 0:
                    echo()
                echo(done[-1].sentence())
                show(done[-1].table())
        if result.interrupted or p99.interrupted:
            break
    if as_json:
        made = [comparison.as_dict() for comparison in done]
        alone = made[0] if len(streams) == len(made) == 1 else {}
        with cut.printing():
            print_json(alone | {"comparisons": made})
    if not all(comparison.result.answered for comparison in done):
        ctx.exit(UNANSWERED)


def _least_p99(
    queries: ps.Instance, result: Result, runs: Sequence[Simulation], seconds: float
) -> Result:
    """What is known of the least P99, from the best order at hand on; never above a policy's."""
    orders = [run.order.tolist() for run in runs]
    if result.schedule is not None:
        orders.append(list(result.schedule.order))
    percentile = Objective.parse("percentile:99")
    best = min(orders, key=lambda order: percentile.measure(queries, ps.evaluate(queries, order)))
    return ps.solve(queries, objective=str(percentile), time_limit=max(0.0, seconds), start=best)

"""``prefixsched compare``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

import prefixsched as ps
from prefixsched.cli import progress, tables
from prefixsched.cli.options import (
    DEFAULT_POLICIES,
    PATH,
    backend_option,
    json_option,
    policy_option,
    time_limit_option,
)
from prefixsched.cli.output import print_json, show
from prefixsched.cli.program import UNANSWERED

if TYPE_CHECKING:
    from rich.table import Table

    from prefixsched.result import Result
    from prefixsched.simulate import Simulation

EPILOG = """\b
Example:
  prefixsched compare rasq.json
  prefixsched compare a.json b.json -p fcfs -p k-lpm:8 --time-limit 300

\b
Exit codes:
  0  every optimum is certified
  2  bad input or usage
  3  an optimum is only bracketed; the ratios are intervals
"""
HEADS = ("policy", "max", "P50", "P90", "P99", "mean", "ratio")


@dataclass(frozen=True)
class Comparison:
    """Policies on one instance, against its optimum.

    Parameters
    ----------
    result
        What is known of the optimum.
    runs
        What the policies did.
    """

    result: Result
    runs: Sequence[Simulation]

    def ratio(self, run: Simulation) -> tuple[Fraction | None, Fraction | None]:
        """The least and greatest that the competitive ratio can be; None where undefined."""
        lower, upper = self.result.lower_bound, self.result.upper_bound
        return (
            Fraction(run.max, upper) if upper else None,
            Fraction(run.max, lower) if lower else None,
        )

    def as_dict(self) -> dict[str, Any]:
        """The fields that ``--json`` prints."""
        result = self.result
        return {
            "instance": result.instance.name,
            "status": str(result.status),
            "lower_bound": result.lower_bound,
            "upper_bound": result.upper_bound,
            "backend": result.backend,
            "seconds": round(result.seconds, 6),
            "results": [
                run.as_dict()
                | dict(zip(("ratio_low", "ratio_high"), self._floats(run), strict=True))
                for run in self.runs
            ],
        }

    def _floats(self, run: Simulation) -> list[float | None]:
        return [None if bound is None else float(bound) for bound in self.ratio(run)]

    def sentence(self) -> str:
        """What is known of the optimum, in words."""
        result = self.result
        unit = result.instance.time_unit
        how = f"({result.backend}, {tables.seconds(result.seconds)})"
        if result.answered:
            return f"{result.instance.name}: certified optimum {result.ttft:,} {unit} {how}"
        return (
            f"{result.instance.name}: optimum between {tables.count(result.lower_bound)} and "
            f"{tables.count(result.upper_bound)} {unit}, gap {tables.percent(result.gap)} {how}"
        )

    def table(self) -> Table:
        """One row per policy."""
        times = tables.Times(self.result.instance.time_unit, max(run.max for run in self.runs))
        return tables.table(
            HEADS,
            [
                (
                    run.policy,
                    *map(times, (run.max, run.p50, run.p90, run.p99)),
                    times.mean(run.mean),
                    tables.ratio(*self.ratio(run)),
                )
                for run in self.runs
            ],
            title=f"TTFT in {times.title}; ratio is max / optimum",
        )


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
    one, on this instance; an interval where the optimum is only bracketed.
    """
    if instances.count("-") > 1:
        raise click.UsageError("- is given twice; standard input holds one file")
    streams = [ps.read(path) for path in instances]
    progress.announce_compilation()
    done = []
    for k, queries in enumerate(streams):
        runs = [ps.simulate(queries, policy) for policy in policies]
        best = min(runs, key=lambda run: run.max)
        with progress.bracket(queries.name, queries.time_unit, quiet=as_json) as on_progress:
            result = ps.solve(
                queries,
                backend=backend,
                time_limit=time_limit,
                start=best.order.tolist(),  # so that no policy beats the upper bound
                on_progress=on_progress,
            )
        done.append(Comparison(result, runs))
        if not as_json:
            if k > 0:
                click.echo()
            click.echo(done[-1].sentence())
            show(done[-1].table())
        if result.interrupted:
            break
    if as_json:
        made = [comparison.as_dict() for comparison in done]
        print_json(made[0] if len(streams) == 1 else {"comparisons": made})
    if not all(comparison.result.answered for comparison in done):
        ctx.exit(UNANSWERED)

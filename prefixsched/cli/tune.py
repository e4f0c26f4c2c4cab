"""``prefixsched tune``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import click

import prefixsched as ps
from prefixsched.cli import cut, progress, tables
from prefixsched.cli.notices import warn_of_allowances
from prefixsched.cli.options import PATH, backend_option, json_option, time_limit_option
from prefixsched.cli.output import echo, print_json, show
from prefixsched.cli.program import UNANSWERED
from prefixsched.cli.types import ExactFraction, Named, Registered
from prefixsched.io.escape import shown

if TYPE_CHECKING:
    from rich.table import Table

    from prefixsched.studies.tune import Trial, Tuning

EPILOG = """\b
Example:
  prefixsched import mooncake trace.jsonl --count 100 -o trace.json
  prefixsched tune trace.json
  prefixsched tune trace.json --objective p99 -p rollout -p my_module:MyPolicy
  prefixsched import mooncake trace.jsonl -o - | prefixsched tune - --split 0.7

\b
Exit codes:
  0  there is a recommendation, however well the optimum is known
  2  bad input or usage
  3  interrupted while the optimum was sought
"""
WORDS = {"max": "largest TTFT", "mean": "mean TTFT"}


@click.command(epilog=EPILOG)
@click.argument("trace", metavar="TRACE", type=PATH)
@click.option(
    "--objective",
    type=Named(lambda: ("max", "p99", "p95", "p90", "p50", "mean")),
    metavar="max|percentile:Q|mean",
    default="max",
    show_default=True,
    help="What to judge by: the largest TTFT, a percentile, as p99 or percentile:99, or the mean.",
)
@click.option(
    "--split",
    type=ExactFraction(),
    metavar="SHARE",
    default="0.5",
    show_default=True,
    help="The share of the trace's time that is used to choose; the rest validates.",
)
@click.option(
    "--windows",
    type=int,
    metavar="N",
    help="How many windows that share is cut into; without it, one for each 200 queries, "
    "at most 5. The choice goes by the median over them.",
)
@click.option(
    "--tolerance",
    type=ExactFraction(),
    metavar="SHARE",
    default="0.02",
    show_default=True,
    help="How far behind the best a simpler policy may be and still be recommended.",
)
@click.option(
    "-p",
    "--policy",
    "policies",
    type=Registered("policies"),
    metavar="NAME[:VALUE]",
    multiple=True,
    help="A policy to try besides the grid, or a class of your own as module:Class; "
    "give it once for each.",
)
@backend_option
@time_limit_option(60)
@json_option
@click.pass_context
def tune(
    ctx: click.Context,
    trace: str,
    objective: str,
    split: Fraction,
    windows: int | None,
    tolerance: Fraction,
    policies: Sequence[str],
    backend: str,
    time_limit: float,
    as_json: bool,
) -> None:
    """Recommend a policy and its parameters for a trace.

    FCFS, LPM, k-LPM and the policies of engines are run over a grid of
    parameters on the first part of TRACE, an instance file. What comes after
    shows whether the choice holds: how far it is behind the best policy in
    hindsight and, of the largest TTFT or a percentile, behind the certified
    optimum.

    Of policies that are about as good on the first part the simpler is
    recommended: FCFS before LPM before k-LPM before any other.
    """
    from prefixsched.studies.backtest_windows import parts_of
    from prefixsched.studies.tune import GRID, distinct, judged_by
    from prefixsched.studies.tune import tune as choose

    goal = judged_by(objective)  # refused before the file is read
    queries = ps.read(trace)
    cut.word.name, cut.word.queries = queries.name, queries.n
    grid = (*GRID, *policies)
    warn_of_allowances(queries, policies)
    parts, _ = parts_of(queries, split, windows)
    progress.announce_compilation()
    runs = len(distinct(grid)) * (len(parts) + 1)
    with progress.counter(queries.name, runs, 0, quiet=as_json, of="runs") as on_run:
        found = choose(
            queries,
            policies=grid,
            objective=objective,
            split=split,
            windows=windows,
            tolerance=tolerance,
            on_run=on_run,
        )
    if goal.kind != "mean":
        part = found.validation
        with progress.bracket(part.name, part.time_unit, quiet=as_json) as on_progress:
            found = found.certified(
                backend=backend, time_limit=cut.left(time_limit), on_progress=on_progress
            )
    with cut.printing():
        if as_json:
            print_json(found.as_dict())
        else:
            report = _Report(found)
            echo(report.sentences())
            show(report.table())
    if found.optimum is not None and found.optimum.interrupted:
        ctx.exit(UNANSWERED)


@dataclass(frozen=True)
class _Report:
    """A tuning in words and as a table."""

    tuning: Tuning

    def sentences(self) -> str:
        """What to use, and how well that choice held."""
        tuning = self.tuning
        chosen = tuning.recommended
        hindsight = min(tuning.trials, key=lambda trial: trial.validation)
        count = len(tuning.sizes)
        windows = "" if count == 1 else f", in {count} windows"
        name = tuning.objective.label
        what = WORDS.get(name, f"{name} of TTFT")
        first = sum(tuning.sizes)
        queries = f"the first {'query' if first == 1 else tables.queries(first)}{windows}"
        instance = shown(tuning.instance.name)
        told = [f"{instance}: use {chosen.policy}, chosen for its {what} on {queries}."]
        if tuning.regret(chosen):
            told.append(
                f"On the other {tuning.validation.n:,} it is "
                f"{tables.percent(float(tuning.regret(chosen)))} behind the best in hindsight, "
                f"{hindsight.policy}."
            )
        else:
            told.append(f"On the other {tuning.validation.n:,} no policy is better.")
        if tuning.origins:
            worst = max(origin.regret for origin in tuning.origins)
            told.append(
                f"The same choice at {len(tuning.origins)} earlier time"
                f"{'s' if len(tuning.origins) > 1 else ''} was at most "
                f"{tables.percent(float(worst))} behind in the window that followed."
            )
        if tuning.optimum is not None:
            told.append(self._optimum())
        told.append(
            f"{'Both parts begin' if count == 1 else 'Each part begins'} with an idle server and "
            "an empty cache, which a server in service seldom has."
        )
        return "\n".join(told)

    def _optimum(self) -> str:
        optimum = self.tuning.optimum
        assert optimum is not None
        how = f"({optimum.backend}, {tables.seconds(optimum.seconds)})"
        unit = optimum.instance.time_unit
        if optimum.answered:
            return f"The optimum there is {tables.count(optimum.ttft)} {unit}, certified {how}."
        return (
            f"The optimum there is between {tables.count(optimum.lower_bound)} and "
            f"{tables.count(optimum.upper_bound)} {unit} {how}."
        )

    def table(self) -> Table:
        """One row per policy, the recommended first, then the best of the backtest."""
        tuning = self.tuning
        longest = max(trial.validation for trial in tuning.trials)
        times = tables.Times(tuning.instance.time_unit, int(longest))
        mean = tuning.objective.kind == "mean"
        heads = ["policy", "backtest", "validation", "regret"]
        title = (
            f"validation: {tuning.objective.label} TTFT in {times.title}\n"
            "backtest: over the least, median of windows"
        )
        if tuning.optimum is not None:
            heads.append("ratio")
            title += "\nratio: validation over the optimum"
        chosen = tuning.recommended
        ranked = sorted(
            zip(tuning.trials, tuning.scores, strict=True),
            key=lambda row: (row[0] is not chosen, row[1]),
        )

        def row(trial: Trial, score: Fraction) -> list[str]:
            cells = [
                trial.policy,
                f"{float(score):.3f}",
                times.mean(float(trial.validation)) if mean else times(int(trial.validation)),
                tables.percent(float(tuning.regret(trial))),
            ]
            if tuning.optimum is not None:
                cells.append(tables.ratio(*tuning.ratio(trial)))
            return cells

        return tables.table(heads, [row(*entry) for entry in ranked], title=title)

"""``prefixsched plot tradeoff``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

import prefixsched as ps
from prefixsched.cli import cut, progress, tables
from prefixsched.cli.options import (
    OUTPUT,
    instance_argument,
    json_option,
    policy_option,
    time_limit_option,
)
from prefixsched.cli.output import print_json, show
from prefixsched.cli.parameters import options_named
from prefixsched.cli.plot import prepare_figure, save
from prefixsched.cli.types import Goal, IntegerList, ParamType
from prefixsched.io.escape import shown
from prefixsched.model.status import Status
from prefixsched.studies.defaults import CEILINGS, DEFAULT_POLICIES

if TYPE_CHECKING:
    from rich.table import Table

    from prefixsched.studies.tradeoff import Tradeoff

EPILOG = """\b
Example:
  prefixsched generate rasq --load 1.2 -o rasq.json
  prefixsched plot tradeoff rasq.json --objective percentile:90 -o tradeoff.png
  prefixsched plot tradeoff rasq.json --objective p75 --ceilings 40000,50000,60000 --json
"""
DRAWING_SECONDS, DRAWING_SHARE = 2.0, 0.1
"""Of the limit, for what comes after the searches: at most so many seconds, and such a share."""


class Ceilings(ParamType):
    """How many ceilings to choose, or several with commas between them."""

    name = "n|a,b,…"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | tuple[int, ...]:
        """Read ``value``, or fail naming the option."""
        if isinstance(value, int):
            return value
        found = IntegerList().convert(value, param, ctx)
        return found[0] if len(found) == 1 else found


@click.command(epilog=EPILOG)
@instance_argument
@click.option(
    "--objective",
    type=Goal(),
    metavar="WHAT",
    default="percentile:99",
    show_default=True,
    help="percentile:Q, the least T that Q% of the queries meet.",
)
@click.option(
    "--ceilings",
    metavar="N|T,T,…",
    type=Ceilings(),
    default=CEILINGS,
    show_default=True,
    help="How many ceilings to choose, from the least possible largest TTFT to where the "
    "percentile stops falling; or several of them, in ticks.",
)
@policy_option(default=DEFAULT_POLICIES)
@time_limit_option(60)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=OUTPUT,
    help="Where to write the figure: PNG, SVG or PDF by the suffix; with --json none is needed.",
)
@json_option
@click.pass_context
def tradeoff(
    ctx: click.Context,
    instance: str,
    objective: str,
    ceilings: int | tuple[int, ...],
    policies: Sequence[str],
    time_limit: float,
    output: str | None,
    as_json: bool,
) -> None:
    """Draw the least P99 for each ceiling on the largest TTFT, and policies as points.

    A percentile alone is best served by letting the rest wait for ever; this shows what
    it costs to keep them within a ceiling. All searches share --time-limit. Shows the
    brackets as a table too.
    """
    from prefixsched.studies.tradeoff import sweep_ceilings

    if output is None and not as_json:
        raise click.UsageError("there is nowhere to draw; give -o FILE, or --json")
    if output == "-" and as_json:
        raise click.UsageError("-o - and --json both want standard output; give -o a file")
    if output is not None:
        prepare_figure(output)
    queries = ps.read(instance)
    cut.word.name, cut.word.queries = queries.name, queries.n
    progress.announce_compilation()
    left = cut.left(time_limit) or 0.0
    left -= min(DRAWING_SECONDS, left * DRAWING_SHARE)
    with options_named(("ceilings", "objective")):
        swept = sweep_ceilings(queries, policies, objective, ceilings, left)
    with cut.printing():
        ax = None
        if output is not None:  # of what is known, however the study ended
            from prefixsched.plot.tradeoff import plot_tradeoff

            ax = plot_tradeoff(swept)
        if as_json:
            print_json(swept.as_dict())
        else:
            show(brackets(swept))
        if ax is not None and output is not None:
            save(ax, output)
    if swept.interrupted:
        ctx.exit(cut.UNANSWERED)


def brackets(swept: Tradeoff) -> Table:
    """One row per ceiling, and one per policy."""
    unit, label = swept.instance.time_unit, swept.objective.label
    rows = [
        (
            "none" if point.ceiling is None else tables.count(point.ceiling),
            tables.count(point.lower),
            "infeasible" if point.status is Status.INFEASIBLE else tables.count(point.upper),
            tables.count(None if point.schedule is None else point.schedule.max_ttft),
        )
        for point in swept.points
    ]
    rows += [
        (shown(run.policy), "", tables.count(swept.percentile(run)), tables.count(run.max))
        for run in swept.runs
    ]
    heads = ("ceiling", "lower bound", label, "largest")
    return tables.table(heads, rows, title=f"{shown(swept.instance.name)}: TTFT ({unit})")

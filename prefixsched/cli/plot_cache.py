"""``prefixsched plot cache``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

import prefixsched as ps
from prefixsched.cli import cut, progress, tables
from prefixsched.cli.options import (
    instance_argument,
    policy_option,
    time_limit_option,
)
from prefixsched.cli.output import show
from prefixsched.cli.parameters import options_named
from prefixsched.cli.plot import figure_option, prepare_figure, save
from prefixsched.cli.types import IntegerList
from prefixsched.io.escape import shown
from prefixsched.studies.defaults import DEFAULT_POLICIES

if TYPE_CHECKING:
    from rich.table import Table

    from prefixsched.studies.cache_sweep import AtCapacity

EPILOG = """\b
Example:
  prefixsched generate rasq --load 1.2 -o rasq.json
  prefixsched plot cache rasq.json -p fcfs -p lpm -o cache.png
  prefixsched plot cache rasq.json --capacities 0,10000,100000 -o cache.pdf
"""


@click.command(epilog=EPILOG)
@instance_argument
@policy_option(default=DEFAULT_POLICIES)
@click.option(
    "--capacities",
    metavar="TOKENS,…",
    type=IntegerList(),
    help="Sizes of the cache; where not given, 0 and nine from half a prompt to everything.",
)
@time_limit_option(60)
@figure_option
@click.pass_context
def cache(
    ctx: click.Context,
    instance: str,
    policies: Sequence[str],
    capacities: tuple[int, ...] | None,
    time_limit: float,
    output: str,
) -> None:
    """Draw what scheduling is worth with an lru cache of each size.

    Runs policies and seeks the optimum with the last prompt cached (the paper's
    model) and with an lru cache of rising size, each in an equal part of --time-limit.
    Shows the ratios as a table too.
    """
    from prefixsched.plot.cache import plot_cache
    from prefixsched.studies.cache_sweep import sweep_capacities

    prepare_figure(output)
    queries = ps.read(instance)
    cut.word.name, cut.word.queries = queries.name, queries.n
    progress.announce_compilation()
    with options_named(("capacities",)):
        swept = sweep_capacities(queries, policies, capacities, cut.left(time_limit) or 0.0)
    cut_short = swept[-1].result.interrupted
    ax = None if cut_short else plot_cache(swept)  # first, for it refuses what has no logarithm
    with cut.printing():
        show(ratios(swept))
    if ax is None:
        ctx.exit(cut.UNANSWERED)
    save(ax, output)


def ratios(swept: Sequence[AtCapacity]) -> Table:
    """One row per cache: the optimum, and the ratio of each policy to it."""
    unit = swept[0].instance.time_unit
    rows = []
    for point in swept:
        lower, upper = point.result.lower_bound, point.result.upper_bound
        bracket = tables.count(upper)
        if lower != upper:
            bracket = f"{tables.count(lower)}–{bracket}"
        rows.append(
            (
                point.instance.cache_name,
                bracket,
                *(tables.ratio(*point.result.ratio(run.max)) for run in point.runs),
            )
        )
    name = shown(swept[0].instance.name)
    heads = ("cache", "optimum", *(run.policy for run in swept[0].runs))
    return tables.table(heads, rows, title=f"{name}: max TTFT / optimum ({unit})")

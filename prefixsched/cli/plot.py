"""``prefixsched plot``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import click

import prefixsched as ps
from prefixsched.cli import cut, progress
from prefixsched.cli.groups import LazyGroup
from prefixsched.cli.options import (
    OUTPUT,
    PATH,
    backend_option,
    instance_argument,
    policy_option,
    time_limit_option,
)
from prefixsched.cli.output import check_output, echo, say
from prefixsched.cli.parameters import options_named
from prefixsched.cli.types import Ticks
from prefixsched.studies.defaults import DEFAULT_POLICIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ANYTIME_EPILOG = """\b
Example:
  prefixsched generate rasq --load 1.2 -o rasq.json
  prefixsched plot anytime rasq.json --time-limit 30 -o anytime.png
"""
F = TypeVar("F", bound=Callable[..., object])

EPILOG = """\b
Example:
  prefixsched generate rasq --load 1.2 -o rasq.json
  prefixsched solve rasq.json -o schedule.json
  prefixsched plot gantt rasq.json schedule.json -o gantt.png
"""
GANTT_EPILOG = """\b
Example:
  prefixsched generate rasq --load 1.2 -o rasq.json
  prefixsched solve rasq.json -o schedule.json
  prefixsched plot gantt rasq.json schedule.json --ttft 60000 -o gantt.pdf
  prefixsched plot gantt rasq.json schedule.json --from 20000 --to 50000 -o part.png
"""
CDF_EPILOG = """\b
Example:
  prefixsched generate rasq --load 1.2 -o rasq.json
  prefixsched plot cdf rasq.json -p fcfs -p lpm -p k-lpm:4 --optimum 37444 -o cdf.svg
  prefixsched plot cdf rasq.json -p fcfs -p lpm --ttft 60000 --tail -o tail.png
"""


def figure_option(command: F) -> F:
    """``-o``: where the figure goes."""
    return click.option(
        "-o",
        "--output",
        metavar="FILE",
        type=OUTPUT,
        required=True,
        help="Where to write the figure: PNG, SVG or PDF by the suffix.",
    )(command)


@click.group(
    cls=LazyGroup,
    lazy={
        "gantt": "prefixsched.cli.plot:gantt",
        "cdf": "prefixsched.cli.plot:cdf",
        "anytime": "prefixsched.cli.plot:anytime",
        "cache": "prefixsched.cli.plot_cache:cache",
        "tradeoff": "prefixsched.cli.plot_tradeoff:tradeoff",
        "ratios": "prefixsched.cli.plot_bench:ratios",
        "phase": "prefixsched.cli.plot_bench:phase",
        "percentiles": "prefixsched.cli.plot_bench:percentiles",
        "reuse": "prefixsched.cli.plot_bench:reuse",
    },
    epilog=EPILOG,
)
def plot() -> None:
    """Draw a schedule, policies or a benchmark."""


@click.command(epilog=GANTT_EPILOG)
@click.argument("instance", metavar="INSTANCE", type=PATH)
@click.argument("schedule", metavar="SCHEDULE", type=PATH)
@click.option(
    "--ttft",
    metavar="T",
    type=Ticks(),
    help="Mark the deadlines that a largest TTFT of T ticks gives; without it, "
    "those of the queries that state their own.",
)
@click.option(
    "--from",
    "begin",
    metavar="T",
    type=Ticks(),
    help="Draw what is prefilled after T ticks.",
)
@click.option(
    "--to",
    "end",
    metavar="T",
    type=Ticks(),
    help="Draw what is prefilled before T ticks.",
)
@figure_option
def gantt(
    instance: str,
    schedule: str,
    ttft: int | None,
    begin: int | None,
    end: int | None,
    output: str,
) -> None:
    """Draw a schedule against time: who waits, who is served, what is reused.

    Of a few hundred queries or more, without --from and --to, the prefills
    around the one that waits longest.
    """
    from prefixsched.io.schedule_file import read_schedule
    from prefixsched.plot.gantt import plot_gantt

    if instance == schedule == "-":
        raise click.UsageError("INSTANCE and SCHEDULE are both -; standard input holds one file")
    prepare_figure(output)
    queries = ps.read(instance)
    order = read_schedule(schedule).positions(queries, schedule)
    progress.announce_compilation()
    done = ps.evaluate(queries, order)
    with options_named(("from", "to")):
        drawn = plot_gantt(queries, done, ttft=ttft, window=(begin, end))
    save(drawn, output)


@click.command(epilog=CDF_EPILOG)
@instance_argument
@policy_option(default=DEFAULT_POLICIES)
@click.option(
    "--optimum",
    metavar="T",
    type=Ticks(),
    help="Mark the least possible largest TTFT, in ticks; compare and solve find it.",
)
@click.option(
    "--ttft",
    metavar="T",
    type=Ticks(),
    help="Mark an SLO of T ticks, and say what share of the queries each policy serves within it.",
)
@click.option(
    "--tail",
    is_flag=True,
    help="Draw the share that waits so long instead, on a logarithmic axis: P99 is at 1%.",
)
@figure_option
def cdf(
    instance: str,
    policies: Sequence[str],
    optimum: int | None,
    ttft: int | None,
    tail: bool,
    output: str,
) -> None:
    """Draw the share of queries within each TTFT, one curve per policy.

    Policies with the same curve share a line.
    """
    from prefixsched.plot.cdf import plot_cdf

    prepare_figure(output)
    queries = ps.read(instance)
    progress.announce_compilation()
    runs = [ps.simulate(queries, policy) for policy in policies]
    save(plot_cdf(runs, optimum, ttft=ttft, tail=tail), output)


@click.command(epilog=ANYTIME_EPILOG)
@instance_argument
@backend_option
@time_limit_option(60)
@figure_option
@click.pass_context
def anytime(
    ctx: click.Context, instance: str, backend: str, time_limit: float, output: str
) -> None:
    """Seek the optimum, and draw how the bracket closes over time."""
    from prefixsched.offline.result import Progress
    from prefixsched.plot.anytime import plot_anytime

    prepare_figure(output)
    queries = ps.read(instance)
    progress.announce_compilation()
    told: list[Progress] = []
    with progress.bracket(queries.name, queries.time_unit, quiet=False) as show:

        def on_progress(news: Progress) -> None:
            told.append(news)
            show(news)

        result = ps.solve(
            queries, backend=backend, time_limit=cut.left(time_limit), on_progress=on_progress
        )
    if result.interrupted:  # drawing takes longer than whoever interrupts wants to wait
        with cut.printing():
            echo(str(result))
        ctx.exit(cut.UNANSWERED)
    save(plot_anytime(result, told), output)


def prepare_figure(path: str) -> None:
    """Find out before the work begins whether the figure can be written."""
    from prefixsched.plot.save import check_suffix

    check_suffix(path)
    check_output(path)


def save(ax: Axes, path: str) -> None:
    """Write the figure of ``ax``, and tell a person at a terminal."""
    from matplotlib.figure import Figure

    from prefixsched.plot.save import save_figure

    assert isinstance(ax.figure, Figure)
    save_figure(ax.figure, path)
    say(f"wrote the figure to {path}")

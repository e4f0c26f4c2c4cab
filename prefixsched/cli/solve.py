"""``prefixsched solve``."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import click

import prefixsched as ps
from prefixsched.cli import cut, progress, tables
from prefixsched.cli.answers import facts, sentence
from prefixsched.cli.options import (
    OUTPUT,
    PATH,
    backend_option,
    instance_argument,
    json_option,
    time_limit_option,
)
from prefixsched.cli.output import check_output, echo, print_json, say
from prefixsched.cli.program import UNANSWERED, complain
from prefixsched.cli.types import Bound, ExactDecimal, Gibibytes, Goal, Ticks, Whole
from prefixsched.verifier.objective import Objective

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prefixsched.offline.result import Progress, Result

EPILOG = """\b
Example:
  prefixsched generate rasq --load 1.2 -o rasq.json
  prefixsched solve rasq.json --time-limit 60 -o schedule.json
  prefixsched solve rasq.json --ttft 30000
  prefixsched solve rasq.json --ttft 30000 --relax 0.05 --time-limit 60
  prefixsched solve rasq.json --objective percentile:90 --time-limit 60
  prefixsched solve rasq.json --objective percentile:90 --ceiling 60000 --time-limit 60
  prefixsched solve rasq.json --objective goodput --ttft 30000 --time-limit 60

\b
Exit codes:
  0  answered: optimal, feasible, relaxed or infeasible
  2  bad input or usage
  3  a limit or Ctrl-C came first; the best bracket is printed
"""


@click.command(epilog=EPILOG, short_help="Find the least possible TTFT, or decide a bound.")
@instance_argument
@click.option(
    "--ttft",
    type=Bound(),
    metavar="T|own",
    help="Decide whether every TTFT can be at most T ticks, or within the query's own allowance.",
)
@click.option(
    "--objective",
    type=Goal(),
    metavar="WHAT",
    default="max",
    show_default=True,
    help="max; percentile:Q, the least T that Q% of the queries meet; goodput, the most queries "
    "that meet --ttft; or mean. A query that misses is served all the same.",
)
@click.option(
    "--ceiling",
    type=Ticks(),
    metavar="T",
    help="With a percentile: keep every TTFT within T ticks. Without it those who miss the "
    "percentile may wait for ever.",
)
@click.option(
    "--relax",
    type=ExactDecimal("0.05"),
    metavar="P",
    help="With --ttft: decide whether all but a share P of the queries can meet it, which for P = "
    "0.01 is whether P99 can be that low.",
)
@click.option(
    "--promise",
    is_flag=True,
    help="With --relax: a proof that not all queries can meet --ttft will do as well.",
)
@backend_option
@time_limit_option()
@click.option(
    "--threads",
    metavar="N",
    type=Whole(min=1),
    default=2,
    show_default=True,
    help="Workers to use.",
)
@click.option(
    "--seed",
    metavar="N",
    type=Whole(min=0),
    default=0,
    show_default=True,
    help="Of random choices.",
)
@click.option(
    "--max-nodes",
    metavar="N",
    type=Whole(min=0),
    help="Most search nodes; unlike a time limit it stops at the same point in every run.",
)
@click.option(
    "--memory",
    metavar="GIB",
    type=Gibibytes(),
    help="Most memory of a search; a third of the machine's where not given.",
)
@click.option(
    "--start",
    metavar="SCHEDULE",
    type=PATH,
    help="A schedule file to begin with, as a first bound.",
)
@click.option(
    "-o", "--output", metavar="SCHEDULE", type=OUTPUT, help="Where to write the schedule."
)
@click.option(
    "-v", "--verbose", is_flag=True, help="Print each better bound on standard error as it comes."
)
@json_option
@click.pass_context
def solve(
    ctx: click.Context,
    instance: str,
    ttft: int | Literal["own"] | None,
    objective: str,
    ceiling: int | None,
    relax: Decimal | None,
    promise: bool,
    backend: str,
    time_limit: float | None,
    threads: int,
    seed: int,
    max_nodes: int | None,
    memory: float | None,
    start: str | None,
    output: str | None,
    verbose: bool,
    as_json: bool,
) -> None:
    """Find the least possible largest TTFT, decide a bound, or optimise another objective."""
    if output == "-" and as_json:
        raise click.UsageError("-o - and --json both want standard output; give -o a file")
    if instance == "-" and start == "-":
        raise click.UsageError("FILE and --start are both -; standard input holds one file")
    if output is not None:
        check_output(output)
    from prefixsched.offline.question import enough_of

    queries = ps.read(instance)
    cut.word.queries = queries.n
    progress.announce_compilation()
    unit, parts = queries.time_unit, queries.n if objective == "mean" else 1
    enough = enough_of(queries, relax, decision=ttft is not None)
    if objective == "goodput" or not (enough in (None, queries.n) or promise):
        unit = "queries"
    with progress.bracket(
        queries.name, unit, quiet=as_json, verbose=verbose, parts=parts
    ) as on_progress:
        asked: dict[str, Any] = {
            "ttft_bound": ttft if isinstance(ttft, int) else None,
            "decision": ttft is not None and objective != "goodput",
            "objective": Objective.parse("goodput" if unit == "queries" else objective),
            "promise": promise,
            "ceiling": ceiling,
        }
        if asked["decision"]:
            asked["enough"] = queries.n if enough is None else enough
        cut.word.fields = lambda known: _so_far(queries, known, asked)
        result = ps.solve(
            queries,
            ttft=ttft,
            objective=objective,
            ceiling=ceiling,
            relax=relax,
            promise=promise,
            backend=backend,
            time_limit=cut.left(time_limit),
            threads=threads,
            seed=seed,
            max_nodes=max_nodes,
            memory=None if memory is None else max(1, int(memory * 2**30)),
            start=None if start is None else _order(start, queries),
            on_progress=on_progress,
        )
    with cut.printing():
        if as_json:
            print_json(result.as_dict())
        else:
            err = output == "-"  # standard output is the schedule file's
            echo(f"{sentence(result)}\n", err=err)
            echo(tables.block(facts(result)), err=err)
        if output is not None:
            _write(result, output)
    if not result.answered:
        ctx.exit(UNANSWERED)


def _so_far(
    queries: ps.Instance, known: Progress | None, asked: Mapping[str, Any]
) -> dict[str, Any]:
    """The object of a search that was cut short, from its last bracket and what was asked."""
    from prefixsched.offline.result import Result

    order = None if known is None or asked["decision"] else known.order
    bounds = (None, None) if known is None else (known.lower_bound, known.upper_bound)
    in_ticks = asked["objective"].kind in ("max", "percentile")
    made = Result(
        queries,
        ps.Status.UNKNOWN if order is None else ps.Status.FEASIBLE,
        None if order is None else ps.evaluate(queries, order),
        bounds[0] if in_ticks else None,
        bounds[1] if in_ticks else None,
        None,
        "bounds",
        cut.elapsed(),
        0 if known is None else known.nodes,
        interrupted=True,
        measured=None if in_ticks else bounds,
        **asked,
    )
    return made.as_dict()


def _order(path: str, instance: ps.Instance) -> list[int]:
    from prefixsched.io.schedule_file import read_schedule

    return read_schedule(path).positions(instance, path)


def _write(result: Result, path: str) -> None:
    from prefixsched.io.schedule_file import write_schedule

    if result.schedule is None:
        complain(f"no schedule was found, so {path} is not written")
        return
    write_schedule(result.schedule_file(), path)
    say(f"wrote the schedule to {path}")

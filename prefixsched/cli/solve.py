"""``prefixsched solve``."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import click

import prefixsched as ps
from prefixsched.cli import cut, progress, tables
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
from prefixsched.cli.reasons import reason
from prefixsched.cli.types import Bound, ExactDecimal, Gibibytes, Goal, Ticks, Whole
from prefixsched.io.escape import shown
from prefixsched.model.status import Status
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
WORTH_TELLING = 0.05
"""Seconds of compiling that are told of apart."""
MOST_IDS = 12
"""How many queries of a core are named outside of --json."""


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
            echo(tables.block(_facts(result)), err=err)
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


def sentence(result: Result) -> str:
    """The answer in words."""
    instance = result.instance
    if result.decision:
        says = _decision(result)
    elif result.objective.kind != "max":
        return f"{shown(instance.name)}: {_objective(result)}{reason(result)}"
    else:
        queries = tables.queries(instance.n)
        says = {
            "optimal": f"optimal; no order of the {queries} has a smaller largest TTFT.",
            "feasible": "not settled; the search ended with the optimum between the lower bound "
            "and the TTFT found.",
            "unknown": "unknown; the search ended before it found a schedule.",
        }
    return f"{shown(instance.name)}: {says[result.status]}{reason(result)}"


def _decision(result: Result) -> dict[str, str]:
    """What each answer says to the question that was asked."""
    if result.ttft_bound is None:
        bound, each = "its own allowance", "their own allowances"
    else:
        bound = each = f"{tables.count(result.ttft_bound)} {result.instance.time_unit}"
    says = {
        "feasible": f"feasible; every query can have its first token within {bound}.",
        "infeasible": f"infeasible; not every query can have its first token within {bound}."
        + core(result),
        "unknown": "unknown; the search ended before it was settled whether every query "
        f"can have its first token within {bound}.",
    }
    question = result.question
    if question == "decide":
        return says
    assert result.enough is not None
    n, late = result.instance.n, "" if question == "relax" else " or not all can"
    enough = f"{result.enough:,} of the {tables.queries(n)}"
    on_time = _on_time(result)
    have = "has its" if on_time == 1 else "have their"
    says["relaxed"] = (
        f"relaxed; {on_time:,} of the {tables.queries(n)} {have} first token within {each}, "
        f"where {result.enough:,} had to."
    )
    says["unknown"] = (
        f"unknown; the search ended before it was settled whether {enough} can have their first "
        f"token within {each}{late}."
    )
    if question == "promise":
        says["infeasible"] += (
            f"\nWhether {enough} can was not asked; --relax without --promise does."
        )
    else:
        _, most = result.value_bounds
        says["infeasible"] = (
            f"infeasible; no order has {enough} with a first token within {each}: at most "
            f"{tables.count(most)} can."
        )
    return says


def _objective(result: Result) -> str:
    """The answer in words, where the largest TTFT isn't the objective."""
    instance, goal = result.instance, result.objective
    unit, within = instance.time_unit, ""
    if result.ceiling is not None:
        within = f"every query's first token within {tables.count(result.ceiling)} {unit}"
        if result.status is Status.INFEASIBLE:
            return f"infeasible; no order has {within}.{core(result)}"
        if result.schedule is None:
            return f"unknown; the search ended before it found an order with {within}."
        within = f" of those with {within}"
    if goal.kind == "percentile":
        spare = instance.n - goal.rank(instance.n)
        but = f" but {spare:,} of the" if spare else ""
        what = f"a smaller TTFT that all{but} {tables.queries(instance.n)} meet"
    elif goal.kind == "mean":
        what = "a smaller mean TTFT"
    else:
        bound = result.ttft_bound
        whose = "its own allowance" if bound is None else f"{tables.count(bound)} {unit}"
        what = f"more of the {tables.queries(instance.n)} with a first token within {whose}"
    if result.answered:
        return f"optimal; no order{within} has {what}."
    return f"not settled; the best possible value{within} lies between the two bounds."


def _on_time(result: Result) -> int:
    schedule = result.schedule
    return 0 if schedule is None else schedule.on_time(result.instance, result.ttft_bound)


def core(result: Result) -> str:
    """Why it is infeasible, where some of the queries prove it, and of which schedules."""
    if not result.core:
        return ""
    instance = result.instance
    arrival = instance.arrival[list(result.core)]
    first, last = tables.count(int(arrival.min())), tables.count(int(arrival.max()))
    unit = instance.time_unit
    if len(result.core) == 1:
        who, need = f"This one query, arriving at {first} {unit},", "needs"
    else:
        when = f"at {first}" if first == last else f"between {first} and {last}"
        who, need = f"These {len(result.core):,} queries, arriving {when} {unit},", "need"
    bound = result.ttft_bound if result.ceiling is None else result.ceiling
    if bound is None:
        what = "can't all meet their allowances"
    else:
        what = f"{need} more than {tables.count(bound)} {unit}"
    if len(result.core) < instance.n:
        what += ", whatever the others do" if result.core_alone else " if all others are on time"
    ids = [shown(name) for name in result.names(result.core)]
    more = f" and {len(ids) - MOST_IDS:,} more" if len(ids) > MOST_IDS else ""
    return f"\n{who} {what}: {', '.join(ids[:MOST_IDS])}{more}."


def _facts(result: Result) -> list[tables.Fact]:
    facts: list[tables.Fact] = []
    if result.objective.kind == "max":
        facts += _ticks(result)
    elif result.status is not Status.INFEASIBLE or result.decision:
        facts += _values(result)
    if not (result.decision or result.status is Status.INFEASIBLE):
        gap = tables.percent(result.gap).removesuffix("%")
        facts.append(("gap", gap, "" if result.gap is None else "%"))
    facts.append(("nodes", tables.count(result.nodes), ""))
    facts.append(("time", tables.seconds(result.seconds).removesuffix(" s"), "s"))
    if result.compile_seconds >= WORTH_TELLING:
        compiled = tables.seconds(result.compile_seconds).removesuffix(" s")
        facts.append(("compiling", compiled, "s, once per installation"))
    facts.append(("backend", result.backend))
    return facts


def _ticks(result: Result) -> list[tables.Fact]:
    """The largest TTFT, and the bounds on the least possible one."""
    unit = result.instance.time_unit
    facts: list[tables.Fact] = []
    if result.ttft is not None:
        facts.append(("TTFT", tables.count(result.ttft), unit))
    facts.append(("lower bound", tables.count(result.lower_bound), unit))
    if result.upper_bound is not None and result.upper_bound != result.ttft:
        facts.append(("upper bound", tables.count(result.upper_bound), unit))
    return facts


def _values(result: Result) -> list[tables.Fact]:
    """What was reached, and between which values the best lies."""
    goal = result.objective
    name = {"percentile": f"P{str(goal).partition(':')[2]}", "mean": "mean", "goodput": "on time"}
    lower, upper = result.value_bounds
    rows = [(name[goal.kind], result.value)] if result.schedule is not None else []
    rows += [("lower bound", lower), ("upper bound", upper)]
    facts: list[tables.Fact] = [
        (what, tables.number(result.shown(value)), _unit(result, value)) for what, value in rows
    ]
    if result.schedule is not None and (goal.kind != "percentile" or result.ceiling is not None):
        facts.append(("TTFT", tables.count(result.schedule.max_ttft), result.instance.time_unit))
    return facts


def _unit(result: Result, value: int | None) -> str:
    """What a value of the objective counts."""
    if result.objective.kind != "goodput":
        return result.instance.time_unit
    return "query" if value == 1 else "queries"

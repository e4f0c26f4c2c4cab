"""``prefixsched score``."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from prefixsched.cli import cut, progress, tables
from prefixsched.cli.costs import COEFFICIENTS, HELP, cost_option, refuse_given
from prefixsched.cli.notices import warn_of_allowances
from prefixsched.cli.options import (
    OUTPUT,
    PATH,
    backend_option,
    cache_option,
    json_option,
    policy_option,
    time_limit_option,
)
from prefixsched.cli.output import echo, print_json, show
from prefixsched.cli.parameters import options_named
from prefixsched.cli.program import UNANSWERED
from prefixsched.cli.types import ExactDecimal, Whole
from prefixsched.io.escape import shown
from prefixsched.model.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from prefixsched.model.cost import Potential
    from prefixsched.studies.score import Score

logger = logging.getLogger(__name__)

EPILOG = """\b
Example:
  prefixsched score served.jsonl --cost preset:llama-3.1-8b-h100
  prefixsched score served.csv --cost cost.json --block-size 16 --plot lost.png

\b
LOG is JSON Lines, JSON, or CSV with a header, gzipped or not. A request has
  arrival        timestamp (ms), arrival_s, arrival_ms, arrival_us or arrival_time_ms
  first token    first_token_ms, _s or _us from the same start, or ttft_ms, _s or _us
  prompt tokens  input_length, prompt_tokens, …
  block ids      hash_ids, as in Mooncake traces: a list, or words in a cell of CSV
and may have first_admit_ms, when the server began with it. Dynamo's per-request report has
no hash_ids: give the Mooncake trace that was replayed with --trace.

\b
Exit codes:
  0  the optimum is certified
  2  bad input or usage
  3  the optimum is only bracketed; the ratios are intervals
"""
HEADS = ("", "max", "P50", "P90", "P99", "mean", "ratio")
POLICIES = ("fcfs", "lpm", "k-lpm:4")


@click.command(epilog=EPILOG, short_help="Hold what a server did against the best possible.")
@click.argument("log", metavar="LOG", type=PATH)
@click.option(
    "--token-time", metavar="X", type=ExactDecimal("40"), help="Prefill microseconds per token."
)
@click.option(
    "--attention-time",
    metavar="X",
    type=ExactDecimal("0.001"),
    default=Decimal(0),
    show_default=True,
    help="Prefill microseconds per squared token.",
)
@cache_option
@click.option(
    "--block-size",
    metavar="N",
    type=Whole(min=1),
    default=512,
    show_default=True,
    help="Tokens in a block of hash_ids.",
)
@click.option(
    "--trace",
    metavar="TRACE",
    type=PATH,
    help="The Mooncake trace that was replayed, for a log without hash_ids.",
)
@policy_option(default=POLICIES)
@backend_option
@time_limit_option(60)
@click.option(
    "--plot",
    "figure",
    metavar="FILE",
    type=OUTPUT,
    help="Draw where most was lost: PNG, SVG or PDF by the suffix.",
)
@json_option
@click.pass_context
def score(
    ctx: click.Context,
    /,
    log: str,
    prefill_cost: Potential | None,
    token_time: Decimal | None,
    attention_time: Decimal,
    trace: str | None,
    policies: Sequence[str],
    figure: str | None,
    as_json: bool,
    cache: str,
    block_size: int,
    **limits: Any,
) -> None:
    """Hold what a server really did against the best that was possible.

    TTFT as logged, the certified best under a prefill cost, their ratio, and the
    run of arrivals that lost most: whose TTFTs are most above what the best
    schedule needs for any query. The log's own order is also served as the model
    has it, to show how far the model is from what ran.
    """
    from prefixsched.model.options import cache_of
    from prefixsched.studies import serving_log as logs
    from prefixsched.studies.score import score as hold

    with options_named(("cache",)):
        cache_of("cache", cache)

    if log == trace == "-":
        raise click.UsageError("LOG and --trace are both -; standard input holds one file")
    if figure is not None:
        from prefixsched.cli.plot import prepare_figure

        prepare_figure(figure)
    if trace is not None:
        from prefixsched.importers.mooncake import read

        refuse_given(["block_size"], "the trace gives it; leave it out")
    served = logs.read_serving_log(
        log,
        _cost(prefill_cost, token_time, attention_time),
        cache=cache,
        block_size=block_size,
        trace=None if trace is None else read(trace),
    )
    progress.announce_compilation()
    instance = served.instance
    cut.word.queries = instance.n
    warn_of_allowances(instance, policies)
    with progress.bracket(instance.name, instance.time_unit, quiet=as_json) as on_progress:
        limits["time_limit"] = cut.left(limits["time_limit"])
        held = hold(served, policies, on_progress=on_progress, **limits)
    if figure is not None:
        from prefixsched.cli.plot import save
        from prefixsched.plot.lost import plot_lost

        save(plot_lost(held), figure)
    with cut.printing():
        if as_json:
            print_json(held.as_dict())
        else:
            echo(_sentence(held))
            show(_table(held))
            echo(_lost(held))
    for text in held.warnings:
        logger.warning("%s: %s", log, text)
    if not held.result.answered:
        ctx.exit(UNANSWERED)


score.params.insert(1, cost_option(f"{HELP}."))


def _cost(
    named: Potential | None, token_time: Decimal | None, attention_time: Decimal
) -> Potential:
    from prefixsched.model.cost import Potential
    from prefixsched.model.options import exact

    if named is not None:
        refuse_given(COEFFICIENTS, "--cost gives it; leave one of them out")
        return named
    if token_time is None:
        raise InputError("--cost is missing; give a cost file or a preset, or --token-time")
    given = {"token_time": token_time, "attention_time": attention_time}
    with options_named(given):
        return Potential(*(exact(name, value, zero=True) for name, value in given.items()))


def _sentence(held: Score) -> str:
    """What was had, what was possible, and the ratio."""
    instance, result = held.instance, held.result
    times = tables.Times(instance.time_unit, held.had.max)
    low, high = result.lower_bound, result.upper_bound
    how = f"({result.backend}, {tables.seconds(result.seconds)})"
    if result.answered:
        assert result.ttft is not None
        best = f"certified optimum under the cost {times(result.ttft)} {times.unit}"
    else:
        bounds = [tables.NOTHING if bound is None else times(bound) for bound in (low, high)]
        best = f"optimum under the cost between {bounds[0]} and {bounds[1]} {times.unit}"
    return (
        f"{shown(instance.name)}: {tables.queries(instance.n)}, largest TTFT {times(held.had.max)} "
        f"{times.unit}; {best} {how}"
    )


def _table(held: Score) -> Table:
    runs = [held.had, held.replayed, *held.runs]
    times = tables.Times(held.instance.time_unit, max(run.max for run in runs))
    return tables.table(
        HEADS,
        [
            (
                run.policy,
                *map(times, (run.max, run.p50, run.p90, run.p99)),
                times.mean(run.mean),
                tables.ratio(*held.ratio(run)),
            )
            for run in runs
        ],
        title=f"TTFT in {times.title}; ratio is max / optimum",
    )


def _lost(held: Score) -> str:
    """Where most was lost, in words."""
    stretch, upper, unit = held.stretch, held.result.upper_bound, held.instance.time_unit
    if stretch is None or upper is None:
        return "Nothing was lost: no query waited for longer than the best schedule needs."
    times = tables.Times(unit, max(stretch.end, upper))
    begin, end = times(stretch.begin), times(stretch.end)
    when = f"at {begin}" if begin == end else f"from {begin} to {end}"
    return (
        f"Most was lost by the {tables.queries(stretch.queries)} that arrived {when} "
        f"{times.unit}: {'on average ' if stretch.queries > 1 else ''}"
        f"{times(stretch.lost // stretch.queries)} {times.unit} more than the {times(upper)} "
        f"{times.unit} that nobody needed to exceed."
    )

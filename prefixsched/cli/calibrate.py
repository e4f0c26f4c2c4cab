"""``prefixsched calibrate`` and ``prefixsched presets``."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import click

from prefixsched.cli import tables
from prefixsched.cli.options import OUTPUT, PATH, json_option
from prefixsched.cli.output import check_output, echo, print_json, say, show
from prefixsched.io.escape import shown

if TYPE_CHECKING:
    from rich.table import Table

    from prefixsched.calibrate.fit import Fit
    from prefixsched.calibrate.measurements import Measurements
    from prefixsched.model.cost import Potential

logger = logging.getLogger(__name__)

EPILOG = """\b
Example:
  prefixsched calibrate log.csv -o cost.json --plot residuals.png
  prefixsched import mooncake trace.jsonl --cost cost.json -o trace.json

\b
LOG is CSV with a header, JSON Lines, or JSON, gzipped or not. Names of its columns:
  prompt tokens  prompt_tokens, input_tokens, input_length, input_len, prompt_len, isl
  cached tokens  cached_tokens, num_cached_tokens, reused_input_tokens
  time           seconds, ms or us of the prefill (also prefill_seconds, prefill_ms, …);
                 or first_admit_ms and first_token_ms, as in Dynamo's per-request report;
                 or ttft (s), ttft_ms, ttft_us, of requests sent one at a time
Results of vLLM's and SGLang's serving benchmarks with details (input_lens, ttfts) are read
too; they don't tell cached tokens.
"""
PRESETS_EPILOG = """\b
Example:
  prefixsched presets --json
  prefixsched import mooncake trace.jsonl --cost preset:llama-3.1-8b-h100 -o trace.json
"""


@click.command(epilog=EPILOG)
@click.argument("log", metavar="LOG", type=PATH)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=OUTPUT,
    help="Write the cost to a file, for --cost of other commands; its coefficients have "
    "6 significant digits.",
)
@click.option(
    "--plot",
    "figure",
    metavar="FILE",
    type=OUTPUT,
    help="Draw the residuals: PNG, SVG or PDF by the suffix.",
)
@json_option
def calibrate(log: str, output: str | None, figure: str | None, as_json: bool) -> None:
    """Fit the prefill cost to measured times.

    time = constant + token (L - o) + attention (L² - o²), for L prompt tokens of
    which o are cached, by weighted least squares with no coefficient negative.
    The constant per request is fitted so that it doesn't bias the
    others; the cost that is written has none. A log that can't tell the
    coefficients apart is refused.
    """
    from prefixsched.calibrate.fit import fit_cost
    from prefixsched.calibrate.measurements import read_measurements

    if output == "-" and as_json:
        raise click.UsageError("-o - and --json both write to standard output; leave one out")
    if figure is not None:
        from prefixsched.cli.plot import prepare_figure

        prepare_figure(figure)
    if output is not None:
        check_output(output, figure)
    data = read_measurements(log)
    fit = fit_cost(data)
    cost = fit.cost
    if output is not None:
        from prefixsched.io.cost_file import write_cost

        write_cost(cost, _origin(data, fit), output)
    if figure is not None:
        from prefixsched.cli.plot import save
        from prefixsched.plot.residuals import plot_residuals

        save(plot_residuals(fit), figure)
    if as_json:
        print_json({"log": data.source, "requests": len(data), "cost": block(cost)} | fit.as_dict())
    elif output != "-":
        echo(
            f"{shown(data.source)}: {len(data):,} requests of {int(data.prompt.min()):,} to "
            f"{int(data.prompt.max()):,} prompt tokens, {_share_cached(data)} of them cached"
        )
        show(_table(fit))
        echo(f"R² {fit.r2:.4f}; typical error of a request {tables.percent(fit.spread)}")
        if output is not None:
            say(f"wrote the cost to {output}")
    for text in fit.warnings:
        logger.warning("%s: %s", data.source, text)


@click.command(epilog=PRESETS_EPILOG, short_help="List estimated prefill costs of models on GPUs.")
@json_option
def presets(as_json: bool) -> None:
    """List estimated prefill costs of public models on public GPUs.

    They are arithmetic: operations of a token and of attention, over half the
    GPUs' dense BF16 peak. Real engines differ; calibrate where you can.
    """
    from prefixsched.calibrate.presets import PRESETS, UTILISATION

    if as_json:
        found = [
            {
                "name": name,
                "cost": block(each.cost),
                "weights": each.model.weights,
                "layers": each.model.layers,
                "attention_width": each.model.heads * each.model.head_size,
                "gpus": each.gpus,
                "teraflops": float(each.gpu.teraflops),
                "utilisation": float(UTILISATION),
                "sources": [each.model.source, each.gpu.source],
            }
            for name, each in PRESETS.items()
        ]
        print_json({"time_unit": "us", "presets": found})
        return
    rows = [
        (
            name,
            f"{float(each.cost.token):g}",
            f"{float(each.cost.attention):g}",
            f"{_milliseconds(each.cost, 8_000):,.0f}",
            f"{_milliseconds(each.cost, 64_000):,.0f}",
        )
        for name, each in PRESETS.items()
    ]
    heads = ("preset", "us/token", "us/token²", "ms for 8,000", "ms for 64,000")
    show(tables.table(heads, rows, title="estimates: half the dense BF16 peak, nothing else"))


def block(cost: Potential) -> Any:
    """A cost block with its exact numbers, for ``print_json``."""
    from prefixsched.io.instance_file import cost_fields

    return cost_fields(cost)


def _table(fit: Fit) -> Table:
    return tables.table(
        ("", "us", "± error", "of the time"),
        [
            (name, f"{term.value:.5g}", f"{term.error:.2g}", tables.percent(term.share))
            for name, term in (
                ("per token", fit.token),
                ("per squared token", fit.attention),
                ("per request", fit.constant),
            )
        ],
    )


def _share_cached(data: Measurements) -> str:
    return tables.percent(int(data.cached.sum()) / int(data.prompt.sum()))


def _origin(data: Measurements, fit: Fit) -> dict[str, Any]:
    """What a cost file says of where the cost comes from."""
    return {
        "log": data.source,
        "requests": len(data),
        "longest_prompt": int(data.prompt.max()),
        "fit": fit.as_dict(),
    }


def _milliseconds(cost: Potential, tokens: int) -> float:
    return cost.worst(tokens) / 1000

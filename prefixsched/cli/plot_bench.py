"""``prefixsched plot`` of benchmarks: ratios, phase, percentiles, reuse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prefixsched.cli.options import RESULTS
from prefixsched.cli.parameters import options_named
from prefixsched.cli.plot import figure_option, prepare_figure, save

if TYPE_CHECKING:
    from prefixsched.plot.percentiles import Percentile

RATIOS_EPILOG = """\b
Example:
  prefixsched bench policies -o out
  prefixsched plot ratios out -o ratios.png
  prefixsched plot ratios out --family agents -o agents.pdf
"""
PHASE_EPILOG = """\b
Example:
  prefixsched bench paper --jobs 2 -o out
  prefixsched plot phase out --family rasq-certified -o phase.png
"""
PERCENTILES_EPILOG = """\b
Example:
  prefixsched bench paper --jobs 2 -o out
  prefixsched plot percentiles out --family four-part --percentile p95 -o p95.svg
"""
REUSE_EPILOG = """\b
Example:
  prefixsched bench policies -o out
  prefixsched plot reuse out --family agents -o reuse.png
"""

folder_argument = click.argument("folder", metavar="DIR", type=RESULTS)
parameter_option = click.option(
    "--x", "parameter", metavar="NAME", help="The parameter to draw over; the most varied one."
)


family_option = click.option("--family", metavar="NAME", help="A family of the suite.")
one_family_option = click.option(
    "--family", metavar="NAME", help="A family of the suite; needed where there are several."
)


@click.command(epilog=RATIOS_EPILOG)
@folder_argument
@family_option
@figure_option
def ratios(folder: Path, family: str | None, output: str) -> None:
    """Draw how far from the optimum policies are, stream by stream."""
    from prefixsched.bench.select import read_rows
    from prefixsched.plot.ratios import plot_ratios

    prepare_figure(output)
    save(plot_ratios(read_rows(folder, family)), output)


@click.command(epilog=PHASE_EPILOG)
@folder_argument
@one_family_option
@parameter_option
@figure_option
def phase(folder: Path, family: str | None, parameter: str | None, output: str) -> None:
    """Draw which TTFT policies, and anyone, can meet at which rate."""
    from prefixsched.bench.select import read_rows
    from prefixsched.plot.phase import plot_phase

    prepare_figure(output)
    with options_named(("family",)):
        drawn = plot_phase(read_rows(folder, family), parameter)
    save(drawn, output)


@click.command(epilog=PERCENTILES_EPILOG)
@folder_argument
@one_family_option
@parameter_option
@click.option(
    "--percentile",
    type=click.Choice(["p50", "p90", "p95", "p99", "max"]),
    default="p99",
    show_default=True,
    help="Which of a stream's TTFTs.",
)
@figure_option
def percentiles(
    folder: Path, family: str | None, parameter: str | None, percentile: Percentile, output: str
) -> None:
    """Draw a percentile of TTFT over a parameter."""
    from prefixsched.bench.select import read_rows
    from prefixsched.plot.percentiles import plot_percentiles

    prepare_figure(output)
    with options_named(("family",)):
        drawn = plot_percentiles(read_rows(folder, family), parameter, percentile)
    save(drawn, output)


@click.command(epilog=REUSE_EPILOG)
@folder_argument
@family_option
@figure_option
def reuse(folder: Path, family: str | None, output: str) -> None:
    """Draw what each policy reuses against how long it lets wait."""
    from prefixsched.bench.select import read_rows
    from prefixsched.plot.reuse import plot_reuse

    prepare_figure(output)
    save(plot_reuse(read_rows(folder, family)), output)

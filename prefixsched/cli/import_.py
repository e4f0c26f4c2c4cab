"""``prefixsched import``."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import click

from prefixsched import registry
from prefixsched.cli.generate import output_option, write
from prefixsched.cli.options import PATH
from prefixsched.cli.output import check_output
from prefixsched.cli.parameters import options_named
from prefixsched.cli.types import ExactDecimal, ExactFraction, Registered

EPILOG = """\b
Example:
  prefixsched import mooncake trace.jsonl --start 1000 --count 12 -o window.json

A package adds formats through the entry points prefixsched.importers.
"""


@click.command("import", epilog=EPILOG, short_help="Make an instance from a serving trace.")
@click.argument("kind", metavar="FORMAT", type=Registered("importers"))
@click.argument("trace", metavar="TRACE", type=PATH)
@click.option(
    "--start",
    metavar="N",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="The first request to take, counted from 0 in order of arrival.",
)
@click.option(
    "--count",
    metavar="N",
    type=click.IntRange(min=1),
    help="How many requests to take; all from the first where not given.",
)
@click.option(
    "--time-scale",
    metavar="X",
    type=ExactFraction(),
    default=Fraction(1),
    show_default=True,
    help="Factor on the time between arrivals; 1/2 doubles the load.",
)
@click.option(
    "--token-time",
    metavar="X",
    type=ExactDecimal(),
    default=Decimal(40),
    show_default=True,
    help="Prefill microseconds per token.",
)
@click.option(
    "--attention-time",
    metavar="X",
    type=ExactDecimal(),
    default=Decimal(0),
    show_default=True,
    help="Prefill microseconds per squared token; above 0 the cost model is causal.",
)
@click.option(
    "--cache",
    type=click.Choice(["last", "unbounded"]),
    default="last",
    show_default=True,
    help="What stays cached: the prompt processed last, or everything.",
)
@click.option("--name", help="The instance's name; made from the trace's where not given.")
def import_(kind: str, trace: str, instance_path: str, **options: Any) -> None:
    """Make an instance from a serving trace; a tick is a microsecond.

    FORMAT is mooncake, bailian, or what a plug-in adds.
    """
    from prefixsched.importers.trace import to_instance

    check_output(instance_path)
    read = registry.load("importers", kind)
    requests = read(trace)
    with options_named(options):
        instance = to_instance(requests, **options)
    write(instance, instance_path)


import_.params.append(output_option())

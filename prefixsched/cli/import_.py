"""``prefixsched import``."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import click

from prefixsched.cli.costs import HELP, apply_cost, cost_option, refuse_given
from prefixsched.cli.generate import output_option, write
from prefixsched.cli.options import PATH, cache_option
from prefixsched.cli.output import check_output, say
from prefixsched.cli.parameters import options_named
from prefixsched.cli.types import ExactDecimal, ExactFraction, Registered, Whole
from prefixsched.io.escape import shown
from prefixsched.plugins import registry

if TYPE_CHECKING:
    from prefixsched.model.cost import Potential

EPILOG = """\b
Example:
  prefixsched import mooncake trace.jsonl --start 100 --count 12 -o window.json
  prefixsched import tsptw n20w40.txt -o tour.json

The options from --start to --cache are for traces alone.
A package adds formats through the entry points prefixsched.importers.
"""


@click.command("import", epilog=EPILOG, short_help="Make an instance from a trace or a TSPTW.")
@click.argument("kind", metavar="FORMAT", type=Registered("importers"))
@click.argument("trace", metavar="TRACE", type=PATH)
@click.option(
    "--start",
    metavar="N",
    type=Whole(min=0),
    default=0,
    show_default=True,
    help="The first request to take, counted from 0 in order of arrival.",
)
@click.option(
    "--count",
    metavar="N",
    type=Whole(min=1),
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
    type=ExactDecimal("40"),
    default=Decimal(40),
    show_default=True,
    help="Prefill microseconds per token.",
)
@click.option(
    "--attention-time",
    metavar="X",
    type=ExactDecimal("0.001"),
    default=Decimal(0),
    show_default=True,
    help="Prefill microseconds per squared token; above 0 the cost model is causal.",
)
@cache_option
@click.option("--name", help="The instance's name; made from the file's where not given.")
def import_(
    kind: str, trace: str, instance_path: str, prefill_cost: Potential | None, **options: Any
) -> None:
    """Make an instance from a serving trace, or from a file of the TSPTW.

    FORMAT is mooncake or bailian, traces, in which a tick is a microsecond;
    tsptw, the travelling salesman with time windows; or what a plug-in adds.
    """
    from prefixsched.importers.trace import to_instance
    from prefixsched.model.instance import Instance

    check_output(instance_path)
    read = registry.load("importers", kind)
    found = read(trace)
    if isinstance(found, Instance):
        refuse_given(
            ("prefill_cost", *(name for name in options if name != "name")),
            f"only for traces, and {kind} files are none; leave it out",
        )
        instance = found if options["name"] is None else replace(found, name=options["name"])
    else:
        apply_cost(prefill_cost, options)
        with options_named(options):
            instance = to_instance(found, **options)
        if options["start"]:
            name = shown(instance.name)
            say(f"{name} begins with an empty cache, whatever came before in {shown(trace)}")
    write(instance, instance_path)


import_.params.append(cost_option(f"{HELP}, in place of --token-time and --attention-time."))
import_.params.append(output_option())

"""``prefixsched generate``: one command for each registered generator, from its signature."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import click

from prefixsched.cli.costs import COEFFICIENTS, HELP, apply_cost, cost_option
from prefixsched.cli.docs import read_docs
from prefixsched.cli.groups import Family, broken
from prefixsched.cli.options import OUTPUT
from prefixsched.cli.output import check_output, say
from prefixsched.cli.parameters import options_named, options_of
from prefixsched.cli.tables import duration, queries
from prefixsched.io.escape import shown
from prefixsched.model.errors import InputError
from prefixsched.plugins import registry
from prefixsched.plugins.user_classes import foreign

if TYPE_CHECKING:
    from prefixsched.model.cost import Potential
    from prefixsched.model.instance import Instance

EPILOG = """\b
Example:
  prefixsched generate rasq --users 12 --per-user 4 --load 1.2 --seed 1 -o rasq.json
  prefixsched generate rasq --help

A package adds its own through the entry points prefixsched.generators.
"""


class Generators(Family):
    """The registered generators as commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Their names."""
        return list(registry.available("generators"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Make the command of a generator; one that can't be loaded says so when it is run."""
        if cmd_name not in registry.available("generators"):
            return None
        try:
            function = registry.load("generators", cmd_name)
            with foreign(f"generators: {cmd_name!r}: making its options", "mend its signature"):
                return command_of(cmd_name, function)
        except InputError as error:
            return broken(cmd_name, error)


def command_of(name: str, function: Callable[..., Instance]) -> click.Command:
    """The command that calls a generator, and writes what it returns."""

    def run(instance_path: str, prefill_cost: Potential | None = None, **parameters: Any) -> None:
        check_output(instance_path)
        apply_cost(prefill_cost, parameters)
        with options_named(parameters):
            instance = function(**parameters)
        write(instance, instance_path)

    docs = read_docs(function)
    options = options_of(function, docs)
    taken = {flag for option in options for flag in option.opts}
    if set(COEFFICIENTS) <= {option.name for option in options} and "--cost" not in taken:
        options.append(cost_option(f"{HELP}, in place of --token-time and --attention-time."))
    examples = "\n  ".join(docs.examples) or f"prefixsched generate {name} -o {name}.json"
    return click.Command(
        name,
        callback=run,
        params=[*options, output_option(taken)],
        help=f"{docs.summary}\n\n{docs.description.replace('``', '')}",
        short_help=docs.summary,
        epilog=f"\b\nExample:\n  {examples}",
    )


def output_option(taken: Collection[str] = ()) -> click.Option:
    """``-o``: where an instance file goes; its long name gives way to one that is ``taken``."""
    return click.Option(
        ["instance_path", "-o", *({"--output"} - set(taken))],
        metavar="FILE",
        type=OUTPUT,
        default="-",
        show_default="standard output",
        help="Where to write the instance; gzipped where the name ends in .gz.",
    )


def write(instance: Instance, path: str) -> None:
    """Write an instance file, and tell a person at a terminal what it holds."""
    from prefixsched.io.instance_file import write_instance

    write_instance(instance, path)
    last = " ".join(duration(int(instance.arrival.max()), instance.time_unit))
    where = "standard output" if path == "-" else path
    say(f"wrote {shown(instance.name)}, {queries(instance.n)} until {last}, to {where}")


@click.group(cls=Generators, epilog=EPILOG, short_help="Make an instance of a family.")
def generate() -> None:
    """Make an instance; each generator has options of its own."""

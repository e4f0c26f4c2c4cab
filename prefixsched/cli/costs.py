"""The option that names a prefill cost: a cost file, or a preset."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from prefixsched.cli.output import note_input
from prefixsched.cli.types import ParamType
from prefixsched.model.errors import InputError

if TYPE_CHECKING:
    from prefixsched.model.cost import Potential

PREFIX = "preset:"
HELP = (
    "Take the prefill cost from a file that calibrate wrote, or an estimate as preset:NAME "
    "(prefixsched presets lists them)"
)
COEFFICIENTS = ("token_time", "attention_time")


class CostSource(ParamType):
    """A cost file, or ``preset:NAME``."""

    name = "cost"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ARG002 - click names it
        """Read the cost that ``value`` names, and keep its file in mind.

        Raises
        ------
        InputError
            If there is no such file or preset, or the file is wrong.
        """
        if not isinstance(value, str):
            return value
        note_input(ctx, value)
        return _read(value)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click names them
        param: click.Parameter,  # noqa: ARG002 - click names them
        incomplete: str,
    ) -> list[CompletionItem]:
        """The presets, and files."""
        from prefixsched.calibrate.presets import PRESETS

        names = [PREFIX + name for name in PRESETS if (PREFIX + name).startswith(incomplete)]
        return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


def cost_option(text: str) -> click.Option:
    """``--cost``: where the prefill cost comes from."""
    return click.Option(
        ["prefill_cost", "--cost"], metavar="FILE|preset:NAME", type=CostSource(), help=text
    )


def apply_cost(cost: Potential | None, options: dict[str, Any]) -> None:
    """Let a ``cost`` take the place of the options that give its coefficients.

    Raises
    ------
    InputError
        If one of those is on the command line too, or a coefficient has no finite decimal.
    """
    if cost is None:
        return
    refuse_given(COEFFICIENTS, "--cost gives it; leave one of them out")
    options["token_time"] = decimal(cost.token)
    options["attention_time"] = decimal(cost.attention)


def refuse_given(names: Iterable[str], why: str) -> None:
    """Raise an error for an option of ``names`` that is on the command line."""
    ctx = click.get_current_context()
    options = {option.name: max(option.opts, key=len) for option in ctx.command.params}
    for name in names:
        if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise InputError(f"{options[name]}: {why}")


def decimal(value: Any) -> Decimal:
    """A coefficient, which a file or a preset states as a decimal, as that decimal."""
    from prefixsched.io.instance_file import number

    exact = number(value)
    return Decimal(exact if isinstance(exact, int) else bytes(exact).decode())


def _read(value: str) -> Potential:
    if value.startswith(PREFIX):
        from prefixsched.calibrate.presets import preset

        return preset(value.removeprefix(PREFIX))
    from prefixsched.io.cost_file import read_cost

    return read_cost(value)

"""Option types: exact numbers, bounds, lists, and names that are registered."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from click.shell_completion import CompletionItem

from prefixsched.cli.output import note_input
from prefixsched.model.errors import InputError
from prefixsched.plugins import registry
from prefixsched.verifier.objective import Objective

if TYPE_CHECKING:
    Parameter = click.Parameter | None
    Context = click.Context | None
    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # generic for type checkers alone in older releases

GOALS = ("max", "p50", "p90", "p95", "p99", "percentile:", "goodput", "mean")
"""Objectives that are completed."""
CACHE_FORM = "last|unbounded|lru:TOKENS"
"""How options spell a cache, those of generators too."""
CACHES = ("last", "unbounded", "lru:")
"""Caches that are completed."""
MOST_DIGITS = 40
"""Powers of ten past this are refused before they are written out."""
MOST_GIBIBYTES = 2**20
"""More than any machine has."""


class Input(click.Path):
    """A file that a command reads, which no output of the command may be."""

    def convert(self, value: Any, param: Parameter, ctx: Context) -> Any:
        """Take ``value``, and keep it in mind."""
        path = super().convert(value, param, ctx)
        note_input(ctx, str(path))
        return path


class Results(click.Path):
    """A folder of results, whose files no output of the command may be."""

    def convert(self, value: Any, param: Parameter, ctx: Context) -> Any:
        """Take ``value``, and keep its files in mind."""
        from prefixsched.bench.store import HEAD, ROWS, SUITE

        for name in (HEAD, ROWS, SUITE):
            note_input(ctx, str(Path(value) / name))
        return super().convert(value, param, ctx)


class Bound(ParamType):
    """A TTFT in whole ticks, or ``own``."""

    name = "ticks|own"

    def convert(self, value: Any, param: Parameter, ctx: Context) -> int | Literal["own"]:
        """Read ``value``, or fail naming the option."""
        if value == "own" or isinstance(value, int):
            return value  # type: ignore[no-any-return]  # str is compared, not narrowed
        try:
            return int(value)
        except ValueError:
            self.fail(
                f"{value!r} is not a whole number of ticks; give one, as 30000 for 30 ms where a "
                "tick is 1 us, or own for the allowances that the queries state",
                param,
                ctx,
            )

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """The one word that is allowed."""
        return completed(["own"], incomplete)


class Whole(click.IntRange):
    """A whole number, from a least one on."""

    def convert(self, value: Any, param: Parameter, ctx: Context) -> int:
        """Read ``value``, or fail naming the option."""
        try:
            number = int(value)
        except ValueError:
            number = None
        low, high = self.min, self.max
        if number is None or (low is not None and number < low) or (high or number) < number:
            upto = "" if high is None else f" to {high:,}"
            what = "is not a whole number" if number is None else "is out of range"
            shown = repr(value) if number is None else value
            self.fail(f"{shown} {what}; give a whole number from {low}{upto}", param, ctx)
        return number


class Ticks(Whole):
    """A number of ticks, as files may state it."""

    def __init__(self) -> None:
        super().__init__(0, 2**53)  # MAX_NUMBER, whose module loads numpy


def _float(value: Any) -> float:
    """``value`` as a number, and not a number where it is none: that fails every comparison."""
    try:
        return float(value)
    except ValueError:
        return math.nan


class Seconds(ParamType):
    """A duration, 0 or more."""

    name = "seconds"

    def convert(self, value: Any, param: Parameter, ctx: Context) -> float:
        """Read ``value``, or fail naming the option."""
        seconds = _float(value)
        if not 0 <= seconds < math.inf:
            self.fail(f"{value!r} is no time; give 0 or more seconds", param, ctx)
        return seconds


class Gibibytes(ParamType):
    """An amount of memory, above 0."""

    name = "gibibytes"

    def convert(self, value: Any, param: Parameter, ctx: Context) -> float:
        """Read ``value``, or fail naming the option."""
        amount = _float(value)
        if not 0 < amount <= MOST_GIBIBYTES:
            self.fail(
                f"{value!r} is no amount of memory; give more than 0, at most {MOST_GIBIBYTES:,}",
                param,
                ctx,
            )
        return amount


class Goal(ParamType):
    """What is optimised: ``max``, ``percentile:Q``, ``goodput`` or ``mean``."""

    name = "objective"

    def convert(self, value: Any, param: Parameter, ctx: Context) -> str:
        """Read ``value``, or fail naming the option."""
        try:
            return str(Objective.parse(value))
        except InputError as error:
            self.fail(str(error).removeprefix("objective: "), param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """The kinds, and the percentiles that are asked for most."""
        return completed(GOALS, incomplete)


class Named(ParamType):
    """Text that has some usual values, which are completed; what is wrong with it others say.

    Parameters
    ----------
    names
        Gives the usual values.
    """

    def __init__(self, names: Callable[[], Iterable[str]]) -> None:
        self.names = names
        self.name = "text"

    def convert(self, value: Any, param: Parameter, ctx: Context) -> str:  # noqa: ARG002
        """As it is."""
        return str(value)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """The usual values."""
        return completed(self.names(), incomplete)


def completed(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Those of ``names`` that begin as what was typed."""
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


class ExactDecimal(ParamType):
    """A decimal, kept as it is written.

    Parameters
    ----------
    example
        One that makes sense there.
    """

    name = "number"

    def __init__(self, example: str = "0.9") -> None:
        self.example = example

    def convert(self, value: Any, param: Parameter, ctx: Context) -> Decimal:
        """Read ``value``, or fail naming the option."""
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("nan")
        if not number.is_finite():
            self.fail(f"{value!r} is not a number; give one like {self.example}", param, ctx)
        return number


class ExactFraction(ParamType):
    """A decimal or a ratio of integers, kept exact."""

    name = "fraction"

    def convert(self, value: Any, param: Parameter, ctx: Context) -> Fraction:
        """Read ``value``, or fail naming the option."""
        if isinstance(value, Fraction):
            return value
        try:
            return _fraction(value)
        except (ValueError, OverflowError, InvalidOperation, ZeroDivisionError):
            self.fail(f"{value!r} is not a number; give one like 0.5 or 1/3", param, ctx)


def _fraction(text: str) -> Fraction:
    if "/" in text:
        return Fraction(text)
    number = Decimal(text)
    if abs(number.adjusted()) > MOST_DIGITS:
        raise ValueError(text)
    return Fraction(number)


class IntegerList(ParamType):
    """Integers with commas between them."""

    name = "a,b,…"

    def convert(self, value: Any, param: Parameter, ctx: Context) -> tuple[int, ...]:
        """Read ``value``, or fail naming the option."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(item) for item in value.split(","))
        except ValueError:
            self.fail(f"{value!r} is not a list of integers; give some like 5,6,7", param, ctx)


class Registered(ParamType):
    """What is registered under a name, with or without parameters (``k-lpm:4``).

    Parameters
    ----------
    kind
        Where to look.
    also
        Names that stand for something else.
    """

    def __init__(self, kind: registry.Kind, *also: str) -> None:
        self.kind = kind
        self.also = also
        self.name = "name"

    def convert(self, value: Any, param: Parameter, ctx: Context) -> str:  # noqa: ARG002
        """Refuse early, before files are read, what can't be made.

        Raises
        ------
        InputError
            If there is nothing of that name, or its parameters are wrong.
        """
        if value not in self.also:
            if self.kind in ("policies", "backends"):
                registry.create(self.kind, value)
            else:
                registry.load(self.kind, value)
        return str(value)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """The registered names, plug-ins included."""
        return completed([*self.also, *registry.available(self.kind)], incomplete)

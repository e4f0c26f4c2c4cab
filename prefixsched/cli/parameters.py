"""Options made from the signature of a function."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import click

from prefixsched.cli.docs import Docs
from prefixsched.cli.types import (
    CACHE_FORM,
    CACHES,
    ExactDecimal,
    ExactFraction,
    IntegerList,
    Named,
    ParamType,
)
from prefixsched.model.errors import InputError


def options_of(function: Callable[..., Any], docs: Docs) -> list[click.Option]:
    """One option for each parameter of ``function``, with the help that ``docs`` have for it."""
    hints = get_type_hints(function, include_extras=True)
    parameters = inspect.signature(function).parameters.values()
    return [
        _option(parameter, hints.get(parameter.name, str), docs.parameters.get(parameter.name, ""))
        for parameter in parameters
    ]


def _option(parameter: inspect.Parameter, annotation: Any, text: str) -> click.Option:
    name = parameter.name.replace("_", "-")
    required = parameter.default is parameter.empty
    default = None if required else parameter.default
    kind = _without_none(annotation)
    if kind is bool and not default:
        return click.Option([f"--{name}"], is_flag=True, help=text)
    if kind is bool:
        return click.Option(
            [f"--{name}/--no-{name}"], default=default, show_default=True, help=text
        )
    form = None
    if get_origin(kind) is Annotated:  # a str with a form of its own
        kind, form = get_args(kind)
    made = Named(lambda: CACHES) if form == CACHE_FORM else option_type(kind)
    return click.Option(
        [f"--{name}"],
        type=made,
        metavar=form or (None if isinstance(made, click.Choice) else _metavar(kind)),
        required=required,
        default=default,
        show_default=_shown(default),
        help=text,
    )


def option_type(kind: Any) -> ParamType:
    """How the values of a type are read.

    Raises
    ------
    TypeError
        If there is no way to give such a value on a command line.
    """
    exact: dict[Any, ParamType] = {
        int: click.INT,
        float: click.FLOAT,
        str: click.STRING,
        Decimal: ExactDecimal(),
        Fraction: ExactFraction(),
    }
    if kind in exact:
        return exact[kind]
    if get_origin(kind) is Literal:
        return click.Choice([str(value) for value in get_args(kind)])
    if isinstance(kind, type) and issubclass(kind, Enum):
        return click.Choice([str(member.value) for member in kind])
    if get_origin(kind) is tuple and get_args(kind) == (int, ...):
        return IntegerList()
    raise TypeError(f"no option can have the type {kind}")


def _without_none(annotation: Any) -> Any:
    """``X`` of ``X | None``."""
    if get_origin(annotation) in (Union, types.UnionType):
        kept = [kind for kind in get_args(annotation) if kind is not types.NoneType]
        return kept[0] if len(kept) == 1 else str
    return annotation


def _metavar(kind: Any) -> str:
    names = {int: "N", float: "X", Decimal: "X", Fraction: "X", str: "TEXT"}
    return names.get(kind, "N,N,…")


def _shown(default: Any) -> bool | str:
    """What click needs to be told of a default: nothing where it prints well by itself."""
    if isinstance(default, tuple):
        return ",".join(map(str, default))
    return default is not None


@contextmanager
def options_named(parameters: Collection[str]) -> Iterator[None]:
    """Let an error that begins with the names of ``parameters`` call them as a user does.

    Raises
    ------
    InputError
        Whatever is raised inside, so renamed.
    """
    try:
        yield
    except InputError as error:
        subject, colon, rest = str(error).partition(":")
        names = subject.split(" and ")
        if not set(names) <= set(parameters):
            raise
        options = " and ".join(f"--{name.replace('_', '-')}" for name in names)
        raise InputError(f"{options}{colon}{rest}") from error

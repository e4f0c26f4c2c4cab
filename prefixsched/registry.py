"""Policies, generators, importers, backends and commands, found through entry points."""

from __future__ import annotations

import difflib
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from prefixsched.errors import InputError
from prefixsched.own import find_own

Kind = Literal["policies", "generators", "importers", "backends", "commands"]


@cache
def available(kind: Kind) -> dict[str, EntryPoint]:
    """Every entry point of a kind by name, plug-ins included, none loaded yet."""
    found = entry_points(group=f"prefixsched.{kind}")
    return {point.name: point for point in sorted(found, key=lambda point: point.name)}


def load(kind: Kind, name: str) -> Any:
    """Load what is registered under ``name``.

    Raises
    ------
    InputError
        If there is nothing of that name, or it needs a package that isn't installed.
    """
    points = available(kind)
    if name not in points:
        close = difflib.get_close_matches(name, points, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(points)}"
        raise InputError(f"{kind}: there is no {name!r}; {hint}")
    try:
        return points[name].load()
    except ModuleNotFoundError as error:
        raise InputError(
            f"{kind}: {name!r} needs the package {error.name!r}, which isn't installed"
        ) from error


def create(kind: Kind, spec: str) -> Any:
    """Make an object from ``name``, ``name:value`` or ``name:key=value,key=value``.

    A bare value goes to the constructor's first parameter. Values are read by
    the parameter's annotation: int, Decimal, float or str. A policy may also be
    a class that isn't registered, as ``module:Class`` or ``module:Class:key=value``.

    Raises
    ------
    InputError
        If the name, a parameter or a value is not right.
    """
    name, _, rest = spec.partition(":")
    own = find_own(spec) if kind == "policies" and name not in available(kind) else None
    factory, rest = (load(kind, name), rest) if own is None else own
    return factory(**_parameters(spec, factory, rest))


def _parameters(spec: str, factory: Any, text: str) -> dict[str, Any]:
    if not text:
        return {}
    import inspect

    known = inspect.signature(factory).parameters
    given: dict[str, Any] = {}
    for k, item in enumerate(text.split(",")):
        key, equals, value = item.partition("=")
        if not equals:
            if k > 0 or not known:
                raise InputError(f"{spec}: {item!r} has no name; write key=value")
            key, value = next(iter(known)), key
        key = key.replace("-", "_")
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            hint = f"did you mean {close[0]}?" if close else takes
            raise InputError(f"{spec}: no parameter {key!r}; {hint}")
        if key in given:
            raise InputError(f"{spec}: {key} is given twice; give it once")
        given[key] = _value(spec, key, value, str(known[key].annotation))
    return given


def _value(spec: str, key: str, text: str, annotation: str) -> Any:
    kinds = annotation.replace("<class '", "").replace("'>", "")
    for kind in (int, Decimal, float):
        if kind.__name__ in kinds:
            try:
                return kind(text)
            except (ValueError, InvalidOperation):
                if "str" in kinds:
                    continue
                raise InputError(f"{spec}: {key} is {text!r}; give a number") from None
    return text

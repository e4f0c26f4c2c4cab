"""Policies, generators, importers, backends and commands, found through entry points."""

from __future__ import annotations

import difflib
import re
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from prefixsched.model.errors import InputError
from prefixsched.plugins.naming import Named, name_of
from prefixsched.plugins.user_classes import find_own, foreign, is_own

_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
Kind = Literal["policies", "generators", "importers", "backends", "commands"]


@cache
def available(kind: Kind) -> dict[str, EntryPoint]:
    """Every entry point of a kind by name, plug-ins included, none loaded yet.

    A name of this project's own stays its own, whoever else takes it.
    """
    found = entry_points(group=f"prefixsched.{kind}")
    return {point.name: point for point in sorted(found, key=lambda p: (p.name, _is_ours(p)))}


def _is_ours(point: EntryPoint) -> bool:
    return point.value.startswith(("prefixsched.", "reductions."))


@cache
def _package(point: EntryPoint) -> str:
    """Who registers it; to read that takes as long as a search among twenty queries."""
    return point.dist.name if point.dist is not None else point.value


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
    point = points[name]
    try:
        with foreign(
            f"{kind}: loading {name!r} of {_package(point)}", "mend or remove that package"
        ):
            return point.load()
    except InputError as error:
        reason = error.__cause__
        if isinstance(reason, ModuleNotFoundError):
            raise InputError(
                f"{kind}: {name!r} needs the package {reason.name!r}, which isn't installed"
            ) from error
        raise


def create(kind: Kind, spec: str) -> Any:
    """Make an object from ``name``, ``name:value`` or ``name:key=value,key=value``.

    A bare value goes to the constructor's first parameter. Values are read by
    the parameter's annotation: int, Decimal, float or str. A policy may also be
    a class that isn't registered, as ``module:Class`` or ``module:Class:key=value``,
    or an object that a module holds.

    Raises
    ------
    InputError
        If the name, a parameter or a value is not right, or the constructor raises.
    """
    name, _, rest = spec.partition(":")
    registered = available(kind)
    if kind != "policies" or name in registered:
        return _made(spec, load(kind, name), rest)
    several = spec.split(",")
    if len(several) > 1 and all(each.partition(":")[0] in registered for each in several):
        raise InputError(f"policies: {spec!r} is not one; give -p once for each")
    own = find_own(spec)
    if own is None:
        if _DOTTED.fullmatch(name) and not is_own(spec):
            module, _, cls = name.rpartition(".")
            raise InputError(f"policies: there is no {name!r}; write a class as {module}:{cls}")
        if is_own(spec) and not difflib.get_close_matches(name, registered, n=1):
            raise InputError(
                f"{spec}: there is no module {name!r} in this folder or among what is installed; "
                "go to the folder that it is in, or put that folder on PYTHONPATH"
            )
        load(kind, name)  # says what there is
    assert own is not None
    found, rest = own
    if not isinstance(found, type) and callable(getattr(found, "pick", None)) and not rest:
        return found
    made = _made(spec, found, rest)
    return _named(made, rest) if rest else made


def _made(spec: str, factory: Any, text: str) -> Any:
    given = _parameters(spec, factory, text)
    with foreign(f"{spec}: making it"):
        return factory(**given)


def _named(policy: Any, parameters: str) -> Any:
    """The policy under a name that tells its parameters, unless its own does so already."""
    name = name_of(policy)
    return policy if ":" in name else Named(policy, f"{name}:{parameters}")


def _parameters(spec: str, factory: Any, text: str) -> dict[str, Any]:
    if not text:
        return {}
    import inspect

    with foreign(f"{spec}: reading its parameters"):
        known = inspect.signature(factory).parameters
    if not known:
        raise InputError(f"{spec}: it takes no parameters; leave {text!r} out")
    given: dict[str, Any] = {}
    for k, item in enumerate(text.split(",")):
        key, equals, value = item.partition("=")
        if not equals:
            if k > 0:
                raise InputError(f"{spec}: {item!r} has no name; write key=value")
            key, value = next(iter(known)), key
        key = key.replace("-", "_")
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"it takes {', '.join(known)}"
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

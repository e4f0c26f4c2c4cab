"""``prefixsched policies`` and ``prefixsched backends``."""

from __future__ import annotations

import inspect
from decimal import Decimal
from typing import Any

import click

from prefixsched.cli import tables
from prefixsched.cli.docs import read_docs
from prefixsched.cli.options import json_option
from prefixsched.cli.output import print_json, show
from prefixsched.model.errors import InputError
from prefixsched.plugins import registry
from prefixsched.plugins.user_classes import foreign

POLICIES_EPILOG = """\b
Example:
  prefixsched policies
  prefixsched generate rasq --load 1.2 -o rasq.json
  prefixsched simulate rasq.json -p k-lpm:4 -p k-lpm:k=4,oldest=last

A package adds its own through the entry points prefixsched.policies.
"""
BACKENDS_EPILOG = """\b
Example:
  prefixsched backends
  prefixsched generate rasq --users 3 --per-user 3 --load 1.2 -o small.json
  prefixsched solve small.json --backend milp:solver=cbc --time-limit 60

A package adds its own through the entry points prefixsched.backends.
"""
AUTO = (
    "auto, the default: policies give an upper bound, trie work a lower one, "
    "and an exact backend closes the gap"
)


def entries(kind: registry.Kind) -> list[dict[str, Any]]:
    """What is registered: name, summary, parameters, and the package that it comes from."""
    found = []
    for name, point in registry.available(kind).items():
        package = point.dist.name if point.dist is not None else point.value
        entry: dict[str, Any] = {"name": name, "summary": "", "parameters": {}, "package": package}
        try:
            factory = registry.load(kind, name)
            with foreign(f"reading what {name!r} of {package} is", "mend or remove that package"):
                entry["summary"] = read_docs(factory).summary
                entry["parameters"] = _parameters(factory)
        except InputError as error:  # one that can't be loaded is listed with the reason
            entry["summary"] = str(error).removeprefix(f"{kind}: ")
        found.append(entry)
    return found


def _parameters(factory: Any) -> dict[str, Any]:
    """Each parameter with its default, as text where JSON has nothing like it."""
    return {
        name: None if parameter.default is parameter.empty else _plain(parameter.default)
        for name, parameter in inspect.signature(factory).parameters.items()
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float | str | Decimal) else str(value)


def _list(kind: registry.Kind, *, as_json: bool) -> None:
    found = entries(kind)
    if as_json:
        print_json({kind: found})
        return
    rows = [
        (
            entry["name"],
            ", ".join(f"{key}={value}" for key, value in entry["parameters"].items()),
            entry["summary"],
        )
        for entry in found
    ]
    show(tables.table(("name", "parameters", "what it is"), rows, words=True), wrap=True)


@click.command(epilog=POLICIES_EPILOG)
@json_option
def policies(as_json: bool) -> None:
    """List the policies, plug-ins included."""
    _list("policies", as_json=as_json)


@click.command(epilog=BACKENDS_EPILOG)
@json_option
def backends(as_json: bool) -> None:
    """List the exact backends, plug-ins included."""
    _list("backends", as_json=as_json)
    if not as_json:
        click.echo(AUTO)

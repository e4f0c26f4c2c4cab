"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from prefixsched.cli import cut
from prefixsched.cli.types import (
    CACHE_FORM,
    CACHES,
    Input,
    Named,
    Registered,
    Results,
    Seconds,
)

F = TypeVar("F", bound=Callable[..., Any])

# Files are opened by prefixsched.io, whose messages name the trouble; click only completes names,
# and keeps in mind which are read, for check_output.
PATH = Input(allow_dash=True, readable=False)
RESULTS = Results(readable=False, path_type=Path)
OUTPUT = click.Path(allow_dash=True, readable=False)

instance_argument = click.argument("instance", metavar="FILE", type=PATH)
json_option = click.option(
    "--json",
    "as_json",
    is_flag=True,
    callback=cut.note_json,
    help="Print one JSON object and nothing else.",
)
cache_option = click.option(
    "--cache",
    type=Named(lambda: CACHES),
    metavar=CACHE_FORM,
    default="last",
    show_default=True,
    help="What stays cached: the prompt processed last, everything, or what fits into so many "
    "tokens.",
)
backend_option = click.option(
    "--backend",
    type=Registered("backends", "auto"),
    default="auto",
    show_default=True,
    help="What proves the answer; prefixsched backends lists them.",
)


def policy_option(
    *, required: bool = False, default: tuple[str, ...] | None = None
) -> Callable[[F], F]:
    """``-p``: the policies to run."""
    return click.option(
        "-p",
        "--policy",
        "policies",
        type=Registered("policies"),
        metavar="NAME[:VALUE]",
        multiple=True,
        required=required,
        default=default,
        show_default=", ".join(default) if default else False,
        help="A policy to run, or a class of your own as module:Class; give it once for each. "
        "prefixsched policies lists them.",
    )


def time_limit_option(default: float | None = None) -> Callable[[F], F]:
    """``--time-limit``: when a search ends."""
    return click.option(
        "--time-limit",
        type=Seconds(),
        metavar="SECONDS",
        default=default,
        show_default=default is not None,
        callback=cut.note_limit,
        help="When the whole command ends with the best bracket; without it, at the answer.",
    )

"""Instances from files by the name of a registered importer, those of plug-ins among them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from prefixsched.importers.trace import Trace, to_instance
from prefixsched.model.cost import Potential
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance
from prefixsched.plugins.registry import load


def import_trace(
    format: str,  # noqa: A002 - what the command line calls it
    path: str | Path,
    *,
    cost: Potential | None = None,
    name: str | None = None,
    **options: Any,
) -> Instance:
    """Make an instance from a serving trace, or from a file that states one outright.

    Parameters
    ----------
    format
        The importer's name: ``mooncake`` or ``bailian``, traces in which a tick is a
        microsecond; ``tsptw``; or what a package registers.
    path
        The file, gzipped or not.
    cost
        The prefill cost, as :func:`~prefixsched.calibrate.log.calibrate` fits it, in place of
        ``token_time`` and ``attention_time``.
    name
        The instance's name; made from the file's where not given.
    options
        Of a trace: ``start``, ``count``, ``time_scale``, ``token_time``, ``attention_time`` and
        ``cache``, as :func:`~prefixsched.importers.trace.to_instance` takes them.

    Raises
    ------
    InputError
        If there is no such importer, the file is not of its format, or an option is out of
        range, given twice, or of no use with that format.

    Examples
    --------
    ``prefixsched.import_trace("mooncake", "trace.jsonl", count=200, cache="unbounded")``
    """
    found: Instance | Trace = load("importers", format)(path)
    if cost is not None:
        twice = [option for option in ("token_time", "attention_time") if option in options]
        if twice:
            raise InputError(f"{' and '.join(twice)}: cost gives it; leave one of them out")
        options |= {"token_time": cost.token, "attention_time": cost.attention}
    if not isinstance(found, Instance):
        return to_instance(found, name=name, **options)
    if options:
        raise InputError(
            f"{' and '.join(options)}: only for traces, and {format} files are none; leave it out"
        )
    return found if name is None else replace(found, name=name)

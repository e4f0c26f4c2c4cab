"""The file format ``prefixsched-cost/1``: a cost block, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from prefixsched.io.decode import decode
from prefixsched.io.files import read_utf8, write_bytes
from prefixsched.io.instance_file import CausalFile, LinearFile, cost_fields, cost_model
from prefixsched.model.cost import Potential
from prefixsched.model.errors import InputError


class CostFile(Struct, forbid_unknown_fields=True):
    """A cost of prompts in ticks of ``time_unit``, as instance files state it."""

    format: Literal["prefixsched-cost/1"]
    cost: LinearFile | CausalFile
    time_unit: Literal["us"] = "us"
    meta: dict[str, Any] = msgspec.field(default_factory=dict)


def read_cost(path: str | Path) -> Potential:
    """Read a cost file; ``-`` reads standard input.

    Raises
    ------
    InputError
        If it can't be read, or isn't a valid cost.
    """
    file = decode(read_utf8(path), CostFile, path)
    try:
        cost = cost_model(file.cost)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    assert isinstance(cost, Potential)
    return cost


def write_cost(cost: Potential, meta: Mapping[str, Any], path: str | Path) -> None:
    """Write a cost in microseconds atomically; ``cost`` and ``time_unit`` fit instance files."""
    block = {
        "format": "prefixsched-cost/1",
        "time_unit": "us",
        "cost": cost_fields(cost),
        "meta": meta,
    }
    write_bytes(path, msgspec.json.format(msgspec.json.encode(block), indent=1) + b"\n")

"""The file format ``prefixsched-schedule/1``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from prefixsched.io.decode import decode
from prefixsched.io.files import read_utf8, write_bytes
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance


class ScheduleFile(Struct, forbid_unknown_fields=True):
    """An order of an instance's queries, and what is claimed of it."""

    format: Literal["prefixsched-schedule/1"]
    instance: str
    order: Annotated[list[str], Meta(min_length=1)]
    ttft: Annotated[int, Meta(ge=0)]
    status: Literal["optimal", "feasible"] = "feasible"
    lower_bound: Annotated[int, Meta(ge=0)] | None = None
    backend: str | None = None
    meta: dict[str, Any] = msgspec.field(default_factory=dict)

    def positions(self, instance: Instance, source: str | Path = "schedule") -> list[int]:
        """The order as positions in ``instance``.

        Raises
        ------
        InputError
            If an id is unknown, doubled or missing.
        """
        seen: set[str] = set()
        for k, name in enumerate(self.order):
            if name not in instance.index:
                raise InputError(
                    f"{source}: order[{k}]: {name!r} is no query of {instance.name!r}; "
                    "give the schedule of this instance"
                )
            if name in seen:
                raise InputError(f"{source}: order[{k}]: {name!r} appears twice; list each id once")
            seen.add(name)
        missing = next((name for name in instance.ids if name not in seen), None)
        if missing is not None:
            raise InputError(
                f"{source}: order: {missing!r} is missing; list all {instance.n} queries"
            )
        return [instance.index[name] for name in self.order]


def read_schedule(path: str | Path) -> ScheduleFile:
    """Read a schedule file, gzipped or not; ``-`` reads standard input.

    Raises
    ------
    InputError
        If the file can't be read or isn't a valid schedule.
    """
    return decode(read_utf8(path), ScheduleFile, path)


def write_schedule(schedule: ScheduleFile, path: str | Path) -> None:
    """Write a schedule file atomically; gzipped where the name ends in ``.gz``."""
    write_bytes(path, msgspec.json.encode(schedule) + b"\n")

"""Files in and out."""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.io.cost_file import read_cost, write_cost
    from prefixsched.io.instance_file import (
        format_instance,
        parse_instance,
        read_instance,
        write_instance,
    )
    from prefixsched.io.schedule_file import ScheduleFile, read_schedule, write_schedule

__all__ = [
    "ScheduleFile",
    "format_instance",
    "parse_instance",
    "read_cost",
    "read_instance",
    "read_schedule",
    "write_cost",
    "write_instance",
    "write_schedule",
]

reexport(
    __name__,
    ScheduleFile="schedule_file",
    format_instance="instance_file",
    parse_instance="instance_file",
    read_cost="cost_file",
    read_instance="instance_file",
    read_schedule="schedule_file",
    write_cost="cost_file",
    write_instance="instance_file",
    write_schedule="schedule_file",
)

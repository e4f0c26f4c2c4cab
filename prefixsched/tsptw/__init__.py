"""The travelling salesman with time windows, as a table of set-up times."""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.tsptw.instance import tsptw_instance
    from prefixsched.tsptw.makespan import Makespan, least_makespan

__all__ = [
    "Makespan",
    "least_makespan",
    "tsptw_instance",
]

reexport(
    __name__,
    Makespan="makespan",
    least_makespan="makespan",
    tsptw_instance="instance",
)

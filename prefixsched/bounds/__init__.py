"""Lower bounds, each with its proof."""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.bounds.flow_time import flow_time_bound
    from prefixsched.bounds.interval import IntervalBound
    from prefixsched.bounds.recomputation import recomputation_bound
    from prefixsched.bounds.stack_distance import stack_distance_bound
    from prefixsched.bounds.work import work_bound

__all__ = [
    "IntervalBound",
    "flow_time_bound",
    "recomputation_bound",
    "stack_distance_bound",
    "work_bound",
]

reexport(
    __name__,
    IntervalBound="interval",
    flow_time_bound="flow_time",
    recomputation_bound="recomputation",
    stack_distance_bound="stack_distance",
    work_bound="work",
)

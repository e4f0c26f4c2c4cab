"""Lower bounds, each with its proof."""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.bounds.interval import IntervalBound
    from prefixsched.bounds.recomputation import recomputation_bound
    from prefixsched.bounds.work import work_bound

__all__ = [
    "IntervalBound",
    "recomputation_bound",
    "work_bound",
]

reexport(
    __name__,
    IntervalBound="interval",
    recomputation_bound="recomputation",
    work_bound="work",
)

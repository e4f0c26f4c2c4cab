"""Lower bounds, each with its proof."""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.bounds.interval import IntervalBound
    from prefixsched.bounds.recomputation import visit_bound
    from prefixsched.bounds.work import work_bound

__all__ = [
    "IntervalBound",
    "visit_bound",
    "work_bound",
]

reexport(
    __name__,
    IntervalBound="interval",
    visit_bound="recomputation",
    work_bound="work",
)

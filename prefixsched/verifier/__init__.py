"""The verifier: what an order of queries does, and what it is worth."""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.verifier.objective import Objective
    from prefixsched.verifier.schedule import Schedule, evaluate

__all__ = [
    "Objective",
    "Schedule",
    "evaluate",
]

reexport(
    __name__,
    Objective="objective",
    Schedule="schedule",
    evaluate="schedule",
)

"""Offline optimisation: the best schedule for an objective, and a proven bound."""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.offline.result import Progress, Result
    from prefixsched.offline.solve import solve

__all__ = [
    "Progress",
    "Result",
    "solve",
]

reexport(
    __name__,
    Progress="result",
    Result="result",
    solve="solve",
)

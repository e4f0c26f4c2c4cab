"""The page of a benchmark: one file that needs no network."""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.report.page import render

__all__ = [
    "render",
]

reexport(
    __name__,
    render="page",
)

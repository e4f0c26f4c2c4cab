"""Importers of serving traces."""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.importers.by_name import import_trace
    from prefixsched.importers.trace import Trace, to_instance

__all__ = [
    "Trace",
    "import_trace",
    "to_instance",
]

reexport(
    __name__,
    Trace="trace",
    import_trace="by_name",
    to_instance="trace",
)

"""Plug-ins: what packages register, and classes of users."""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.plugins.naming import name_of
    from prefixsched.plugins.registry import available, create, load

__all__ = [
    "available",
    "create",
    "load",
    "name_of",
]

reexport(
    __name__,
    available="registry",
    create="registry",
    load="registry",
    name_of="naming",
)

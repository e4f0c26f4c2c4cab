"""Good orders without proof of optimality, and a polynomial algorithm with a proven guarantee."""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.heuristics.family_orders import visit_order
    from prefixsched.heuristics.gated import Gated, gated
    from prefixsched.heuristics.local_search import improve

__all__ = [
    "Gated",
    "gated",
    "improve",
    "visit_order",
]

reexport(
    __name__,
    Gated="gated",
    gated="gated",
    improve="local_search",
    visit_order="family_orders",
)

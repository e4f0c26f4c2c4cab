"""Good orders without proof of optimality, and a polynomial algorithm with a proven guarantee."""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.heuristics.family_orders import family_batch_order
    from prefixsched.heuristics.gated import Gated, gated
    from prefixsched.heuristics.local_search import improve

__all__ = [
    "Gated",
    "family_batch_order",
    "gated",
    "improve",
]

reexport(
    __name__,
    Gated="gated",
    gated="gated",
    improve="local_search",
    family_batch_order="family_orders",
)

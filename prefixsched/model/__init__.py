"""The problem: instances, prompts, their radix trie, prefill costs, and set-up times."""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.model.cost import CostModel, Potential, Rectangular, Table
    from prefixsched.model.errors import InputError
    from prefixsched.model.instance import Cache, Instance
    from prefixsched.model.prompts import Prompts
    from prefixsched.model.status import Status
    from prefixsched.model.trie import Trie

__all__ = [
    "Cache",
    "CostModel",
    "InputError",
    "Instance",
    "Potential",
    "Prompts",
    "Rectangular",
    "Status",
    "Table",
    "Trie",
]

reexport(
    __name__,
    Cache="instance",
    CostModel="cost",
    InputError="errors",
    Instance="instance",
    Potential="cost",
    Prompts="prompts",
    Rectangular="cost",
    Status="status",
    Table="cost",
    Trie="trie",
)

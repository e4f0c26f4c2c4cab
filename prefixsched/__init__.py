"""Exact and approximate offline scheduling of LLM prefill with prefix reuse.

The names below load what they need at first use, so that importing the
package is quick.
"""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.io.instance_file import read_instance as read
    from prefixsched.io.instance_file import write_instance as write
    from prefixsched.model.cost import Potential, Rectangular, Table
    from prefixsched.model.errors import InputError
    from prefixsched.model.instance import Cache, Instance
    from prefixsched.model.prompts import Prompts
    from prefixsched.model.status import Status
    from prefixsched.offline.result import Progress, Result
    from prefixsched.offline.solve import solve
    from prefixsched.online.policy import Policy, View
    from prefixsched.online.simulation import Simulation, simulate
    from prefixsched.runtime.versions import show_versions
    from prefixsched.verifier.schedule import Schedule, evaluate

    __version__: str

__all__ = [
    "Cache",
    "InputError",
    "Instance",
    "Policy",
    "Potential",
    "Progress",
    "Prompts",
    "Rectangular",
    "Result",
    "Schedule",
    "Simulation",
    "Status",
    "Table",
    "View",
    "__version__",
    "evaluate",
    "read",
    "show_versions",
    "simulate",
    "solve",
    "write",
]

reexport(
    __name__,
    Cache="model.instance",
    InputError="model.errors",
    Instance="model.instance",
    Policy="online.policy",
    Potential="model.cost",
    Progress="offline.result",
    Prompts="model.prompts",
    Rectangular="model.cost",
    Result="offline.result",
    Schedule="verifier.schedule",
    Simulation="online.simulation",
    Status="model.status",
    Table="model.cost",
    View="online.policy",
    __version__="runtime.versions:VERSION",
    evaluate="verifier.schedule",
    read="io.instance_file:read_instance",
    show_versions="runtime.versions",
    simulate="online.simulation",
    solve="offline.solve",
    write="io.instance_file:write_instance",
)

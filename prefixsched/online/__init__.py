"""Online simulation: a server, its caches, and policies that pick query by query."""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.online.batched import BatchedSimulation, simulate_batched
    from prefixsched.online.policy import Policy, View
    from prefixsched.online.simulation import Simulation, simulate

__all__ = [
    "BatchedSimulation",
    "Policy",
    "Simulation",
    "View",
    "simulate",
    "simulate_batched",
]

reexport(
    __name__,
    BatchedSimulation="batched",
    Policy="policy",
    Simulation="simulation",
    View="policy",
    simulate="simulation",
    simulate_batched="batched",
)

"""Percentiles of hundreds of queries with the cache ``lru``: orders by local search."""

from __future__ import annotations

from prefixsched.heuristics.lru import improve_lru
from prefixsched.heuristics.lru_tardy_swaps import improve_lru_tardy_set
from prefixsched.offline.incumbent import Verified
from prefixsched.runtime.limits import Limits

FIRST_SHARE, SWAPS_SHARE = 1 / 3, 4 / 5
"""Shares of what is left, of time or moves: for the largest TTFT, and then for who is late."""


def improve_lru_percentile(incumbent: Verified, limits: Limits) -> None:
    """Offer orders with a small largest TTFT, and then ones in which some are late.

    Parameters
    ----------
    incumbent
        Holds an order.
    limits
        Of all that follows, too.
    """
    instance = incumbent.instance
    spare = instance.n - incumbent.question.objective.rank(instance.n)
    order = incumbent.order
    part = limits.part(FIRST_SHARE)
    for better in improve_lru(
        instance,
        order,
        deadline=part.deadline,
        seed=part.seed,
        max_moves=part.max_nodes,
        enough=incumbent.bound,
        threads=part.threads,
    ):
        order = better.tolist()
        incumbent.offer_order(order)
        if incumbent.settled:
            return
    limits.charge(part.max_nodes or 0)
    if not spare:
        return
    part = limits.part(SWAPS_SHARE)
    for better in improve_lru_tardy_set(instance, order, spare, part, incumbent.bound):
        incumbent.nodes = limits.nodes + part.nodes
        incumbent.offer_order(better.tolist())
    limits.charge(part.nodes)

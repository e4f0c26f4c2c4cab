"""Orders that are quickly made, for a first upper bound."""

from __future__ import annotations

from collections.abc import Sequence

from prefixsched.heuristics.family_orders import visit_orders
from prefixsched.model.instance import Instance
from prefixsched.online.simulation import simulate

START_POLICIES = ("fcfs", "lpm", "k-lpm:2", "k-lpm:3", "k-lpm:4", "k-lpm:8", "k-lpm:16")
"""Policies whose schedules give the first upper bound."""
VISITS = 60
"""Queries from which on visits are worth their time, for first orders and for a bound."""


def known_orders(instance: Instance) -> list[Sequence[int]]:
    """Orders by visits and of policies, from best to worst."""
    runs = [simulate(instance, policy) for policy in START_POLICIES]
    best = min(run.max for run in runs)
    orders = [run.order.tolist() for run in sorted(runs, key=lambda run: run.max)]
    if instance.n >= VISITS:
        visits = [order.tolist() for order in visit_orders(instance, best)]
        orders = [*visits[-1:], *orders]
    return orders

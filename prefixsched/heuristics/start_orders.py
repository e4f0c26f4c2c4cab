"""Orders that are quickly made, for a first upper bound."""

from __future__ import annotations

from collections.abc import Sequence

from prefixsched.heuristics.family_orders import family_batch_orders
from prefixsched.model.instance import Instance
from prefixsched.online.simulation import simulate

START_POLICIES = ("fcfs", "lpm", "k-lpm:2", "k-lpm:3", "k-lpm:4", "k-lpm:8", "k-lpm:16")
"""Policies whose schedules give the first upper bound."""
BATCHING_FROM = 60
"""Queries from which on family batches are worth their time, for first orders and for a bound."""


def known_orders(instance: Instance) -> list[Sequence[int]]:
    """Orders by family batches and of policies, from best to worst."""
    runs = [simulate(instance, policy) for policy in START_POLICIES]
    best = min(run.max for run in runs)
    orders = [run.order.tolist() for run in sorted(runs, key=lambda run: run.max)]
    if instance.n >= BATCHING_FROM:
        batched = [order.tolist() for order in family_batch_orders(instance, best)]
        orders = [*batched[-1:], *orders]
    return orders

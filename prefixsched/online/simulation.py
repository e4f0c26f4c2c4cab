"""Event-driven simulation of online policies."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.arguments import check_instance
from prefixsched.model.cost import Table
from prefixsched.model.display import Displayed, Records, name_text, rows_of
from prefixsched.model.errors import InputError
from prefixsched.model.instance import NO_ALLOWANCE, Cache, Instance
from prefixsched.model.options import exact
from prefixsched.model.path_costs import path_costs
from prefixsched.online.policies.prefix import Cycle
from prefixsched.online.policy import OnePolicy, policy_of
from prefixsched.online.radix_cache import clipped
from prefixsched.online.server import Server
from prefixsched.plugins.naming import name_of


@dataclass(frozen=True, eq=False, repr=False)
class Simulation(Displayed):
    """What a policy did with an instance; arrays are indexed by query, times in ticks.

    Parameters
    ----------
    instance
        What was simulated.
    policy
        The policy's name.
    order
        ``[n]``; queries in the order served.
    completion
        ``[n]``; when each query's first token came.
    reused
        ``[n]``; prompt tokens that each query found in the cache.
    """

    instance: Instance
    policy: str
    order: IntArray
    completion: IntArray
    reused: IntArray

    @cached_property
    def ttft(self) -> IntArray:
        """``[n]``; completion less arrival."""
        return self.completion - self.instance.arrival

    @cached_property
    def _sorted(self) -> IntArray:
        return np.sort(self.ttft)

    def percentile(self, q: float | Decimal | Fraction) -> int:
        """Nearest-rank percentile of TTFT: the ⌈q n / 100⌉-th smallest, 0 < q ≤ 100.

        A float is read as the decimal that it prints as.

        Raises
        ------
        InputError
            If q is out of range.
        """
        share = exact("percentile", q)
        if share > 100:
            raise InputError(f"percentile: {q}; give more than 0 and at most 100")
        rank = -(-share * len(self.ttft) // 100)
        return int(self._sorted[int(rank) - 1])

    @property
    def max(self) -> int:
        """The largest TTFT."""
        return int(self._sorted[-1])

    @property
    def mean(self) -> float:
        """The mean TTFT, for display."""
        total: int = sum(self.ttft.tolist())
        return total / len(self.ttft)

    @property
    def p50(self) -> int:
        """The median TTFT."""
        return self.percentile(50)

    @property
    def p90(self) -> int:
        """The 90th percentile of TTFT."""
        return self.percentile(90)

    @property
    def p95(self) -> int:
        """The 95th percentile of TTFT."""
        return self.percentile(95)

    @property
    def p99(self) -> int:
        """The 99th percentile of TTFT."""
        return self.percentile(99)

    @property
    def makespan(self) -> int:
        """When the last first token came."""
        return int(self.completion.max())

    @property
    def reused_tokens(self) -> int:
        """Prompt tokens found in the cache, over all queries."""
        return int(self.reused.sum())

    @property
    def on_time(self) -> int | None:
        """How many queries keep to their own allowance, or have none; None if nobody has one."""
        allowance = self.instance.allowance
        if allowance is None or not self.instance.has_allowances:
            return None
        return int(((allowance == NO_ALLOWANCE) | (self.ttft <= allowance)).sum())

    def figures(self) -> dict[str, int | float]:
        """The largest, mean, and percentiles of TTFT, in ticks."""
        return {
            "max": self.max,
            "mean": self.mean,
            "p50": self.p50,
            "p90": self.p90,
            "p95": self.p95,
            "p99": self.p99,
        }

    def as_dict(self) -> dict[str, Any]:
        """The fields that ``prefixsched simulate --json`` prints for one policy.

        ``on_time`` is among them where queries state allowances.
        """
        ids = self.instance.ids
        on_time = {} if self.on_time is None else {"on_time": self.on_time}
        return {
            "policy": self.policy,
            **self.figures(),
            "makespan": self.makespan,
            "reused_tokens": self.reused_tokens,
            **on_time,
            "order": [ids[j] for j in self.order.tolist()],
        }

    def _headline(self) -> str:
        unit = self.instance.time_unit
        return (
            f"{name_text(self.policy)} on {name_text(self.instance.name)}: largest TTFT "
            f"{self.max:,} {unit}, mean {self.mean:,.1f}, {self.reused_tokens:,} tokens reused"
        )

    def _records(self, most: int | None) -> Records:
        served, instance = self.order[:most], self.instance
        return rows_of(
            {
                "id": [instance.ids[j] for j in served.tolist()],
                "arrival": instance.arrival[served].tolist(),
                "prompt_tokens": instance.length[served].tolist(),
                "reused_tokens": self.reused[served].tolist(),
                "completion": self.completion[served].tolist(),
                "ttft": self.ttft[served].tolist(),
            }
        )

    def _size(self) -> int:
        return len(self.order)


def simulate(instance: Instance, policy: OnePolicy) -> Simulation:
    """Run an online policy on a stream.

    Whenever the server is free the policy picks among the queries that have
    arrived; when none waits, the clock moves to the next arrival. FCFS, LPM
    and k-LPM run in compiled code in O(depth log n) a query (with an ``lru``
    cache besides O(log n) for each waiting query whose match changes); any other
    policy is asked pick by pick, at a cost that grows with the waiting set.

    Parameters
    ----------
    instance
        The stream of queries.
    policy
        A registered policy as ``name``, ``name:value`` or ``name:key=value,…``,
        a class of one's own as ``module:Class`` or ``module:Class:key=value,…``,
        or any object with ``pick(view)``, or its class.

    Raises
    ------
    InputError
        If there is no such policy, it picks a query that isn't waiting, or it raises.
    """
    check_instance(instance)
    chosen = policy_of(policy)
    cycle = getattr(chosen, "cycle", None)
    if isinstance(cycle, Cycle) and not isinstance(instance.cost, Table):
        order, completion, reused = _run_cycle(instance, cycle)
    else:
        order, completion, reused = Server(instance).run(chosen)
    return Simulation(instance, name_of(chosen), order, completion, reused)


def _run_cycle(instance: Instance, cycle: Cycle) -> tuple[IntArray, IntArray, IntArray]:
    from prefixsched.kernels.online.simulation import simulate_last, simulate_unbounded

    trie = instance.trie if instance.capacity is None else clipped(instance)
    assert not isinstance(instance.cost, Table)
    path_start, path_cost = path_costs(instance.cost, trie)
    clock = (instance.arrival, instance.by_age, trie.length, trie.node, trie.position)
    nodes = (trie.parent, trie.depth, trie.level, trie.first, trie.last)
    rule = (path_start, path_cost, cycle.period, cycle.phase)
    if instance.cache is Cache.LAST:
        return simulate_last(*clock, *nodes, trie.ending, *rule)
    if instance.capacity is not None:
        from prefixsched.kernels.online.lru_cache import simulate_lru

        return simulate_lru(*clock, trie.order, *nodes, *rule, instance.capacity)
    return simulate_unbounded(*clock, trie.order, *nodes, *rule)

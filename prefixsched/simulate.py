"""Event-driven simulation of online policies."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from prefixsched.cost import Table
from prefixsched.errors import InputError
from prefixsched.instance import Cache, Instance
from prefixsched.policies.policy import Policy, View
from prefixsched.policies.prefix import Cycle
from prefixsched.prompts import IntArray
from prefixsched.registry import create


@dataclass(frozen=True, eq=False)
class Simulation:
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

    instance: Instance = field(repr=False)
    policy: str
    order: IntArray = field(repr=False)
    completion: IntArray = field(repr=False)
    reused: IntArray = field(repr=False)

    @cached_property
    def ttft(self) -> IntArray:
        """``[n]``; completion less arrival."""
        return self.completion - self.instance.arrival

    @cached_property
    def _sorted(self) -> IntArray:
        return np.sort(self.ttft)

    def percentile(self, q: int | Fraction) -> int:
        """Nearest-rank percentile of TTFT: the ⌈q n / 100⌉-th smallest, 0 < q ≤ 100.

        Raises
        ------
        InputError
            If q is out of range.
        """
        if not 0 < q <= 100:
            raise InputError(f"percentile: {q}; give more than 0 and at most 100")
        rank = -(-Fraction(q) * len(self.ttft) // 100)
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

    def as_dict(self) -> dict[str, Any]:
        """The fields that ``prefixsched simulate --json`` prints for one policy."""
        ids = self.instance.ids
        return {
            "policy": self.policy,
            "max": self.max,
            "mean": self.mean,
            "p50": self.p50,
            "p90": self.p90,
            "p95": self.p95,
            "p99": self.p99,
            "makespan": self.makespan,
            "reused_tokens": self.reused_tokens,
            "order": [ids[j] for j in self.order.tolist()],
        }


def simulate(instance: Instance, policy: str | Policy) -> Simulation:
    """Run an online policy on a stream.

    Whenever the server is free the policy picks among the queries that have
    arrived; when none waits, the clock moves to the next arrival. FCFS, LPM
    and k-LPM run in compiled code in O(depth log n) a query; any other policy
    is asked pick by pick, at a cost that grows with the waiting set.

    Parameters
    ----------
    instance
        The stream of queries.
    policy
        A registered policy as ``name``, ``name:value`` or ``name:key=value,…``,
        or any object with ``name`` and ``pick(view)``.

    Raises
    ------
    InputError
        If there is no such policy, or it picks a query that isn't waiting.
    """
    chosen: Policy = create("policies", policy) if isinstance(policy, str) else policy
    cycle = getattr(chosen, "cycle", None)
    if isinstance(cycle, Cycle) and not isinstance(instance.cost, Table):
        order, completion, reused = _run_cycle(instance, cycle)
    else:
        order, completion, reused = _Server(instance).run(chosen)
    return Simulation(instance, chosen.name, order, completion, reused)


def _run_cycle(instance: Instance, cycle: Cycle) -> tuple[IntArray, IntArray, IntArray]:
    from prefixsched.kernels.simulate import simulate_last, simulate_unbounded

    trie = instance.trie
    path_start, path_cost = path_costs(instance)
    clock = (instance.arrival, instance.by_age, trie.length, trie.node, trie.position)
    nodes = (trie.parent, trie.depth, trie.level, trie.first, trie.last)
    rule = (path_start, path_cost, cycle.period, cycle.phase)
    if instance.cache is Cache.LAST:
        return simulate_last(*clock, *nodes, trie.ending, *rule)
    return simulate_unbounded(*clock, trie.order, *nodes, *rule)


def path_costs(instance: Instance) -> tuple[IntArray, IntArray]:
    """What each query costs when the cache holds its prompt down to each of its ancestors.

    Query j's cost with the ancestor of level l cached is entry
    ``path_start[j] + l``; the last level, its own node, has the cap applied.
    """
    cost, trie = instance.cost, instance.trie
    assert not isinstance(cost, Table)
    levels = trie.level[trie.node] + 1
    path_start = np.cumsum(levels) - levels
    path_cost = np.empty(int(levels.sum()), dtype=np.int64)
    queries, node = np.arange(instance.n), trie.node.copy()
    while len(queries):
        length = instance.length[queries]
        overlap = np.minimum(trie.depth[node], length - 1)
        path_cost[path_start[queries] + trie.level[node]] = cost.prefill(length, overlap)
        inner = node > 0
        queries, node = queries[inner], trie.parent[node[inner]]
    return path_start, path_cost


class _Server:
    """The server and its queue, for policies that decide pick by pick."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.matched = np.zeros(instance.n, dtype=np.int64)  # of waiting queries, capped
        self.served: list[int] = []
        self.positions: list[int] = []  # of served queries in the lexicographic order, sorted

    def run(self, policy: Policy) -> tuple[IntArray, IntArray, IntArray]:
        """Serve everything; the order, and by query its completion and reused tokens."""
        instance = self.instance
        n, arrival, by_age = instance.n, instance.arrival, instance.by_age
        completion, reused = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
        waiting = np.empty(0, dtype=np.int64)
        now, free, arrived = 0, 0, 0  # the clock of the next pick, and the last completion
        for picks in range(n):
            if not len(waiting):
                now = max(now, int(arrival[by_age[arrived]]))
            until = int(np.searchsorted(arrival[by_age], now, side="right"))
            fresh = by_age[arrived:until]
            arrived = until
            self._match(fresh)
            waiting = np.concatenate((waiting, fresh))
            j = self._pick(policy, View(
                now, picks, waiting, arrival[waiting], instance.length[waiting],
                self.matched[waiting],
            ))  # fmt: skip
            waiting = waiting[waiting != j]
            now = free = self._finish(j, free)
            completion[j], reused[j] = now, self.matched[j]
            self.served.append(j)
            bisect.insort(self.positions, int(instance.trie.position[j]))
            overlap = instance.trie.overlap(np.full(len(waiting), j), waiting)
            kept = self.matched[waiting] if instance.cache is Cache.UNBOUNDED else 0
            self.matched[waiting] = np.maximum(kept, overlap)
        return np.array(self.served, dtype=np.int64), completion, reused

    def _pick(self, policy: Policy, view: View) -> int:
        for column in (view.waiting, view.arrival, view.length, view.overlap):
            column.flags.writeable = False
        j = policy.pick(view)
        if j not in view.waiting:
            raise InputError(
                f"policy {policy.name}: picked {j!r}, which isn't waiting; "
                "return one of view.waiting"
            )
        return int(j)

    def _match(self, fresh: IntArray) -> None:
        """Overlaps of newly arrived queries with what is cached.

        Among all served prompts the longest match is one of a prompt's two
        neighbours in the lexicographic order.
        """
        trie = self.instance.trie
        for j in fresh.tolist():
            if self.instance.cache is Cache.LAST:
                near = self.served[-1:]
            else:
                at = bisect.bisect(self.positions, int(trie.position[j]))
                near = [int(trie.order[p]) for p in self.positions[max(at - 1, 0) : at + 1]]
            if near:
                own = np.full(len(near), j)
                self.matched[j] = trie.overlap(np.array(near), own).max()

    def _finish(self, j: int, free: int) -> int:
        """When ``j`` ends if it is served next by a server that is free from ``free`` on."""
        instance, cost = self.instance, self.instance.cost
        arrival = int(instance.arrival[j])
        if not isinstance(cost, Table):
            length = instance.length[j : j + 1]
            return max(free, arrival) + int(cost.prefill(length, self.matched[j : j + 1])[0])
        ticks = int(cost.start[j])
        if instance.cache is Cache.LAST and self.served:
            ticks = int(cost.matrix[self.served[-1], j])
        elif self.served:
            ticks = min(ticks, int(cost.matrix[self.served, j].min()))
        return max(free + ticks, arrival) if cost.anticipatory else max(free, arrival) + ticks

"""What scheduling is worth at each size of the cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from prefixsched.model.arguments import check_instance
from prefixsched.model.cost import Table
from prefixsched.model.display import Displayed, Records, name_text
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.options import whole
from prefixsched.offline.result import Result
from prefixsched.offline.solve import solve
from prefixsched.online.policy import OnePolicy, Policies, listed
from prefixsched.online.simulation import Simulation, simulate
from prefixsched.runtime.limits import now, until
from prefixsched.studies.intervals import as_fields, optimum_text, ratio_text

STEPS = 9
"""Capacities above 0 that are tried where none are given."""


@dataclass(frozen=True, eq=False, repr=False)
class AtCapacity(Displayed):
    """Policies and the optimum with one cache.

    Parameters
    ----------
    instance
        The stream with that cache: ``lru``, or ``last`` for the paper's model.
    runs
        What the policies did.
    result
        The bracket of the least possible largest TTFT.
    """

    instance: Instance
    runs: Sequence[Simulation]
    result: Result

    def _headline(self) -> str:
        name, cache = name_text(self.instance.name), self.instance.cache_name
        return f"{cache} of {name}: {optimum_text(self.result)}"

    def _records(self, most: int | None) -> Records:
        return [
            {
                "cache": self.instance.cache_name,
                "policy": run.policy,
                "max": run.max,
                **as_fields("ratio", self.result.ratio(run.max)),
            }
            for run in self.runs[:most]
        ]

    def _cells(self, most: int) -> Records:
        return [
            {
                "policy": run.policy,
                "max": run.max,
                "ratio": ratio_text(*self.result.ratio(run.max)),
            }
            for run in self.runs[:most]
        ]

    def _size(self) -> int:
        return len(self.runs)


def usual_capacities(instance: Instance) -> list[int]:
    """0, and sizes in equal ratios from half the longest prompt to all that there is to cache."""
    trie = instance.trie
    everything = int((trie.depth - trie.depth[trie.parent]).sum())
    if everything == 0:  # of a table: there are no prompts
        return [0]
    least = max(1, int(instance.length.max()) // 2)
    sizes = np.geomspace(min(least, everything), everything, STEPS)
    return [0, *dict.fromkeys(np.ceil(sizes).astype(np.int64).tolist())]


def sweep_capacities(
    instance: Instance,
    policies: Policies,
    capacities: Sequence[int] | None = None,
    time_limit: float = 10.0,
) -> list[AtCapacity]:
    """Run policies, and seek the optimum, with ``last`` and with ``lru`` at each capacity.

    Parameters
    ----------
    instance
        The stream; its own cache plays no part.
    policies
        What to run, one or several.
    capacities
        Tokens; those of :func:`usual_capacities` where not given.
    time_limit
        Seconds for all; each optimum has an equal part of what is left. An interrupt ends
        the sweep after the cache at hand.

    Returns
    -------
    list
        First the paper's model, then by rising capacity.

    Raises
    ------
    InputError
        If the cost is a table, or a capacity is out of range.
    """
    check_instance(instance)
    if isinstance(instance.cost, Table):
        raise InputError("cost: a table has no tokens to cache; give an instance with prompts")
    sizes = usual_capacities(instance) if capacities is None else sorted(set(capacities))
    for tokens in sizes:
        whole("capacities", tokens, 0)
    caches = [(Cache.LAST, None), *((Cache.LRU, tokens) for tokens in sizes)]
    streams = [replace(instance, cache=cache, capacity=tokens) for cache, tokens in caches]
    deadline, points = now() + time_limit, list[AtCapacity]()
    for k, stream in enumerate(streams):
        points.append(_at(stream, listed(policies), deadline, len(streams) - k))
        if points[-1].result.interrupted:
            break
    return points


def _at(stream: Instance, policies: Sequence[OnePolicy], deadline: float, share: int) -> AtCapacity:
    runs = [simulate(stream, policy) for policy in policies]
    best = min(runs, key=lambda run: run.max)
    seconds = max(0.0, until(deadline)) / share
    result = solve(stream, time_limit=seconds, start=best.order.tolist())
    return AtCapacity(stream, runs, result)

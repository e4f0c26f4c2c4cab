"""Compiling what tasks need before several processes begin on them."""

from __future__ import annotations

from collections.abc import Iterable

from prefixsched.bench.suite import Task
from prefixsched.bench.work import make_instance
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache
from prefixsched.offline.solve import solve
from prefixsched.online.simulation import simulate
from prefixsched.plugins import registry

SIZES = (8, 30, 80)
"""Queries of the streams tried: two that are searched by bitsets, and one past their 64."""
MAX_NODES = 100
"""Of each search: it is to begin, no more."""
COMPILED = ("auto", "dp")
"""The backends that have kernels of their own; the others are foreign libraries."""


def compile_kernels(tasks: Iterable[Task]) -> None:
    """Run the beginnings of one stream of each family, so that its kernels are in the cache.

    Processes that begin at once on an installation where nothing is compiled
    yet would each compile the same. Only what is registered runs here: a class
    of one's own may do anything, and belongs to the processes.
    """
    first: dict[str, Task] = {}
    for task in tasks:
        first.setdefault(task.family, task)
    for task in first.values():
        try:
            _try(task)
        except InputError:
            continue  # the task itself says so, where it counts


def _try(task: Task) -> None:
    whole = make_instance(task)
    for size in sorted({min(size, whole.n) for size in SIZES}):
        instance = whole.select(whole.by_age[:size])
        for spec in task.policies.values():
            if spec.partition(":")[0] in registry.available("policies"):
                simulate(instance, spec)
        for spec in task.backends:
            if spec.partition(":")[0] in COMPILED:
                solve(instance, backend=spec, max_nodes=MAX_NODES, threads=1)
                if instance.cache is not Cache.LRU:  # what a bound settles needs no search
                    solve(instance, backend="dp", max_nodes=MAX_NODES, threads=1)

"""Compiling all numerical kernels ahead: each is compiled at its first use else, for seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from prefixsched.exact.dp.decision import EFFORTS, Decider
from prefixsched.generate.rasq import rasq
from prefixsched.heuristics.family_batches import improve_family_batches
from prefixsched.heuristics.gated import gated
from prefixsched.model.cost import Potential, Rectangular, Table
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.problem import MAX_MATRIX, Problem
from prefixsched.model.prompts import Prompts
from prefixsched.offline.solve import solve
from prefixsched.online.simulation import simulate
from prefixsched.plugins import registry
from prefixsched.runtime.limits import Limits
from prefixsched.studies.adversary import search
from prefixsched.tsptw.instance import tsptw_instance
from prefixsched.tsptw.makespan import least_makespan

CAUSAL = Potential(Fraction(1), Fraction(1, 1000))
RECTANGULAR = Rectangular(Fraction(1), Fraction(1, 1000))
NODES = 1_000
"""Search nodes: enough for every stage of a search to begin."""
ROUNDS = 300
"""The same for streams, where they are rounds of local search, or lists."""
SECONDS = 0.3
"""For what threads do beside a search, which no number of nodes limits."""
USERS, PER_USER = 17, 4
"""Queries past the 64 of the bitset stage; a second, smaller stream goes through that."""


def compile_kernels() -> Iterator[str]:
    """Run a little of everything that has kernels; yields the name of each part before it.

    What is compiled is kept for later processes, where a cache can be written.
    """
    streams = [_stream(users) for users in (3, USERS)]
    for stream in streams:
        for cost in (stream.cost, CAUSAL, RECTANGULAR):
            for cache, capacity in (
                (Cache.LAST, None),
                (Cache.UNBOUNDED, None),
                (Cache.LRU, 9_000),
            ):
                instance = replace(stream, cost=cost, cache=cache, capacity=capacity)
                yield f"{instance.n} queries, cache {instance.cache_name}"
                _policies(instance)
                _search(instance)
    for anticipatory in (False, True):
        yield "a table of set-up times"
        _search(_table(anticipatory=anticipatory))
    yield "a tour with time windows"
    distance = np.arange(36).reshape(6, 6) % 7 + 1
    least_makespan(tsptw_instance(distance, [(0, 90)] * 6), time_limit=SECONDS)
    many = _stream(MAX_MATRIX // PER_USER + 10, load="0.7")
    for cache, capacity in ((Cache.LAST, None), (Cache.UNBOUNDED, None), (Cache.LRU, 50_000)):
        yield f"{many.n:,} queries, cache {cache}"
        instance = replace(many, cache=cache, capacity=capacity)
        largest = solve(instance, max_nodes=NODES, threads=1).upper_bound
        assert largest is not None
        for ceiling in (None, 2 * largest):
            solve(
                instance,
                objective="percentile:99",
                ceiling=ceiling,
                max_nodes=ROUNDS,
                threads=1,
            )
    gated(many, 1)
    first = simulate(many, "fcfs")  # any move that gains meets the first target
    improve_family_batches(many, first.order, max_moves=NODES, enough=first.max - 2)
    yield "adversaries"
    search("fcfs", 5, steps=3)


def _stream(users: int, load: str = "1.2") -> Instance:
    return rasq(users=users, per_user=PER_USER, load=Decimal(load), seed=1)


def _table(*, anticipatory: bool) -> Instance:
    """Thirty queries of uneven set-up times."""
    n = 30
    matrix = (np.arange(n * n).reshape(n, n) * 7) % 11 + 1
    np.fill_diagonal(matrix, 0)
    return Instance(
        name="table",
        ids=[str(j) for j in range(n)],
        arrival=np.arange(n) * 3,
        prompts=Prompts.from_segments([] for _ in range(n)),
        cost=Table(np.full(n, 9), matrix, anticipatory=anticipatory),
    )


def _policies(instance: Instance) -> None:
    for name in registry.available("policies"):
        simulate(instance, name)


def _search(instance: Instance) -> None:
    """Each objective, and a decision; with two threads and with one.

    Only a linear cost is asked for what it can't meet: to look for a core takes seconds, which
    no number of nodes limits, and comes to the same kernels under every cost.
    """
    found = solve(instance, max_nodes=NODES, threads=1)
    assert found.upper_bound is not None
    solve(instance, time_limit=SECONDS)
    linear = isinstance(instance.cost, Potential) and instance.cost.attention == 0
    bound = (found.lower_bound or 0) + 1 if linear else found.upper_bound
    solve(instance, ttft=bound, max_nodes=NODES, threads=1)
    for objective in ("percentile:80", "mean"):
        solve(instance, objective=objective, max_nodes=NODES, threads=1)
    solve(instance, objective="goodput", ttft=bound, max_nodes=NODES, threads=1)
    if instance.cache is not Cache.LRU:
        _layers(instance, found.upper_bound)


def _layers(instance: Instance, ttft: int) -> None:
    """The layered search, which a question comes to only where all else left it open."""
    problem = Problem.of(instance)
    problem = problem.permuted(np.lexsort((problem.release,)))
    limits = Limits(max_nodes=NODES)
    Decider(problem, limits).decide(problem.release + ttft // problem.tick, EFFORTS[0])

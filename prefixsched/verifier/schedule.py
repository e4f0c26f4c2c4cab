"""The verifier: what an order of queries does on the server, from first principles.

Everything here is plain Python over the segments as the file states them. It
shares no code with the trie, the vectorised costs, the simulator or the exact
backends, so that it can judge all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import lcm

import numpy as np

from prefixsched.model.arguments import check_instance
from prefixsched.model.cost import Potential, PromptCost, Table
from prefixsched.model.display import Displayed, Records, query_count, rows_of
from prefixsched.model.errors import InputError
from prefixsched.model.instance import NO_ALLOWANCE, Cache, Instance
from prefixsched.model.integers import integers
from prefixsched.verifier.caches import empty_cache


@dataclass(frozen=True, repr=False)
class Schedule(Displayed):
    """An order of all queries and what follows from it.

    All tuples but ``order`` are indexed by query, and times are in ticks.

    Parameters
    ----------
    order
        The permutation in which queries are served.
    start, completion
        When each query's prefill begins, and ends with its first token.
    ttft
        Completion less arrival.
    reused
        Prompt tokens found in the cache.
    time_unit
        What a tick is.
    """

    order: tuple[int, ...]
    start: tuple[int, ...]
    completion: tuple[int, ...]
    ttft: tuple[int, ...]
    reused: tuple[int, ...]
    time_unit: str = field(default="ticks", compare=False)

    @property
    def max_ttft(self) -> int:
        """The largest TTFT of any query."""
        return max(self.ttft)

    @property
    def makespan(self) -> int:
        """When the last first token comes."""
        return max(self.completion)

    def _headline(self) -> str:
        return (
            f"of {query_count(len(self.order))}: largest TTFT {self.max_ttft:,} {self.time_unit}, "
            f"makespan {self.makespan:,}"
        )

    def _records(self, most: int | None) -> Records:
        served = self.order[:most]
        return rows_of(
            {
                "query": served,
                "start": [self.start[j] for j in served],
                "completion": [self.completion[j] for j in served],
                "ttft": [self.ttft[j] for j in served],
                "reused_tokens": [self.reused[j] for j in served],
            }
        )

    def _size(self) -> int:
        return len(self.order)

    def meets(self, instance: Instance, ttft: int | None = None) -> bool:
        """Whether every query has TTFT ≤ ``ttft``, or ≤ its own allowance where that is None."""
        return self.on_time(instance, ttft) == instance.n

    def on_time(self, instance: Instance, ttft: int | None = None) -> int:
        """How many queries have TTFT ≤ ``ttft``, or ≤ their own allowance, or have none."""
        if ttft is not None:
            return sum(had <= ttft for had in self.ttft)
        assert instance.allowance is not None
        return sum(
            allowed in (NO_ALLOWANCE, max(had, allowed))
            for had, allowed in zip(self.ttft, instance.allowance.tolist(), strict=True)
        )


def evaluate(instance: Instance, order: Sequence[int]) -> Schedule:
    """Serve the queries in ``order``, each as early as the model allows.

    With C = 0 before the first query, each query j ends at
    C = max(C, r_j) + p(cached, j); under a table with anticipatory set-up at
    C = max(C + p(cached, j), r_j).

    Raises
    ------
    InputError
        If ``order`` isn't a permutation of the instance's queries.
    """
    check_instance(instance)
    n = instance.n
    order = integers("order", order).tolist()
    if sorted(order) != list(range(n)):
        raise InputError(f"order: not a permutation of the {n} queries; list each once")
    arrival = instance.arrival.tolist()
    anticipatory = isinstance(instance.cost, Table) and instance.cost.anticipatory
    setup = _setups(instance)
    start, completion, reused = [0] * n, [0] * n, [0] * n
    now = 0
    for j in map(int, order):
        cost, reused[j] = setup(j)
        if anticipatory:
            start[j], now = now, max(now + cost, arrival[j])
        else:
            start[j] = max(now, arrival[j])
            now = start[j] + cost
        completion[j] = now
    return Schedule(
        tuple(map(int, order)),
        tuple(start),
        tuple(completion),
        tuple(c - r for c, r in zip(completion, arrival, strict=True)),
        tuple(reused),
        instance.time_unit,
    )


def _setups(instance: Instance) -> Callable[[int], tuple[int, int]]:
    """A function that serves one query after another and returns its (ticks, tokens reused)."""
    cached, segments = empty_cache(instance), instance.prompts.reader()
    ticks_of = _table(instance) if isinstance(instance.cost, Table) else _prompt_cost(instance.cost)

    def serve(j: int) -> tuple[int, int]:
        prompt = segments(j)
        length = sum([tokens for _, tokens in prompt])
        overlap = min(cached.serve(prompt), max(length - 1, 0))
        return ticks_of(j, length, overlap), overlap

    return serve


def _table(instance: Instance) -> Callable[[int, int, int], int]:
    """What each query takes under a table, where all before it were served in turn."""
    table, last = instance.cost, instance.cache is Cache.LAST
    assert isinstance(table, Table)
    setup = table.start  # what each query would take now

    def ticks(j: int, _length: int, _overlap: int) -> int:
        nonlocal setup
        taken = int(setup[j])
        setup = table.matrix[j] if last else np.minimum(setup, table.matrix[j])
        return taken

    return ticks


def _prompt_cost(cost: PromptCost) -> Callable[[int, int, int], int]:
    """What a query takes by its tokens: coefficients over one denominator, rounded half up."""
    unit = lcm(cost.token.denominator, cost.attention.denominator, 2)
    token, attention, half = int(cost.token * unit), int(cost.attention * unit), unit // 2

    def rectangular(_j: int, length: int, overlap: int) -> int:
        return ((length - overlap) * (token + attention * length) + half) // unit

    def prefix(tokens: int) -> int:
        return (tokens * (token + attention * tokens) + half) // unit

    def potential(_j: int, length: int, overlap: int) -> int:
        return prefix(length) - prefix(overlap)

    return potential if isinstance(cost, Potential) else rectangular

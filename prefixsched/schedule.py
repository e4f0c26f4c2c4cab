"""The verifier: what an order of queries does on the server, from first principles.

Everything here is plain Python over the segments as the file states them. It
shares no code with the trie, the vectorised costs, the simulator or the exact
backends, so that it can judge all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from math import floor

from prefixsched.caches import empty_cache
from prefixsched.cost import Potential, Table
from prefixsched.errors import InputError
from prefixsched.instance import NO_ALLOWANCE, Cache, Instance
from prefixsched.integers import integers


@dataclass(frozen=True)
class Schedule:
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
    """

    order: tuple[int, ...]
    start: tuple[int, ...]
    completion: tuple[int, ...]
    ttft: tuple[int, ...]
    reused: tuple[int, ...]

    @property
    def max_ttft(self) -> int:
        """The largest TTFT of any query."""
        return max(self.ttft)

    @property
    def makespan(self) -> int:
        """When the last first token comes."""
        return max(self.completion)

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
    )


def _setups(instance: Instance) -> Callable[[int], tuple[int, int]]:
    """A function that serves one query after another and returns its (ticks, tokens reused)."""
    cached = empty_cache(instance)
    served: list[int] = []
    cost, segments = instance.cost, instance.prompts.reader()
    potential = None
    if isinstance(cost, Potential):
        potential = cache(partial(_potential, cost))  # prompts have few lengths

    def serve(j: int) -> tuple[int, int]:
        prompt = segments(j)
        length = sum([tokens for _, tokens in prompt])
        overlap = min(cached.match(prompt), max(length - 1, 0))
        cached.add(prompt)
        if isinstance(cost, Table):
            choices = [int(cost.matrix[i, j]) for i in served]
            if instance.cache is Cache.LAST:
                ticks = choices[-1] if choices else int(cost.start[j])
            else:
                ticks = min([int(cost.start[j]), *choices])
        elif potential is not None:
            ticks = potential(length) - potential(overlap)
        else:
            new, rate = length - overlap, cost.token + cost.attention * length
            ticks = floor(new * rate + Fraction(1, 2))
        served.append(j)
        return ticks, overlap

    return serve


def _potential(cost: Potential, length: int) -> int:
    return floor(cost.token * length + cost.attention * length * length + Fraction(1, 2))

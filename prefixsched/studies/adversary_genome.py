"""Streams as a local search changes them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from prefixsched.model.cost import Potential
from prefixsched.model.instance import Instance
from prefixsched.model.prompts import Prompts

LONGEST = 64
"""The longest segment, in tokens; a token takes a tick."""


@dataclass(frozen=True)
class Genome:
    """n queries in groups that share a prefix.

    Parameters
    ----------
    arrival
        When each query arrives, in ticks.
    group
        Each query's group.
    own
        Each query's tokens after its group's prefix.
    shared
        The tokens of each group's prefix; there are as many groups as queries,
        though not all need be used.
    """

    arrival: tuple[int, ...]
    group: tuple[int, ...]
    own: tuple[int, ...]
    shared: tuple[int, ...]

    @classmethod
    def random(cls, rng: np.random.Generator, n: int) -> Genome:
        """A stream of n queries, any."""
        horizon = n * LONGEST // 4
        columns = (
            rng.integers(horizon, size=n),
            rng.integers(max(n // 2, 1), size=n),
            rng.integers(1, LONGEST + 1, size=n),
            rng.integers(1, LONGEST + 1, size=n),
        )
        return cls(*(tuple(column.tolist()) for column in columns))

    @classmethod
    def of(cls, instance: Instance) -> Genome | None:
        """The genome of an instance that :meth:`instance` made; None of any other."""
        groups: dict[object, int] = {}
        group, own, shared = [], [], [1] * instance.n
        for j in range(instance.n):
            segments = instance.prompts.segments(j)
            if len(segments) != 2:
                return None
            (label, tokens), (_, rest) = segments
            g = groups.setdefault(label, len(groups))
            group.append(g)
            own.append(rest)
            shared[g] = tokens
        return cls(tuple(instance.arrival.tolist()), tuple(group), tuple(own), tuple(shared))

    def extended(self, n: int) -> Genome:
        """A stream of n queries that is no better for a policy that is worst on this one.

        What is added comes when all else is done, shares nothing and takes two
        ticks, so it changes neither the policy's largest TTFT nor the least
        possible one where those are 2 or more.
        """
        missing = n - len(self.arrival)
        work = sum(self.own) + sum(self.shared[g] for g in self.group)
        later = max(self.arrival) + work
        arrival = tuple(later + 2 * k for k in range(missing))
        unused = tuple(range(len(self.arrival), n))
        return Genome(
            self.arrival + arrival,
            self.group + unused,
            self.own + (1,) * missing,
            self.shared + (1,) * missing,
        )

    def mutate(self, rng: np.random.Generator) -> Genome:
        """One small change: of an arrival, a length, a group, or a query copied to another time."""
        n, j = len(self.arrival), int(rng.integers(len(self.arrival)))
        kind = int(rng.integers(6))
        if kind == 0:  # a little earlier or later
            step = int(rng.integers(-8, 9))
            return self._arriving(j, self.arrival[j] + step)
        if kind == 1:  # beside another query, or right after it
            other = int(rng.integers(n))
            work = self.own[other] + int(rng.integers(2)) * self.shared[self.group[other]]
            return self._arriving(j, self.arrival[other] + int(rng.integers(2)) * work)
        if kind == 2:
            return replace(self, own=_put(self.own, j, _length(rng, self.own[j])))
        if kind == 3:
            g = self.group[j]
            return replace(self, shared=_put(self.shared, g, _length(rng, self.shared[g])))
        if kind == 4:
            return replace(self, group=_put(self.group, j, int(rng.integers(n))))
        other = int(rng.integers(n))
        copied = replace(
            self,
            group=_put(self.group, j, self.group[other]),
            own=_put(self.own, j, self.own[other]),
        )
        return copied._arriving(j, self.arrival[other] + int(rng.integers(LONGEST)))

    def instance(self, name: str = "adversary") -> Instance:
        """The stream, oldest first, beginning at tick 0."""
        order = sorted(range(len(self.arrival)), key=lambda j: self.arrival[j])
        first = self.arrival[order[0]]
        labels = {g: f"g{k + 1}" for k, g in enumerate(dict.fromkeys(self.group[j] for j in order))}
        return Instance(
            name=name,
            ids=[f"q{k + 1}" for k in range(len(order))],
            arrival=np.array([self.arrival[j] - first for j in order], dtype=np.int64),
            prompts=Prompts.from_segments(
                [
                    [
                        (labels[self.group[j]], self.shared[self.group[j]]),
                        (f"q{k + 1}", self.own[j]),
                    ]
                    for k, j in enumerate(order)
                ]
            ),
            cost=Potential(),
        )

    def _arriving(self, j: int, arrival: int) -> Genome:
        return replace(self, arrival=_put(self.arrival, j, max(arrival, 0)))


def _length(rng: np.random.Generator, old: int) -> int:
    """Another length: near the old one, or anywhere."""
    if rng.integers(2):
        return int(rng.integers(1, LONGEST + 1))
    return min(max(old + int(rng.integers(-4, 5)), 1), LONGEST)


def _put(values: tuple[int, ...], j: int, value: int) -> tuple[int, ...]:
    return (*values[:j], value, *values[j + 1 :])

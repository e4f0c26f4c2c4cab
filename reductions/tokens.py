"""Prompt lengths with the prices that a reduction needs, under any potential cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prefixsched.model.cost import Potential
from prefixsched.model.errors import InputError
from prefixsched.model.options import MAX_COUNT, whole
from reductions.queries import Query


@dataclass(frozen=True)
class Lengths:
    """Families: prompts of ``prompt`` tokens whose first ``prefix`` are common to the family.

    Parameters
    ----------
    cost
        The potential F.
    prefix, prompt
        o and y of :mod:`reductions.three_partition`, 0 < o < y, with F(o) ≥ 1
        and F(y) > F(o). The cap of overlaps at y - 1 leaves o as it is.
    """

    cost: Potential
    prefix: int
    prompt: int

    @classmethod
    def choose(cls, cost: Potential, prefix: int | None, prompt: int | None) -> Lengths:
        """The lengths given, or the least that will do.

        Raises
        ------
        InputError
            If a length given, or every length, costs nothing.
        """
        potential = cost.worst
        if potential(MAX_COUNT) < 2:
            raise InputError(
                f"token_time: {MAX_COUNT} tokens cost less than 2 ticks; "
                "give more, or attention_time"
            )
        least = least_length(lambda tokens: potential(tokens) >= 1)
        if prefix is None:
            prefix = least
        elif whole("prefix", prefix) < least:
            raise InputError(f"prefix: {prefix} tokens cost nothing; give {least} or more")
        shared = potential(prefix)
        if potential(MAX_COUNT) <= shared:
            raise InputError(f"prefix: {prefix} tokens leave no longer prompt; give fewer")
        least = least_length(lambda tokens: potential(tokens) > shared)
        if prompt is None:
            prompt = least
        elif whole("prompt", prompt) < least:
            raise InputError(
                f"prompt: {prompt} tokens cost no more than the {prefix} of the prefix; "
                f"give {least} or more"
            )
        return cls(cost, prefix, prompt)

    @property
    def shared(self) -> int:
        """The ticks φ = F(o) that one visit to a family costs once."""
        return self.cost.worst(self.prefix)

    @property
    def own(self) -> int:
        """The ticks w = F(y) - F(o) that each member costs."""
        return self.cost.worst(self.prompt) - self.shared

    @property
    def additive(self) -> bool:
        """Whether F(L) = c L exactly for an integer c, so that a length can stand for a size."""
        return self.cost.attention == 0 and self.cost.token.denominator == 1

    def family(self, name: str, arrivals: Sequence[int]) -> list[Query]:
        """A family of one query (id, arrival, prompt) for each of ``arrivals``."""
        tail = self.prompt - self.prefix
        return [
            (f"{name}.{k}", arrival, [(name, self.prefix), (f"{name}.{k}", tail)])
            for k, arrival in enumerate(arrivals, start=1)
        ]


def least_length(enough: Callable[[int], bool]) -> int:
    """The least length from 1 on that is ``enough``, which stays true once it is."""
    high = 1
    while not enough(high):
        high *= 2
    low = high // 2  # not enough, or 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high

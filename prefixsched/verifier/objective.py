"""Objectives of a solve: the largest TTFT, a percentile, the goodput or the mean."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from prefixsched.model.errors import InputError

if TYPE_CHECKING:
    from prefixsched.model.instance import Instance
    from prefixsched.verifier.schedule import Schedule

Kind = Literal["max", "percentile", "goodput", "mean"]
PLAIN: tuple[Kind, ...] = ("max", "goodput", "mean")
KINDS = "max, percentile:Q (pQ is short for it), goodput or mean"
MOST_DIGITS = 40
"""Smaller powers of ten are refused before they are written out."""


@dataclass(frozen=True)
class Objective:
    """What a solve is to optimise; every measure of it is an integer.

    Parameters
    ----------
    kind
        ``max`` and ``percentile`` are least TTFTs, in ticks; ``goodput`` is the most
        queries on time; ``mean`` is measured by the sum of all TTFTs, in ticks.
    share
        For a percentile, which one, 0 < share < 100; else None. The 100th is ``max``.
    """

    kind: Kind = "max"
    share: Fraction | None = None

    @classmethod
    def parse(cls, text: str) -> Objective:
        """Read ``max``, ``percentile:Q`` or ``pQ``, ``goodput`` or ``mean``, in any case.

        Raises
        ------
        InputError
            If it is none of these, or Q is no decimal with 0 < Q ≤ 100.
        """
        given = text.strip().lower()
        name, _, value = given.partition(":")
        if given[:1] == "p" and given[1:2].isdigit():
            name, value = "percentile", given[1:]
        if name == "percentile":
            share = _share(value)
            return cls() if share == 100 else cls("percentile", share)
        for kind in PLAIN:
            if given == kind:
                return cls(kind)
        raise InputError(f"objective: there is no {text!r}; give {KINDS}")

    def rank(self, n: int) -> int:
        """The place, from 1, of the TTFT that counts among n sorted ones: ⌈share n / 100⌉."""
        assert self.share is not None
        return -int(-self.share * n // 100)

    def measure(self, instance: Instance, schedule: Schedule, ttft: int | None = None) -> int:
        """What a schedule reaches; goodput needs ``ttft``, None for the queries' own allowances."""
        if self.kind == "percentile":
            return sorted(schedule.ttft)[self.rank(instance.n) - 1]
        if self.kind == "goodput":
            return schedule.on_time(instance, ttft)
        return schedule.max_ttft if self.kind == "max" else sum(schedule.ttft)

    @property
    def label(self) -> str:
        """As it stands in a sentence, such as ``P99``."""
        return str(self).replace("percentile:", "P")

    def __str__(self) -> str:
        if self.share is None:
            return self.kind
        whole = self.share.denominator == 1
        return f"percentile:{self.share if whole else float(self.share)}"


def _share(text: str) -> Fraction:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("nan")
    if not (number.is_finite() and 0 < number <= 100 and number.adjusted() >= -MOST_DIGITS):
        raise InputError(
            f"objective: percentile {text!r}; give more than 0 and at most 100, as in percentile:99"
        )
    return Fraction(number)

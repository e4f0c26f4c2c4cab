"""Prefill cost models, in whole ticks.

All coefficients are exact rationals, read as the decimals that a file states;
rounding is half up, computed in integers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import lcm
from numbers import Rational
from typing import ClassVar

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.errors import InputError
from prefixsched.model.integers import integers

MAX_NUMBER = 2**53
"""The largest integer a file may state: beyond it JSON readers disagree."""
MAX_TICKS = 2**62
"""Every sum of times stays below this, so 64-bit arithmetic is exact."""

Coefficient = int | Decimal | Fraction


def as_fraction(field: str, value: Coefficient) -> Fraction:
    """The exact value of a cost coefficient.

    Raises
    ------
    InputError
        If it is no exact number, negative, not finite, or larger than ``MAX_NUMBER``.
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | Rational):
        raise InputError(
            f"{field}: {value!r:.40} is no exact number; give an int, a Decimal or a Fraction"
        )
    if isinstance(value, Decimal) and not value.is_finite():
        raise InputError(f"{field}: {value} is not a number; give a finite decimal")
    if value < 0:
        raise InputError(f"{field}: {value} is negative; give 0 or more ticks per token")
    if value > MAX_NUMBER:
        raise InputError(f"{field}: {value} is past 2^53; use a coarser tick")
    if isinstance(value, Decimal) and value and value.adjusted() < -40:
        raise InputError(f"{field}: {value} is below 1e-40; give 0")
    return (
        Fraction(value)
        if isinstance(value, Decimal)
        else Fraction(int(value.numerator), int(value.denominator))
    )


def _exact(
    formula: Callable[[IntArray, IntArray], IntArray], worst: int, x: IntArray, y: IntArray
) -> IntArray:
    """``formula(x, y)``, in 64 bits where its largest intermediate ``worst`` fits in them."""
    if worst < 2**63:
        return formula(x, y)
    pairs, where = np.unique(np.stack(np.broadcast_arrays(x, y)), axis=1, return_inverse=True)
    big = formula(pairs[0].astype(object), pairs[1].astype(object))
    return big.astype(np.int64)[where].reshape(np.broadcast_shapes(x.shape, y.shape))


@dataclass(frozen=True)
class Potential:
    """Cost of extending a prefix: p = F(length) - F(overlap).

    F(L) = floor(token L + attention L^2 + 1/2). Token work is linear in the
    prompt and causal attention quadratic, so the cost is a difference of
    potentials, exact and additive along the trie.

    Parameters
    ----------
    token
        Ticks per token.
    attention
        Ticks per squared token; 0 gives the ``linear`` model, else ``causal``.
    """

    token: Fraction = Fraction(1)
    attention: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", as_fraction("cost.token", self.token))
        object.__setattr__(self, "attention", as_fraction("cost.attention", self.attention))

    @cached_property
    def _whole(self) -> tuple[int, int, int]:
        """Both coefficients as integers over a common denominator, and that."""
        unit = lcm(self.token.denominator, self.attention.denominator)
        return int(self.token * unit), int(self.attention * unit), unit

    @property
    def name(self) -> str:
        """``linear`` or ``causal``, as instance files have it."""
        return "causal" if self.attention else "linear"

    def potential(self, length: IntArray) -> IntArray:
        """F at each of ``length``, an array of token counts; any shape."""
        a, b, unit = self._whole
        longest = int(length.max(initial=0))
        return _exact(
            lambda x, _: (2 * (a * x + b * x * x) + unit) // (2 * unit),
            2 * (a * longest + b * longest * longest) + unit + 2 * unit,
            length,
            length,
        )

    def prefill(self, length: IntArray, overlap: IntArray) -> IntArray:
        """Ticks to prefill prompts of ``length`` tokens, ``overlap`` of them cached."""
        return self.potential(length) - self.potential(overlap)

    def worst(self, length: int) -> int:
        """Ticks to prefill ``length`` tokens with nothing cached, as an unbounded integer."""
        return int((self.token * length + self.attention * length * length + Fraction(1, 2)) // 1)


@dataclass(frozen=True)
class Rectangular:
    """Every new token attends to the whole prompt: p = round((L - o)(token + attention L)).

    Not a potential: the triangle inequality fails, so the rules and bounds
    that need it are off under this model.
    """

    token: Fraction = Fraction(1)
    attention: Fraction = Fraction(0)
    name: ClassVar[str] = "rectangular"

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", as_fraction("cost.token", self.token))
        object.__setattr__(self, "attention", as_fraction("cost.attention", self.attention))

    def prefill(self, length: IntArray, overlap: IntArray) -> IntArray:
        """Ticks to prefill prompts of ``length`` tokens, ``overlap`` of them cached."""
        unit = lcm(self.token.denominator, self.attention.denominator)
        a, b = int(self.token * unit), int(self.attention * unit)
        longest = int(length.max(initial=0))
        return _exact(
            lambda x, o: (2 * (x - o) * (a + b * x) + unit) // (2 * unit),
            2 * longest * (a + b * longest) + 3 * unit,
            length,
            overlap,
        )

    def worst(self, length: int) -> int:
        """Ticks to prefill ``length`` tokens with nothing cached, as an unbounded integer."""
        return int((length * (self.token + self.attention * length) + Fraction(1, 2)) // 1)


@dataclass(frozen=True, eq=False)
class Table:
    """Sequence-dependent set-up times given outright; prompts play no part in the cost.

    Parameters
    ----------
    start
        ``[n]``; ticks for each query when nothing was processed before.
    matrix
        ``[n, n]``; row the previous query, column the next.
    anticipatory
        Whether a set-up may run before its query arrives: C = max(C' + p, r)
        rather than max(C', r) + p.
    """

    start: IntArray = field(repr=False)
    matrix: IntArray = field(repr=False)
    anticipatory: bool = False
    name: ClassVar[str] = "table"

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", integers("cost.start", self.start))
        object.__setattr__(self, "matrix", integers("cost.matrix", self.matrix, 2))
        n = len(self.start)
        if self.matrix.shape != (n, n):
            raise InputError(
                f"cost.matrix: shape {self.matrix.shape}, but cost.start has {n} entries; "
                "give n rows of n"
            )
        if n and min(int(self.start.min()), int(self.matrix.min())) < 0:
            raise InputError("cost.matrix: a negative time; give 0 or more ticks")


PromptCost = Potential | Rectangular
CostModel = Potential | Rectangular | Table

"""The shortest extend length, weighed against the wait."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import lcm

from prefixsched.model.options import exact
from prefixsched.online.policies.exact import weighted
from prefixsched.online.policy import View


class ShortestExtendLength:
    """SEL: the least length · L / Lmax - wait · W / Wmax, ties to the oldest.

    L is what a query would compute, W how long it has waited, and the maxima
    are over the queue. As proposed for SGLang (sgl-project/sglang pull request
    13507), whose weights these are; compared exactly, as
    length · L · Wmax - wait · W · Lmax.

    Parameters
    ----------
    length
        The weight of the length.
    wait
        The weight of the wait.
    """

    def __init__(self, length: Decimal = Decimal("0.9"), wait: Decimal = Decimal("0.1")) -> None:
        weights = [
            Fraction(exact(f"shortest-extend-length: {name}", value, zero=True))
            for name, value in (("length", length), ("wait", wait))
        ]
        unit = lcm(*(weight.denominator for weight in weights))
        self._length, self._wait = (int(weight * unit) for weight in weights)
        default = (length, wait) == (Decimal("0.9"), Decimal("0.1"))
        self.name = "shortest-extend-length" + ("" if default else f":length={length},wait={wait}")

    def pick(self, view: View) -> int:
        """The query with the least score."""
        tokens, wait = view.uncached, view.wait
        longest, eldest = int(tokens.max()), max(int(wait.max()), 1)
        score = weighted(self._length * eldest, tokens, -self._wait * longest, wait)
        return int(view.waiting[score.argmin()])

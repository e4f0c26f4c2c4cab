"""PrefillOnly's shortest job, less what it has waited."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from prefixsched.model.options import exact
from prefixsched.online.policies.exact import weighted
from prefixsched.online.policy import View


class PrefillOnly:
    """PrefillOnly: the least prefill time - aging · wait, both in ticks, ties to the oldest.

    The prefill time is that with what is cached now. From "PrefillOnly: An
    Inference Engine for Prefill-only Workloads in Large Language Model
    Applications" (SOSP 2025, arXiv 2505.07203), where the factor is called λ
    and has a unit of its own; the default here is ours.

    Parameters
    ----------
    aging
        Ticks of prefill that a tick of waiting makes up for; 0 is the shortest
        job first.
    """

    def __init__(self, aging: Decimal = Decimal("0.1")) -> None:
        factor = Fraction(exact("prefill-only: aging", aging, zero=True))
        self._prefill, self._wait = factor.denominator, factor.numerator
        self.name = f"prefill-only:{aging}"

    def pick(self, view: View) -> int:
        """The query with the least score."""
        score = weighted(self._prefill, view.ticks, -self._wait, view.wait)
        return int(view.waiting[score.argmin()])

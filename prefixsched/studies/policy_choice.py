"""The rule by which one policy is chosen from what all did on some windows."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from statistics import median

from prefixsched.online.policies.prefix import Cycle
from prefixsched.online.policy import Policy

TOLERANCE = Fraction(1, 50)
"""How far behind the best of the backtest a simpler policy may be and still be preferred."""


def level(policy: Policy) -> int:
    """How much there is to a policy: 0 for FCFS, 1 for LPM, 2 for k-LPM, 3 for any other."""
    cycle = getattr(policy, "cycle", None)
    if not isinstance(cycle, Cycle):
        return 3
    return {1: 0, 0: 1}.get(cycle.period, 2)


def behind(value: Fraction, least: Fraction) -> Fraction:
    """``value`` over the ``least`` there is; where that is 0, a tick more counts as once more."""
    return value / least if least else 1 + value


def scores(values: Sequence[Sequence[Fraction]]) -> list[Fraction]:
    """For each policy the median over windows of its value over the window's best.

    Windows differ in load, so that values don't compare across them; ratios do.

    Parameters
    ----------
    values
        ``[policies][windows]``; the objective.
    """
    least = [min(column) for column in zip(*values, strict=True)]
    return [median(behind(v, best) for v, best in zip(row, least, strict=True)) for row in values]


def choose(values: Sequence[Sequence[Fraction]], levels: Sequence[int], tolerance: Fraction) -> int:
    """The position of the policy to recommend.

    Of those whose score is within ``tolerance`` of the least one, the simplest
    level; within it the least score; of equals the first. A few per cent on one
    trace are noise, and a parameter that doesn't pay for itself is one more
    thing to go wrong.

    Parameters
    ----------
    values
        ``[policies][windows]``; the objective.
    levels
        ``[policies]``; see :func:`level`.
    tolerance
        A share of the least score.
    """
    score = scores(values)
    most = min(score) * (1 + tolerance)
    near = (k for k in range(len(score)) if score[k] <= most)
    return min(near, key=lambda k: (levels[k], score[k]))

"""What a policy is judged by."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from prefixsched.errors import InputError
from prefixsched.simulate import Simulation


@dataclass(frozen=True)
class Objective:
    """What a policy is judged by, the less the better.

    Parameters
    ----------
    name
        ``max``, ``mean``, or ``pQ`` for the nearest-rank percentile Q of TTFT
        (``percentile:Q`` says the same).

    Raises
    ------
    InputError
        If there is no such objective.
    """

    name: str
    percent: Fraction | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.name in ("max", "mean"):
            return
        digits = self.name.removeprefix("percentile:").removeprefix("p")
        whole_part, _, decimals = digits.partition(".")
        plain = whole_part.isascii() and whole_part.isdigit() and len(digits) <= 12
        if not plain or (decimals and not (decimals.isascii() and decimals.isdigit())):
            raise InputError(f"objective: {self.name!r} is unknown; give max, mean or p99, p95, …")
        percent = Fraction(digits)
        if not 0 < percent <= 100:
            raise InputError(
                f"objective: {self.name!r} is no percentile; give more than p0 and at most p100"
            )
        object.__setattr__(self, "name", f"p{digits}")
        object.__setattr__(self, "percent", percent)

    def __call__(self, run: Simulation) -> Fraction:
        """The exact value of a run, in ticks."""
        if self.percent is not None:
            return Fraction(run.percentile(self.percent))
        if self.name == "max":
            return Fraction(run.max)
        return Fraction(sum(run.ttft.tolist()), run.instance.n)

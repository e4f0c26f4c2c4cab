"""What the store keeps of one policy on one instance."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

import msgspec

from prefixsched.studies.intervals import as_fields

OPTIMUM = "optimum"
"""The name under which the best schedule that the solver found stands among the policies."""


Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A number that an array of the package can hold."""

Stream = tuple[str, tuple[tuple[str, str], ...], int]
"""What tells an instance from all others of a suite: family, parameters, seed."""


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One policy on one instance; times in ticks.

    Parameters
    ----------
    family, parameters, seed
        Where the instance comes from: the suite's family, what it was made
        with (numbers as text, so that they stay exact), and the seed.
    instance, n, tokens, time_unit
        Its name, its queries, the tokens of all prompts, and what a tick is.
    policy
        The policy's name, or ``optimum``.
    max, p50, p90, p95, p99, makespan
        Of the TTFTs; nearest-rank percentiles.
    mean
        For display.
    reused_tokens
        Prompt tokens found in the cache.
    status, lower_bound, upper_bound, backend
        What is known of the least possible largest TTFT, and what proved it: in
        a row of ``optimum`` by the backend asked, else by all together.
    solve_seconds
        How long that took.
    order
        Of ``optimum`` alone: the ids in the order served.
    asked
        Of ``optimum`` alone: the backend, as the suite has it. An instance has a
        row of ``optimum`` for each; a suite of one backend may have none named.
    """

    family: str
    parameters: dict[str, str]
    seed: int
    instance: str
    n: Annotated[int, msgspec.Meta(ge=1)]
    tokens: Count
    time_unit: str
    policy: str
    max: Count
    p50: Count
    p90: Count
    p95: Count
    p99: Count
    mean: Annotated[float, msgspec.Meta(ge=0)]
    makespan: Count
    reused_tokens: Count
    status: str
    lower_bound: Count
    upper_bound: Count
    backend: str
    solve_seconds: Annotated[float, msgspec.Meta(ge=0)]
    order: list[str] | None = None
    asked: str | None = None

    @property
    def stream(self) -> Stream:
        """What tells the instance from all others of the suite."""
        return self.family, tuple(sorted(self.parameters.items())), self.seed

    def record(self) -> dict[str, Any]:
        """A flat dictionary without the order, as ``pandas.DataFrame`` takes a list of them.

        What the instance was made with has a key for each parameter, with ``parameter_`` before
        those that are called as a field of the row is. The ratios are among the fields.
        """
        fields = msgspec.structs.asdict(self)
        parameters = {
            f"parameter_{name}" if name in fields else name: text
            for name, text in self.parameters.items()
        }
        del fields["parameters"], fields["order"]
        return fields | parameters | as_fields("ratio", (self.ratio_low, self.ratio_high))

    @property
    def ratio_low(self) -> Fraction | None:
        """The least that the competitive ratio can be: over the best schedule known."""
        return Fraction(self.max, self.upper_bound) if self.upper_bound else None

    @property
    def ratio_high(self) -> Fraction | None:
        """The most that it can be, certified: over the proven lower bound."""
        return Fraction(self.max, self.lower_bound) if self.lower_bound else None

"""Competitive ratios: online policies against the certified offline optimum of an instance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from prefixsched.model.arguments import check_instance
from prefixsched.model.display import Displayed, Records, name_text
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance
from prefixsched.offline.incumbent import OnProgress
from prefixsched.offline.result import Result
from prefixsched.offline.solve import solve
from prefixsched.online.policy import Policies, listed
from prefixsched.online.simulation import Simulation, simulate
from prefixsched.runtime.limits import in_seconds, remaining
from prefixsched.studies.defaults import COMPARE_SECONDS, DEFAULT_POLICIES
from prefixsched.studies.intervals import Interval, as_fields, optimum_text, ratio_text
from prefixsched.verifier.objective import Objective
from prefixsched.verifier.schedule import evaluate

P99_FROM = 100
"""Queries from which on the 99th percentile isn't the maximum."""
MAX_SHARE = 0.5
"""Of the time limit for the maximum where P99 is another question; P99 has what that leaves."""


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Displayed):
    """Policies on one instance, against its optimum.

    Parameters
    ----------
    result
        What is known of the optimum.
    p99
        What is known of the least P99: the same, where that is the maximum.
    runs
        What the policies did.
    """

    result: Result
    p99: Result
    runs: Sequence[Simulation]

    @property
    def instance(self) -> Instance:
        """What was served."""
        return self.result.instance

    @property
    def two(self) -> bool:
        """Whether the maximum and P99 are two questions."""
        return self.p99 is not self.result

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended a search."""
        return self.result.interrupted or self.p99.interrupted

    def ratio(self, run: Simulation) -> Interval:
        """The least and greatest that the competitive ratio can be; None where undefined."""
        return self.result.ratio(run.max)

    def p99_ratio(self, run: Simulation) -> Interval:
        """The same of the 99th percentiles."""
        return self.p99.ratio(run.p99)

    def _ratios(self, run: Simulation) -> dict[str, float | None]:
        return as_fields("ratio", self.ratio(run)) | as_fields("p99_ratio", self.p99_ratio(run))

    def as_dict(self) -> dict[str, Any]:
        """The fields that ``prefixsched compare --json`` prints."""
        result = self.result
        return {
            "instance": result.instance.name,
            "time_unit": result.instance.time_unit,
            "status": str(result.status),
            "lower_bound": result.lower_bound,
            "upper_bound": result.upper_bound,
            "p99_lower_bound": self.p99.lower_bound,
            "p99_upper_bound": self.p99.upper_bound,
            "backend": result.backend,
            "seconds": round(result.seconds, 6),
            "results": [run.as_dict() | self._ratios(run) for run in self.runs],
        }

    def _headline(self) -> str:
        return f"on {name_text(self.instance.name)}: {optimum_text(self.result)}"

    def _records(self, most: int | None) -> Records:
        return [
            {
                "instance": self.instance.name,
                "policy": run.policy,
                **run.figures(),
                "makespan": run.makespan,
                "reused_tokens": run.reused_tokens,
                **self._ratios(run),
            }
            for run in self.runs[:most]
        ]

    def _cells(self, most: int) -> Records:
        return [
            {
                "policy": run.policy,
                **run.figures(),
                "ratio": ratio_text(*self.ratio(run)),
                **({"P99 ratio": ratio_text(*self.p99_ratio(run))} if self.two else {}),
            }
            for run in self.runs[:most]
        ]

    def _size(self) -> int:
        return len(self.runs)


def compare(
    instance: Instance,
    policies: Policies = DEFAULT_POLICIES,
    *,
    backend: str = "auto",
    time_limit: float | None = COMPARE_SECONDS,
    on_progress: OnProgress | None = None,
) -> Comparison:
    """Hold policies against the certified optimum.

    The competitive ratio is a policy's largest TTFT over the least possible one, on this
    instance; an interval where the optimum is only bracketed. From 100 queries on the same
    is said of P99, whose optimum is a question of its own.

    Parameters
    ----------
    instance
        The stream of queries.
    policies
        What to run, one or several, as :func:`~prefixsched.online.simulation.simulate`
        takes them.
    backend, on_progress
        Handed to :func:`~prefixsched.offline.solve.solve`, for the maximum.
    time_limit
        Seconds for all of it; None for no limit. Policies are run first. Where P99 is
        another question the maximum has half of what that leaves, and P99 the rest.

    Returns
    -------
    Comparison
        No policy is below the upper bounds: the search begins with the best order of any.

    Raises
    ------
    InputError
        If there is no policy, or one can't be run.

    Examples
    --------
    ``prefixsched.compare(instance, ["fcfs", "k-lpm:8"], time_limit=10)``
    """
    check_instance(instance)
    policies = listed(policies)
    if not policies:
        raise InputError("policies: there is none to compare; give at least one")
    deadline = in_seconds(time_limit)
    runs = [simulate(instance, policy) for policy in policies]
    best = min(runs, key=lambda run: run.max)
    two = instance.n >= P99_FROM
    seconds = remaining(deadline)
    result = solve(
        instance,
        backend=backend,
        time_limit=seconds * MAX_SHARE if two and seconds is not None else seconds,
        start=best.order.tolist(),  # so that no policy beats the upper bound
        on_progress=on_progress,
    )
    p99 = result
    if two and not result.interrupted:
        p99 = _least_p99(result, runs, remaining(deadline))
    return Comparison(result, p99, runs)


def _least_p99(result: Result, runs: Sequence[Simulation], seconds: float | None) -> Result:
    """What is known of the least P99, from the best order at hand on; never above a policy's."""
    instance = result.instance
    orders = [run.order.tolist() for run in runs]
    if result.schedule is not None:
        orders.append(list(result.schedule.order))
    percentile = Objective("percentile", Fraction(99))
    best = min(orders, key=lambda order: percentile.measure(instance, evaluate(instance, order)))
    return solve(instance, objective=str(percentile), time_limit=seconds, start=best)

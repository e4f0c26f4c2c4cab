"""A serving log against the best that was possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from prefixsched.model.arguments import check_type
from prefixsched.model.display import Displayed, Records, name_text
from prefixsched.model.instance import Instance
from prefixsched.offline.incumbent import OnProgress
from prefixsched.offline.result import Result
from prefixsched.offline.solve import solve
from prefixsched.online.policy import Policies, listed
from prefixsched.online.simulation import Simulation, simulate
from prefixsched.runtime.limits import in_seconds, remaining
from prefixsched.studies.intervals import Interval, as_fields, optimum_text, ratio_text
from prefixsched.studies.serving_log import ServingLog
from prefixsched.studies.worst_stretch import WorstStretch, worst_stretch
from prefixsched.verifier.schedule import evaluate

A_LOG = "a ServingLog, as ps.studies.read_serving_log(path, cost) makes it"
LOGGED, REPLAYED = "as logged", "its order, modelled"
MODEL_GAP = Fraction(1, 5)
"""Past this difference of mean TTFTs the model isn't what ran."""


@dataclass(frozen=True, repr=False)
class Score(Displayed):
    """What was had, what the model says of it, and what was possible.

    Parameters
    ----------
    had
        The log's first tokens.
    replayed
        The order of the log, served as the model has it.
    runs
        What policies would have done under the model.
    result
        The best schedule and the bound that is proven, under the model.
    stretch
        Where most was lost against that schedule; None where nobody waited for
        longer than its largest TTFT.
    """

    had: Simulation
    replayed: Simulation
    runs: Sequence[Simulation]
    result: Result
    stretch: WorstStretch | None

    @property
    def instance(self) -> Instance:
        """What was served."""
        return self.had.instance

    def ratio(self, run: Simulation) -> Interval:
        """The least and greatest that ``run``'s largest TTFT over the optimum can be."""
        return self.result.ratio(run.max)

    @property
    def misfit(self) -> Fraction:
        """The modelled mean TTFT of the log's order over the mean that was had, less 1."""
        had = int(self.had.ttft.sum())
        modelled = int(self.replayed.ttft.sum())
        return Fraction(modelled, had) - 1 if had else Fraction(modelled > 0)

    @property
    def warnings(self) -> list[str]:
        """Why the ratio may mean little, in sentences."""
        said = []
        if abs(self.misfit) > MODEL_GAP:
            kind = "longer" if self.misfit > 0 else "shorter"
            said.append(
                f"served in the log's order the model's mean TTFT is {float(abs(self.misfit)):.0%} "
                f"{kind} than what was had: cost or cache are not those of the server, or it "
                "worked in batches; compare with the modelled row instead"
            )
        lower = self.result.lower_bound
        if lower is not None and self.had.max < lower:
            said.append(
                f"the largest TTFT is {1 - self.had.max / lower:.1%} below what the model proves "
                "possible, so the server is faster than the model; calibrate it, or choose "
                "another cache"
            )
        return said

    def as_dict(self) -> dict[str, Any]:
        """The fields that ``prefixsched score --json`` prints."""
        result, stretch = self.result, self.stretch
        return {
            "instance": self.instance.name,
            "time_unit": self.instance.time_unit,
            "queries": self.instance.n,
            "status": str(result.status),
            "lower_bound": result.lower_bound,
            "upper_bound": result.upper_bound,
            "backend": result.backend,
            "seconds": round(result.seconds, 6),
            "log": self._figures(self.had),
            "replayed": self._figures(self.replayed),
            "policies": [{"policy": run.policy} | self._figures(run) for run in self.runs],
            "misfit": float(self.misfit),
            "stretch": None
            if stretch is None
            else {
                "queries": stretch.queries,
                "first": self.instance.ids[stretch.first],
                "last": self.instance.ids[stretch.last],
                "begin": stretch.begin,
                "end": stretch.end,
                "lost": stretch.lost,
            },
            "warnings": self.warnings,
        }

    def _figures(self, run: Simulation) -> dict[str, Any]:
        return {
            "max": run.max,
            "mean": run.mean,
            "p50": run.p50,
            "p90": run.p90,
            "p99": run.p99,
            **as_fields("ratio", self.ratio(run)),
        }

    def _headline(self) -> str:
        instance = self.instance
        return (
            f"of {name_text(instance.name)}: largest TTFT {self.had.max:,} {instance.time_unit}; "
            f"{optimum_text(self.result)}"
        )

    def _rows(self) -> Sequence[Simulation]:
        return [self.had, self.replayed, *self.runs]

    def _records(self, most: int | None) -> Records:
        return [{"served": run.policy} | self._figures(run) for run in self._rows()[:most]]

    def _cells(self, most: int) -> Records:
        return [
            {"served": run.policy, **run.figures(), "ratio": ratio_text(*self.ratio(run))}
            for run in self._rows()[:most]
        ]

    def _size(self) -> int:
        return 2 + len(self.runs)


def score(
    log: ServingLog,
    policies: Policies = (),
    *,
    backend: str = "auto",
    time_limit: float | None = None,
    on_progress: OnProgress | None = None,
) -> Score:
    """Hold a serving log against the certified optimum under its cost.

    Parameters
    ----------
    log
        What ran.
    policies
        What else to run under the model, one or several.
    backend, on_progress
        Handed to :func:`prefixsched.offline.solve`.
    time_limit
        Seconds for all of it; policies are run first.

    Returns
    -------
    Score
        Its bounds hold for any server with that cost and cache that serves one
        prompt at a time, whatever its order.

    Raises
    ------
    InputError
        If ``log`` is no serving log, or a policy can't be run.
    """
    check_type("log", log, ServingLog, A_LOG)
    instance, deadline = log.instance, in_seconds(time_limit)
    schedule = evaluate(instance, log.order.tolist())
    replayed = Simulation(
        instance,
        REPLAYED,
        log.order,
        np.array(schedule.completion, dtype=np.int64),
        np.array(schedule.reused, dtype=np.int64),
    )
    had = Simulation(instance, LOGGED, log.order, log.first_token, replayed.reused)
    runs = [simulate(instance, policy) for policy in listed(policies)]
    best = min([replayed, *runs], key=lambda run: run.max)
    result = solve(
        instance,
        backend=backend,
        time_limit=remaining(deadline),
        start=best.order.tolist(),  # so that none of them beats the upper bound
        on_progress=on_progress,
    )
    upper = result.upper_bound
    stretch = None if upper is None else worst_stretch(instance.arrival, had.ttft, upper)
    return Score(had, replayed, runs, result, stretch)

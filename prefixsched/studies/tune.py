"""Which policy, with which parameters, for a trace: backtested on its past, validated on its end.

The arrivals before a point in time are cut into consecutive windows; every
policy of a grid is run on each. What comes after the point takes no part in the
choice and shows whether it holds. Each window, and the part kept for
validation, runs by itself: from an idle server with an empty cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from prefixsched.model.arguments import check_instance
from prefixsched.model.display import Displayed, Headed, Records, name_text, number_text
from prefixsched.model.errors import InputError
from prefixsched.model.options import exact
from prefixsched.offline.solve import solve
from prefixsched.online.simulation import Simulation, simulate
from prefixsched.plugins.naming import name_of
from prefixsched.plugins.registry import create
from prefixsched.studies.backtest_windows import parts_of
from prefixsched.studies.intervals import Interval, as_fields, ratio_text
from prefixsched.studies.policy_choice import TOLERANCE, behind, choose, level, scores
from prefixsched.verifier.objective import Objective

if TYPE_CHECKING:
    from prefixsched.model.instance import Instance
    from prefixsched.offline.incumbent import OnProgress
    from prefixsched.offline.result import Result

GRID = (
    "fcfs", "lpm",
    *(f"k-lpm:{k}" for k in (2, 3, 4, 6, 8, 12, 16, 32, 64)),
    "sglang-lpm", "dfs-weight", "hrrn", "shortest-prefill-first", "shortest-extend-length",
    *(f"aged-lpm:{tokens}" for tokens in (64, 256, 1024)),
    *(f"prefill-only:{aging}" for aging in ("0.01", "0.1", "1")),
    *(f"dlpm:{quantum}" for quantum in (1024, 4096, 16384)),
)  # fmt: skip
"""What is tried: FCFS, LPM, k-LPM, and engines' policies over their main parameter."""

OnRun = Callable[[Simulation], None]


@dataclass(frozen=True, repr=False)
class Trial(Headed):
    """What one policy did.

    Parameters
    ----------
    policy
        Its name.
    level
        How much there is to it: 0 for FCFS, 1 for LPM, 2 for k-LPM, 3 for any other.
    windows
        The objective on each window of the past, in ticks.
    validation
        The objective on what comes after, in ticks.
    """

    policy: str
    level: int
    windows: Sequence[Fraction]
    validation: Fraction

    def _headline(self) -> str:
        past = ", ".join(number_text(_number(value)) for value in self.windows)
        then = number_text(_number(self.validation))
        return f"{name_text(self.policy)}: {past} ticks, then {then}"


@dataclass(frozen=True)
class Origin:
    """A choice made at an earlier point in time, and what came of it.

    Parameters
    ----------
    policy
        What the windows before the point recommend.
    regret
        How far it was behind the best on the next window, as a share of the best.
    """

    policy: str
    regret: Fraction


@dataclass(frozen=True, eq=False, repr=False)
class Tuning(Displayed):
    """A recommendation, and all that it rests on.

    Parameters
    ----------
    instance
        The trace.
    objective
        What policies are judged by.
    tolerance
        What a simpler policy may be behind, as a share of the best.
    sizes
        Queries of each window.
    trials
        One for each policy, in the order of the grid.
    best
        The best run of the validation part, whose order can start a search for the optimum.
    optimum
        What is known of the least possible objective on the validation part.
    """

    instance: Instance
    objective: Objective
    tolerance: Fraction
    sizes: Sequence[int]
    trials: Sequence[Trial]
    best: Simulation
    optimum: Result | None = None

    @property
    def validation(self) -> Instance:
        """The part of the trace that took no part in the choice."""
        return self.best.instance

    @property
    def recommended(self) -> Trial:
        """The policy to use; see :func:`choose`."""
        return self.trials[choose([trial.windows for trial in self.trials], self._levels,
                                  self.tolerance)]  # fmt: skip

    @property
    def scores(self) -> Sequence[Fraction]:
        """For each trial, its median over the windows of what :func:`behind` says."""
        return scores([trial.windows for trial in self.trials])

    @property
    def _levels(self) -> Sequence[int]:
        return [trial.level for trial in self.trials]

    def regret(self, trial: Trial) -> Fraction:
        """How far a policy is behind the best in hindsight on the validation part; 0 for that."""
        least = min(other.validation for other in self.trials)
        return behind(trial.validation, least) - 1

    def ratio(self, trial: Trial) -> Interval:
        """The least and greatest that a policy's value over the optimum's can be."""
        return (None, None) if self.optimum is None else self.optimum.ratio(trial.validation)

    @property
    def origins(self) -> Sequence[Origin]:
        """The same choice made before each window but the first, and judged by that window."""
        made = []
        for f in range(1, len(self.sizes)):
            past = [trial.windows[:f] for trial in self.trials]
            chosen = self.trials[choose(past, self._levels, self.tolerance)]
            least = min(trial.windows[f] for trial in self.trials)
            made.append(Origin(chosen.policy, behind(chosen.windows[f], least) - 1))
        return made

    def against(self, optimum: Result) -> Tuning:
        """The same, with what is known of the optimum of the validation part."""
        return replace(self, optimum=optimum)

    def certified(
        self,
        *,
        backend: str = "auto",
        time_limit: float | None = None,
        on_progress: OnProgress | None = None,
    ) -> Tuning:
        """The same, with what can be proven of the optimum of the validation part.

        Parameters
        ----------
        backend, on_progress
            Handed to :func:`~prefixsched.offline.solve.solve`.
        time_limit
            Seconds; None for no limit.

        Raises
        ------
        InputError
            If the objective is the mean, of which no ratio is certified, or an argument
            doesn't fit.
        """
        if self.objective.kind == "mean":
            raise InputError(
                "objective: no ratio of the mean is certified; give max or percentile:Q"
            )
        optimum = solve(
            self.validation,
            objective=str(self.objective),
            backend=backend,
            time_limit=time_limit,
            start=self.best.order.tolist(),  # so that no policy beats the upper bound
            on_progress=on_progress,
        )
        return self.against(optimum)

    def as_dict(self) -> dict[str, Any]:
        """The fields that ``prefixsched tune --json`` prints."""
        recommended, optimum = self.recommended, self.optimum
        return {
            "instance": self.instance.name,
            "time_unit": self.instance.time_unit,
            "objective": str(self.objective),
            "start": "cold",
            "recommended": recommended.policy,
            "regret": float(self.regret(recommended)),
            "tolerance": float(self.tolerance),
            "queries": {"windows": list(self.sizes), "validation": self.validation.n},
            "results": [
                {
                    "policy": trial.policy,
                    "backtest": float(score),
                    "windows": [_number(value) for value in trial.windows],
                    "validation": _number(trial.validation),
                    "regret": float(self.regret(trial)),
                }
                for trial, score in zip(self.trials, self.scores, strict=True)
            ],
            "origins": [
                {"policy": origin.policy, "regret": float(origin.regret)}
                for origin in self.origins
            ],
            "optimum": None if optimum is None else {
                "status": str(optimum.status),
                "lower_bound": optimum.lower_bound,
                "upper_bound": optimum.upper_bound,
                **as_fields("ratio", self.ratio(recommended)),
                "backend": optimum.backend,
                "seconds": round(optimum.seconds, 6),
            },
        }  # fmt: skip

    def _headline(self) -> str:
        chosen = self.recommended
        return (
            f"of {name_text(self.instance.name)}: use {name_text(chosen.policy)}, chosen for its "
            f"{self.objective.label} TTFT; {float(self.regret(chosen)):.1%} behind the best in "
            "hindsight"
        )

    def _rows(self, most: int | None) -> Iterator[tuple[Trial, dict[str, Any]]]:
        """Each policy with what is said of it, but for the ratio."""
        chosen = self.recommended
        for trial, score in list(zip(self.trials, self.scores, strict=True))[:most]:
            yield (
                trial,
                {
                    "policy": trial.policy,
                    "recommended": trial is chosen,
                    "backtest": float(score),
                    "validation": _number(trial.validation),
                    "regret": float(self.regret(trial)),
                },
            )

    def _records(self, most: int | None) -> Records:
        return [row | as_fields("ratio", self.ratio(trial)) for trial, row in self._rows(most)]

    def _cells(self, most: int) -> Records:
        return [row | {"ratio": ratio_text(*self.ratio(trial))} for trial, row in self._rows(most)]

    def _size(self) -> int:
        return len(self.trials)


def tune(
    instance: Instance,
    *,
    policies: str | Sequence[str] = GRID,
    objective: str = "max",
    split: Fraction | Decimal | float = Fraction(1, 2),
    windows: int | None = None,
    tolerance: Fraction | Decimal | float = TOLERANCE,
    on_run: OnRun | None = None,
) -> Tuning:
    """Recommend a policy for a trace.

    Parameters
    ----------
    instance
        The trace.
    policies
        What to choose from, one or several, as
        :func:`~prefixsched.online.simulation.simulate` takes them; of those that are the
        same the first is kept.
    objective
        ``max``, ``percentile:Q`` or ``mean``, as :func:`~prefixsched.offline.solve` has them.
    split
        The share of the time from the first to the last arrival that is used to choose.
    windows
        How many windows of equally many queries that share is cut into; without
        it one for each 200 queries, and at most 5.
    tolerance
        How far a simpler policy may be behind the best; see :func:`choose`.
    on_run
        Called after every simulation.

    Raises
    ------
    InputError
        If an option is out of range, or a part would be empty.
    """
    goal = judged_by(objective)
    margin = exact("tolerance", tolerance, zero=True)
    check_instance(instance)
    chosen = distinct(policies)
    parts, after = parts_of(instance, split, windows)
    trials: list[Trial] = []
    best: Simulation | None = None
    for name, spec in chosen.items():
        values = []
        for part in (*parts, after):
            run = simulate(part, spec)
            values.append(value_of(goal, run))
            if on_run is not None:
                on_run(run)
        trials.append(Trial(name, level(create("policies", spec)), values[:-1], values[-1]))
        if best is None or values[-1] < value_of(goal, best):
            best = run
    assert best is not None
    return Tuning(instance, goal, margin, [part.n for part in parts], trials, best)


def judged_by(objective: str) -> Objective:
    """What policies are judged by.

    Raises
    ------
    InputError
        If there is no such objective, or it needs a bound.
    """
    goal = Objective.parse(objective)
    if goal.kind == "goodput":
        raise InputError(
            "objective: goodput counts what meets a bound; give max, percentile:Q or mean"
        )
    return goal


def value_of(objective: Objective, run: Simulation) -> Fraction:
    """The exact value of a run, in ticks; the less the better."""
    if objective.share is not None:
        return Fraction(run.percentile(objective.share))
    if objective.kind == "max":
        return Fraction(run.max)
    return Fraction(sum(run.ttft.tolist()), run.instance.n)


def _number(value: Fraction) -> int | float:
    """A value as JSON has it: in whole ticks where it is whole."""
    return value.numerator if value.denominator == 1 else float(value)


def distinct(policies: str | Sequence[str]) -> dict[str, str]:
    """What to write for each policy, by its name; of those that are the same, the first.

    Raises
    ------
    InputError
        If there is none, or one can't be made.
    """
    chosen: dict[str, str] = {}
    for spec in (policies,) if isinstance(policies, str) else policies:
        chosen.setdefault(name_of(create("policies", spec)), spec)
    if not chosen:
        raise InputError("policies: there is none to choose from; give at least one")
    return chosen

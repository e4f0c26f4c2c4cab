"""What :func:`prefixsched.offline.solve` answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from prefixsched.bounds.late_windows import FewestLate
from prefixsched.io.schedule_file import ScheduleFile
from prefixsched.model import display
from prefixsched.model.instance import Instance
from prefixsched.model.status import Status
from prefixsched.verifier.objective import Objective
from prefixsched.verifier.schedule import Schedule


@dataclass(frozen=True)
class Progress:
    """The bracket at one moment of a run.

    Parameters
    ----------
    lower_bound, upper_bound
        Between what the best value lies, in the objective's own measure: ticks, queries
        on time for the goodput and a relaxed decision, the sum of all TTFTs for the mean.
    nodes
        Search nodes so far.
    seconds
        Since the run began.
    order
        ``[n]``; the best order so far, None where there is none yet.
    """

    lower_bound: int
    upper_bound: int | None
    nodes: int
    seconds: float
    order: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Result:
    """An answer, checked by the verifier.

    Parameters
    ----------
    instance
        What was solved.
    status
        How far the answer goes.
    schedule
        The best schedule found; None where there is none to show.
    lower_bound, upper_bound
        Proven bounds on the least possible largest TTFT, or percentile of TTFT where
        that is the objective, in ticks; None where nothing is known.
    core
        Queries that can't all meet the bound; None if not known.
    backend
        What gave the answer.
    seconds
        Wall time, without that of compiling.
    nodes
        Search nodes, in the backend's own sense.
    ttft_bound
        The bound that was decided; None for a minimisation or for own allowances.
    decision
        Whether the question was a decision.
    interrupted
        Whether Ctrl-C ended the run.
    objective
        What was optimised.
    enough
        How many queries had to meet the bound of a decision: all of them, or fewer where
        it was relaxed. None where it wasn't a decision.
    promise
        Whether the decision was the paper's relaxed one, in which ``infeasible`` says no
        more than that not all queries can meet the bound.
    measured
        Proven bounds on the best possible value of the objective, in its own measure:
        queries for the goodput, the sum of all TTFTs for the mean. None for the
        largest TTFT and percentiles, whose bounds stand above.
    core_alone
        Whether one of the core misses the bound in every schedule, even in those in which
        others are late. Else it is proven only where all others meet it.
    ceiling
        What every TTFT had to keep to while a percentile was minimised; None for no such bound.
        ``infeasible`` says that no schedule does.
    compile_seconds
        Wall time that numerical kernels were compiled in, as they are once per installation.
    reason
        What the bound on the best value rests on: queries some of which are late in every schedule
        with a better one. None where a search found it, or where it needs no such.
    """

    instance: Instance = field(repr=False)
    status: Status
    schedule: Schedule | None = field(repr=False)
    lower_bound: int | None
    upper_bound: int | None
    core: tuple[int, ...] | None
    backend: str
    seconds: float
    nodes: int
    ttft_bound: int | None = None
    decision: bool = False
    interrupted: bool = False
    objective: Objective = field(default_factory=Objective)
    enough: int | None = None
    promise: bool = False
    measured: tuple[int | None, int | None] | None = None
    core_alone: bool = False
    compile_seconds: float = 0.0
    ceiling: int | None = None
    reason: FewestLate | None = field(default=None, repr=False)

    @property
    def question(self) -> Literal["optimise", "decide", "relax", "promise"]:
        """Which question was asked.

        ``optimise``; ``decide``, whether all queries can be on time; ``relax``, whether
        ``enough`` of them can; or ``promise``: either an order in which ``enough`` are on
        time, or a proof that not all can be.
        """
        if not self.decision:
            return "optimise"
        if self.promise:
            return "promise"
        return "decide" if self.enough == self.instance.n else "relax"

    @property
    def ttft_asked(self) -> int | Literal["own"] | None:
        """The TTFT that queries had to meet, in ticks or their own; None where none had to."""
        if self.ttft_bound is not None:
            return self.ttft_bound
        return "own" if self.decision or self.objective.kind == "goodput" else None

    @property
    def ttft(self) -> int | None:
        """The largest TTFT of the schedule found, or the percentile asked for, in ticks."""
        if self.schedule is None:
            return None
        if self.objective.kind == "percentile":
            return self.objective.measure(self.instance, self.schedule)
        return self.schedule.max_ttft

    @property
    def value(self) -> int | None:
        """The objective's measure of the schedule found: ticks, queries, or the sum of TTFTs."""
        if self.schedule is None:
            return None
        return self.objective.measure(self.instance, self.schedule, self.ttft_bound)

    @property
    def value_bounds(self) -> tuple[int | None, int | None]:
        """Proven bounds on the best possible ``value``."""
        return (self.lower_bound, self.upper_bound) if self.measured is None else self.measured

    @property
    def gap(self) -> float | None:
        """(upper - lower) / lower; None where a bound is missing or the lower is 0 and not met."""
        lower, upper = self.value_bounds
        if lower is None or upper is None:
            return None
        if upper == lower:
            return 0.0
        return (upper - lower) / lower if lower else None

    def ratio(self, had: int | Fraction) -> tuple[Fraction | None, Fraction | None]:
        """The least and greatest that ``had``, a TTFT, over the least possible one can be.

        The largest TTFT of both, or the percentile that was asked for. None where a
        bound is missing or 0.
        """
        lower, upper = self.lower_bound, self.upper_bound
        return Fraction(had, upper) if upper else None, Fraction(had, lower) if lower else None

    def shown(self, value: int | None) -> int | float | None:
        """A value as people read it: the mean where a sum was compared."""
        if value is None or self.objective.kind != "mean":
            return value
        return value / self.instance.n

    @property
    def answered(self) -> bool:
        """Whether the question was settled."""
        if self.decision:
            return self.status in (Status.FEASIBLE, Status.RELAXED, Status.INFEASIBLE)
        return self.status in (Status.OPTIMAL, Status.INFEASIBLE)

    def names(self, queries: tuple[int, ...]) -> list[str]:
        """The ids of ``queries``."""
        return [self.instance.ids[j] for j in queries]

    def as_dict(self) -> dict[str, Any]:
        """The fields that ``prefixsched solve --json`` prints."""
        lower, upper = self.value_bounds
        return {
            "instance": self.instance.name,
            "time_unit": self.instance.time_unit,
            "question": self.question,
            "ttft_asked": self.ttft_asked,
            "enough": self.enough,
            "status": str(self.status),
            "ttft": self.ttft,
            "lower_bound": self.lower_bound,
            "upper_bound": self.upper_bound,
            "gap": self.gap,
            "order": None if self.schedule is None else self.names(self.schedule.order),
            "core": None if self.core is None else self.names(self.core),
            "core_alone": None if self.core is None else self.core_alone,
            "reason": self._reason(),
            "backend": self.backend,
            "seconds": round(self.seconds, 6),
            "compile_seconds": round(self.compile_seconds, 6),
            "nodes": self.nodes,
            "objective": str(self.objective),
            "value": self.shown(self.value),
            "value_lower": self.shown(lower),
            "value_upper": self.shown(upper),
            **({} if self.ceiling is None else {"ceiling": self.ceiling}),
        }

    def _reason(self) -> dict[str, Any] | None:
        if self.reason is None:
            return None
        windows = [
            {
                "queries": self.names(tuple(window.queries.tolist())),
                "begin": window.begin,
                "end": window.end,
                "work": window.work,
                "late": window.late,
            }
            for window in self.reason.windows
        ]
        return {"late": self.reason.late, "windows": windows}

    def schedule_file(self) -> ScheduleFile:
        """The schedule as a file that states what was proven of it.

        Raises
        ------
        ValueError
            If there is no schedule.
        """
        if self.schedule is None:
            raise ValueError("no schedule was found")
        largest = self.objective.kind == "max"  # what the file's claim is about
        optimal = largest and self.lower_bound == self.schedule.max_ttft
        return ScheduleFile(
            format="prefixsched-schedule/1",
            instance=self.instance.name,
            order=self.names(self.schedule.order),
            ttft=self.schedule.max_ttft,
            status="optimal" if optimal else "feasible",
            lower_bound=self.lower_bound if largest else None,
            backend=self.backend,
            meta=self._claims(),
        )

    def _claims(self) -> dict[str, Any]:
        """What was asked and reached, where that isn't the largest TTFT alone."""
        if self.objective.kind == "max":
            return {}
        ceiling = {} if self.ceiling is None else {"ceiling": self.ceiling}
        return {"objective": str(self.objective), "value": self.value, **ceiling}

    def __str__(self) -> str:
        unit = self.instance.time_unit
        head = f"{self.instance.name}: {self.status}"
        if self.ceiling is not None:
            head += f" with every TTFT ≤ {self.ceiling:,} {unit}"
        if self.ttft_bound is not None:
            head += f" at TTFT ≤ {self.ttft_bound:,} {unit}"
        if self.enough is not None and self.enough < self.instance.n:
            head += f" for {self.enough:,} of {self.instance.n:,} queries"
        nothing = self.ceiling is not None and self.status is Status.INFEASIBLE
        if self.objective.kind != "max" and not nothing:
            lower, upper = map(self.shown, self.value_bounds)
            if self.objective.kind == "goodput":
                unit = "queries"
            values = [display.number_text(each) for each in (self.shown(self.value), lower, upper)]
            head += f", {self.objective} {values[0]} {unit} ({values[1]} to {values[2]})"
            return f"{head} ({self.backend}, {self.seconds:.2f} s)"
        if self.ttft is not None:
            head += f", TTFT {self.ttft:,} {unit}"
        if not self.answered and self.lower_bound is not None:
            head += f", at least {self.lower_bound:,} {unit}"
        return f"{head} ({self.backend}, {self.seconds:.2f} s)"

    def records(self) -> display.Records:
        """One flat dictionary for each query in the order served, as pandas takes them."""
        return self._records(None)

    def __repr__(self) -> str:
        return f"<{display.line(self, self._headline())}>"

    def _repr_html_(self) -> str:
        size = 0 if self.schedule is None else self.instance.n
        headline = display.line(self, self._headline())
        return display.table(headline, self._records(display.MOST_ROWS), size)

    def _headline(self) -> str:
        return display.name_text(str(self), display.MOST_LINE)

    def _records(self, most: int | None) -> display.Records:
        schedule, instance = self.schedule, self.instance
        if schedule is None:
            return []
        served = schedule.order[:most]
        columns = {
            "id": self.names(served),
            "arrival": instance.arrival[list(served)].tolist(),
            "prompt_tokens": instance.length[list(served)].tolist(),
            "start": [schedule.start[j] for j in served],
            "completion": [schedule.completion[j] for j in served],
            "ttft": [schedule.ttft[j] for j in served],
            "reused_tokens": [schedule.reused[j] for j in served],
        }
        return display.rows_of(columns)

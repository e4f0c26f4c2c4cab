"""The least percentile of TTFT for each of several ceilings on the largest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from prefixsched.model.arguments import check_instance
from prefixsched.model.display import Displayed, Records, name_text
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance
from prefixsched.model.integers import integer
from prefixsched.model.options import whole
from prefixsched.model.status import Status
from prefixsched.offline.result import Result
from prefixsched.offline.solve import solve
from prefixsched.online.policy import Policies, listed
from prefixsched.online.simulation import Simulation, simulate
from prefixsched.runtime.limits import now, until
from prefixsched.studies.defaults import CEILINGS
from prefixsched.verifier.objective import Objective
from prefixsched.verifier.schedule import Schedule, evaluate

MOST_CEILINGS = 100
WORTH_SECONDS = 0.5
"""Of a search for each ceiling that is open still: less isn't worth to begin again."""
FAR, FLAT_DIVISOR = 16, 20
"""Ceilings are chosen up to so many times the least largest TTFT, or to where the percentile is
within this share of what it is without one."""


@dataclass(frozen=True, eq=False)
class AtCeiling:
    """The least percentile of the schedules that keep every TTFT within a ceiling.

    Parameters
    ----------
    ceiling
        In ticks; None for none.
    status
        ``infeasible`` where no schedule keeps to it, ``optimal`` where the bounds meet.
    lower, upper
        Proven bounds on the least percentile, in ticks; None where nothing is known.
    schedule
        One with a percentile of ``upper``; None where none is known.
    """

    ceiling: int | None
    status: Status
    lower: int | None
    upper: int | None
    schedule: Schedule | None

    @property
    def answered(self) -> bool:
        """Whether nothing is open."""
        return self.status in (Status.INFEASIBLE, Status.OPTIMAL)

    def as_dict(self) -> dict[str, object]:
        """The fields that ``prefixsched plot tradeoff --json`` prints."""
        return {
            "ceiling": self.ceiling,
            "status": str(self.status),
            "lower_bound": self.lower,
            "upper_bound": self.upper,
            "max": None if self.schedule is None else self.schedule.max_ttft,
        }


@dataclass(frozen=True, eq=False, repr=False)
class Tradeoff(Displayed):
    """What a lower ceiling on the largest TTFT costs in a percentile.

    Parameters
    ----------
    instance
        The stream.
    objective
        The percentile.
    largest
        The bracket of the least possible largest TTFT.
    points
        By rising ceiling; the last has none.
    runs
        What policies did.
    interrupted
        Whether Ctrl-C ended the study.
    """

    instance: Instance
    objective: Objective
    largest: Result
    points: Sequence[AtCeiling]
    runs: Sequence[Simulation]
    interrupted: bool = False

    def percentile(self, run: Simulation) -> int:
        """The percentile of a policy's TTFTs, in ticks."""
        assert self.objective.share is not None
        return run.percentile(self.objective.share)

    def as_dict(self) -> dict[str, object]:
        """The fields that ``prefixsched plot tradeoff --json`` prints."""
        return {
            "instance": self.instance.name,
            "time_unit": self.instance.time_unit,
            "objective": str(self.objective),
            "max_lower": self.largest.lower_bound,
            "max_upper": self.largest.upper_bound,
            "points": [point.as_dict() for point in self.points],
            "policies": [
                {"policy": run.policy, "max": run.max, "value": self.percentile(run)}
                for run in self.runs
            ],
            "interrupted": self.interrupted,
        }

    def _headline(self) -> str:
        known = [point for point in self.points if point.ceiling is not None]
        name = name_text(self.instance.name)
        return f"{self.objective.label} of {name} under {len(known)} ceilings"

    def _records(self, most: int | None) -> Records:
        return [point.as_dict() for point in self.points[:most]]

    def _size(self) -> int:
        return len(self.points)


def sweep_ceilings(
    instance: Instance,
    policies: Policies = (),
    objective: str = "percentile:99",
    ceilings: int | Sequence[int] = CEILINGS,
    time_limit: float = 60.0,
) -> Tradeoff:
    """Seek the least percentile of TTFT under several ceilings, and run policies.

    Parameters
    ----------
    instance
        The stream.
    policies
        What to run, none, one or several.
    objective
        A percentile that not all queries have to meet.
    ceilings
        In ticks; or how many to choose, from the least largest TTFT that is found to where
        the percentile stops falling.
    time_limit
        Seconds for all, policies apart; each search has an equal part of what is left. A
        schedule found for one ceiling begins the search for looser ones. An interrupt ends
        the study after the ceiling at hand.

    Raises
    ------
    InputError
        If the objective is no such percentile, or the ceilings are out of range.
    """
    check_instance(instance)
    goal = Objective.parse(objective)
    if goal.kind != "percentile":
        raise InputError(f"objective {goal}: there is no trade-off; give a percentile")
    if goal.rank(instance.n) == instance.n:
        raise InputError(
            f"objective {goal}: of {instance.n} queries that is the largest TTFT itself; "
            "give a smaller percentile"
        )
    given = (
        None if isinstance(ceilings, int) else sorted({whole("ceilings", c, 0) for c in ceilings})
    )
    count = integer("ceilings", ceilings, 2, MOST_CEILINGS) if given is None else len(given)
    runs = [simulate(instance, policy) for policy in listed(policies)]
    sweep = _Sweep(instance, goal, runs, now() + time_limit, count + 2)
    if given is None:
        sweep.choose(count)
    else:
        for ceiling in given:
            sweep.at(ceiling)
    sweep.go_on()
    return Tradeoff(
        instance, goal, sweep.largest, sweep.points(), runs, interrupted=sweep.interrupted
    )


class _Sweep:
    """What is known so far, and the searches that are still to come."""

    def __init__(
        self,
        instance: Instance,
        goal: Objective,
        runs: Sequence[Simulation],
        deadline: float,
        searches: int,
    ) -> None:
        self.instance = instance
        self.goal = goal
        self.deadline = deadline
        self.searches = searches
        self.interrupted = False
        self.proven: dict[int | None, int] = {None: 0}  # by ceiling, what no schedule is below
        self.impossible: set[int] = set()
        self.schedules = [evaluate(instance, run.order.tolist()) for run in runs]
        by_max = min(runs, key=lambda run: run.max, default=None)
        self.largest = self._solve("max", None if by_max is None else by_max.order.tolist())
        self.at(None)

    @property
    def asked(self) -> list[int]:
        """The ceilings that were, by size."""
        return sorted(ceiling for ceiling in self.proven if ceiling is not None)

    def _solve(
        self, objective: str, start: Sequence[int] | None, ceiling: int | None = None
    ) -> Result:
        seconds = max(0.0, until(self.deadline)) / max(1, self.searches)
        self.searches -= 1
        found = solve(
            self.instance, objective=objective, ceiling=ceiling, time_limit=seconds, start=start
        )
        self.interrupted |= found.interrupted
        if found.schedule is not None:
            self.schedules.append(found.schedule)
        return found

    def at(self, ceiling: int | None) -> None:
        """Search under one ceiling, from the best schedule that is known to keep to it."""
        if self.interrupted:
            return
        best = self._best(ceiling)
        found = self._solve(str(self.goal), None if best is None else best.order, ceiling)
        self.proven[ceiling] = max(self.proven.get(ceiling, 0), found.lower_bound or 0)
        if ceiling is not None and found.status is Status.INFEASIBLE:
            self.impossible.add(ceiling)

    def go_on(self) -> None:
        """Once more under each ceiling that is still open, where time is left."""
        still = [point.ceiling for point in self.points() if not point.answered]
        self.searches = len(still)
        for ceiling in still:
            if not self.interrupted and until(self.deadline) > len(still) * WORTH_SECONDS:
                self.at(ceiling)

    def _best(self, ceiling: int | None) -> Schedule | None:
        """The best schedule known within a ceiling, of equals the tightest."""
        within = [s for s in self.schedules if ceiling is None or s.max_ttft <= ceiling]
        return min(within, key=lambda s: (self._value(s), s.max_ttft), default=None)

    def _value(self, schedule: Schedule) -> int:
        return self.goal.measure(self.instance, schedule)

    def choose(self, count: int) -> None:
        """Search under ``count`` ceilings: the least, its doubles, then where most is open between.

        It ends, as each round takes a new ceiling or is the last.
        """
        least = self.largest.upper_bound
        assert least is not None
        bare = self._value(self._known(None))
        ceiling = max(1, least)
        while len(self.asked) < count and not self.interrupted:
            self.at(ceiling)
            reached = self._value(self._known(ceiling))
            ceiling *= 2
            if reached - bare <= bare // FLAT_DIVISOR or ceiling > FAR * least:
                break
        while len(self.asked) < count and not self.interrupted:
            area, between = self._widest()
            if area <= 0 or between in self.proven:
                break
            self.at(between)

    def _widest(self) -> tuple[int, int]:
        """Between which two ceilings most is open, by area, and a ceiling to ask about there.

        That is the middle, or what is just below the largest TTFT of the second one's schedule
        where the first one was such a middle and taught nothing.
        """
        widest, before = (0, 0), -1
        for a, b in pairwise(self.asked):
            best, value = self._known(b), self._value(self._known(a))
            area = (best.max_ttft - a) * (value - self._value(best))
            exact = before == value and self._value(best) <= self.proven[b]
            between = best.max_ttft - 1 if exact else (a + best.max_ttft) // 2
            widest, before = max(widest, (area, between)), value
        return widest

    def _known(self, ceiling: int | None) -> Schedule:
        """The same, where there is one."""
        best = self._best(ceiling)
        assert best is not None
        return best

    def points(self) -> list[AtCeiling]:
        """All that is known of each ceiling: what holds for others counts, too.

        A schedule keeps to looser ceilings, and what bounds all schedules within a looser one
        bounds those within a tighter one.
        """
        points, lower = list[AtCeiling](), 0
        for ceiling in (None, *reversed(self.asked)):
            if ceiling in self.impossible:
                points.append(AtCeiling(ceiling, Status.INFEASIBLE, None, None, None))
                continue
            lower, schedule = max(lower, self.proven[ceiling]), self._best(ceiling)
            upper = None if schedule is None else self._value(schedule)
            status = Status.UNKNOWN if upper is None else Status.FEASIBLE
            status = Status.OPTIMAL if upper == lower else status
            points.append(AtCeiling(ceiling, status, lower, upper, schedule))
        return points[::-1]

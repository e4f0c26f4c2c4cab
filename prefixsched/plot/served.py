"""What figures of one stream are drawn from: results, simulations and comparisons."""

from __future__ import annotations

from collections.abc import Sequence

from prefixsched.model.arguments import check_each, check_type
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance
from prefixsched.offline.result import Result
from prefixsched.online.simulation import Simulation
from prefixsched.studies.compare import Comparison
from prefixsched.verifier.schedule import Schedule, evaluate

Served = Instance | Result | Simulation
Runs = Sequence[Simulation] | Simulation | Comparison


def schedule_of(served: Served, schedule: Schedule | None) -> tuple[Instance, Schedule]:
    """An instance, and the schedule of it that is given or that ``served`` holds.

    Raises
    ------
    InputError
        If there is none, or there are two, or ``served`` is something else.
    """
    check_type(
        "served",
        served,
        (Instance, Result, Simulation),
        "a result, or an instance and its schedule",
    )
    if isinstance(served, Instance):
        if schedule is None:
            raise InputError("schedule: missing; give one with the instance, or a result")
        return served, schedule
    if schedule is not None:
        raise InputError("schedule: a result or a simulation has its own; leave it out")
    if isinstance(served, Simulation):
        return served.instance, evaluate(served.instance, served.order.tolist())
    if served.schedule is None:
        raise InputError("result: there is no schedule; let the run go on for longer")
    return served.instance, served.schedule


def runs_of(runs: Runs) -> Sequence[Simulation]:
    """The simulations, at least one.

    Raises
    ------
    InputError
        If there is none, or something else.
    """
    if isinstance(runs, Simulation):
        return [runs]
    found = runs.runs if isinstance(runs, Comparison) else runs
    check_each("simulations", found, Simulation, "what ps.simulate or ps.compare returned")
    if not found:
        raise InputError("simulations: there is none to draw; give at least one")
    return found

"""One task of a suite: make the instance, run the policies, have backends seek the optimum."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from prefixsched.bench.bracket import Bracket, tightest
from prefixsched.bench.contents import digest_of
from prefixsched.bench.row import OPTIMUM, Row
from prefixsched.bench.suite import Task
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance
from prefixsched.offline.solve import solve
from prefixsched.online.simulation import Simulation, simulate
from prefixsched.plugins import registry


def make_instance(task: Task) -> Instance:
    """The instance of a task.

    Raises
    ------
    InputError
        If a parameter is wrong or a file can't be read; it names the family.
    """
    given: dict[str, Any] = {k.replace("-", "_"): v for k, v in task.parameters.items()}
    try:
        if task.path is not None:
            _check_contents(task)
        if task.kind == "generator":
            made: Instance = registry.load("generators", task.source)(**given, seed=task.seed)
            return made
        if task.kind == "importer":
            from prefixsched.importers.trace import to_instance

            del given["path"]
            found = registry.load("importers", task.source)(task.path)
            if "time_scale" in given:
                given["time_scale"] = Fraction(given["time_scale"])
            return (
                _whole(found, given) if isinstance(found, Instance) else to_instance(found, **given)
            )
        from prefixsched.io.instance_file import read_instance

        assert task.path is not None
        return read_instance(task.path)
    except (InputError, TypeError) as error:
        raise InputError(f"family {task.family}: {error}") from error


def _whole(instance: Instance, given: Mapping[str, Any]) -> Instance:
    """What an importer made that isn't of traces; it takes no parameters."""
    for name in given:
        raise InputError(f"{name}: only for traces; leave it out")
    return instance


def _check_contents(task: Task) -> None:
    """Refuse a file that isn't the one whose digest the task has."""
    assert task.path is not None
    if task.digest is not None and digest_of(task.path) != task.digest:
        raise InputError(
            f"{task.path}: isn't what it was when the run began; put it back and go on with "
            "--resume, or run the suite into another folder"
        )


def run_task(
    task: Task, done: Collection[str] = (), known: Mapping[str, Bracket] | None = None
) -> list[Row]:
    """The rows of a task, but for those that there are.

    Parameters
    ----------
    task
        What to run.
    done
        Names of policies whose rows there are already.
    known
        What the rows of the optimum that there are say, by backend, so that
        these aren't asked again. They come first, so whoever has a policy's
        row has them all; and no backend is told what another has found.

    Raises
    ------
    InputError
        If the instance can't be made, or a policy or a backend fails on it.
    """
    instance = make_instance(task)
    brackets = dict(known or {})
    rows = []
    try:
        runs = [
            simulate(instance, spec) for name, spec in task.policies.items() if name not in done
        ]
        for spec in task.backends:
            if spec not in brackets:
                brackets[spec], best = _optimum(task, spec, instance, runs)
                order = [instance.ids[j] for j in best.order]
                rows.append(_row(task, instance, best, brackets[spec], order, spec))
    except InputError as error:
        raise InputError(f"family {task.family}, {instance.name}: {error}") from error
    together = tightest([brackets[spec] for spec in task.backends])
    return rows + [_row(task, instance, run, together) for run in runs]


def _optimum(
    task: Task, spec: str, instance: Instance, runs: list[Simulation]
) -> tuple[Bracket, Simulation]:
    """A backend's bracket of the optimum, and the best schedule it knows as a run of its own."""
    best = min(runs, key=lambda run: run.max, default=None)
    result = solve(
        instance,
        backend=spec,
        time_limit=task.time_limit,
        max_nodes=task.max_nodes,
        threads=1,
        seed=0,
        start=None if best is None else best.order.tolist(),  # no policy beats the upper bound
    )
    if result.interrupted:
        raise KeyboardInterrupt
    schedule = result.schedule
    assert schedule is not None
    assert result.lower_bound is not None
    bracket = Bracket(
        str(result.status), result.backend, result.seconds, result.lower_bound, schedule.max_ttft
    )
    columns = (schedule.order, schedule.completion, schedule.reused)
    arrays = (np.array(column, dtype=np.int64) for column in columns)
    return bracket, Simulation(instance, OPTIMUM, *arrays)


def _row(
    task: Task,
    instance: Instance,
    run: Simulation,
    known: Bracket,
    order: list[str] | None = None,
    asked: str | None = None,
) -> Row:
    return Row(
        family=task.family,
        parameters=task.told,
        seed=task.seed,
        instance=instance.name,
        n=instance.n,
        tokens=int(instance.length.sum()),
        time_unit=instance.time_unit,
        policy=run.policy,
        max=run.max,
        p50=run.p50,
        p90=run.p90,
        p95=run.p95,
        p99=run.p99,
        mean=run.mean,
        makespan=run.makespan,
        reused_tokens=run.reused_tokens,
        status=known.status,
        lower_bound=known.lower,
        upper_bound=known.upper,
        backend=known.backend,
        solve_seconds=round(known.seconds, 6),
        order=order,
        asked=asked,
    )

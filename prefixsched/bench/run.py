"""Running a suite into a folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from prefixsched.bench.bracket import Bracket
from prefixsched.bench.cluster import run_on_dask
from prefixsched.bench.pools import Call, run_here, run_in_processes
from prefixsched.bench.row import OPTIMUM, Row, Stream
from prefixsched.bench.store import Head, Store
from prefixsched.bench.suite import Suite
from prefixsched.bench.work import run_task
from prefixsched.errors import InputError

FORMAT = "prefixsched-bench/1"


def prepare(suite: Suite, folder: Path, *, resume: bool) -> Store:
    """The folder for a suite's results: new, or one to go on with.

    Raises
    ------
    InputError
        If ``resume`` and there are none, or they are of another suite; or not
        ``resume`` and there are some.
    """
    head = Head(format=FORMAT, suite=suite.name, hash=suite.hash, traces=dict(suite.traces))
    if not resume:
        return Store.create(folder, head, suite.text)
    store = Store.open(folder)
    if store.head.hash != suite.hash:
        raise InputError(
            f"{folder}: holds results of another suite, {store.head.suite} "
            f"{store.head.hash[:8]}, not {suite.name} {suite.hash[:8]}; give another folder"
        )
    return store


def run_suite(
    suite: Suite,
    store: Store,
    *,
    jobs: int = 1,
    dask: str | None = None,
    on_row: Callable[[Row], None] | None = None,
) -> None:
    """Repair the store, and run what it lacks of a suite.

    Parameters
    ----------
    suite
        What to run.
    store
        Where rows go, each as soon as it is there; what it has isn't run again.
    jobs
        Processes.
    dask
        The address of a dask.distributed scheduler, whose workers are used
        instead. They need this package, and what policies of one's own need.
    on_row
        Called with each new row, after it is on the disk.

    Raises
    ------
    InputError
        If an instance can't be made, a policy fails, there is no cluster, or
        another run is writing to the store.
    """
    with store.locked():
        store.repair()
        _run(suite, store, jobs, dask, on_row)


def _run(
    suite: Suite,
    store: Store,
    jobs: int,
    dask: str | None,
    on_row: Callable[[Row], None] | None,
) -> None:
    calls = list(_missing(suite, store.rows()))
    if not calls:
        return
    if dask is not None:
        results = run_on_dask(run_task, calls, dask)
    elif jobs > 1:
        results = run_in_processes(run_task, calls, jobs)
    else:
        results = run_here(run_task, calls)
    with closing(results):  # at once, as an exception from here may keep it alive
        for rows in results:
            for row in rows:
                store.append(row)
                if on_row is not None:
                    on_row(row)


def _missing(suite: Suite, rows: list[Row]) -> Iterator[Call]:
    """The calls of :func:`run_task` that make the rows which aren't there."""
    done: dict[Stream, list[Row]] = defaultdict(list)
    for row in rows:
        done[row.stream].append(row)
    for task in suite.tasks:
        there = done.get(task.stream, [])
        policies = tuple(row.policy for row in there if row.policy != OPTIMUM)
        known = {
            row.asked or task.backends[0]: Bracket.of(row)  # rows of old runs don't name the one
            for row in there
            if row.policy == OPTIMUM
        }
        if len(policies) + len(known) < task.rows:
            yield task, policies, known

"""Running a suite into a folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from prefixsched.bench.bracket import Bracket
from prefixsched.bench.cluster import run_on_dask
from prefixsched.bench.compilation import compile_kernels
from prefixsched.bench.contents import contents_of
from prefixsched.bench.pools import Call, run_here, run_in_processes
from prefixsched.bench.row import OPTIMUM, Row, Stream
from prefixsched.bench.store import Head, Store
from prefixsched.bench.suite import Suite
from prefixsched.bench.work import run_task
from prefixsched.model.errors import InputError


def prepare(suite: Suite, folder: Path, *, resume: bool) -> Store:
    """The folder for a suite's results: new, or one to go on with.

    Raises
    ------
    InputError
        If ``resume`` and there are none, or they are of another suite; or not
        ``resume`` and there are some.
    """
    head = Head(
        suite=suite.name,
        hash=suite.hash,
        traces=dict(suite.traces),
        folder=str(suite.folder.resolve()),
        contents=contents_of(suite),
    )
    if not resume:
        return Store.create(folder, head, suite.text)
    store = Store.open(folder)
    if store.head.hash != suite.hash:
        raise InputError(
            f"{folder}: holds results of another suite, {store.head.suite} "
            f"{store.head.hash[:8]}, not {suite.name} {suite.hash[:8]}; give another folder"
        )
    _same_contents(folder, store.head.contents, head.contents)
    return store


def _same_contents(folder: Path, before: dict[str, str] | None, now: dict[str, str] | None) -> None:
    """Refuse to go on where a file that instances are read from has changed."""
    assert now is not None
    if now and before is None:
        raise InputError(f"{folder}: doesn't say what its instance files held; give another folder")
    for path, digest in now.items():
        if before is not None and before.get(path) != digest:
            raise InputError(
                f"{path}: has changed since {folder} was begun; put it back, or give another folder"
            )


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
        If an instance can't be made, a policy fails, there is no cluster,
        another run is writing to the store, or rows are missing at the end.
    """
    with store.locked():
        store.repair()
        _run(suite, store, jobs, dask, on_row)
        missing = len(list(_missing(suite, store)))
    if missing:
        raise InputError(
            f"{store.folder}: {missing} of {len(suite.tasks)} instances lack rows; a policy may "
            "have another name in each process; mend that, and go on with --resume"
        )


def _run(
    suite: Suite,
    store: Store,
    jobs: int,
    dask: str | None,
    on_row: Callable[[Row], None] | None,
) -> None:
    calls = list(_missing(suite, store))
    if not calls:
        return
    if dask is not None:
        results = run_on_dask(run_task, calls, dask)
    elif jobs > 1:
        compile_kernels(task for task, *_ in calls)
        results = run_in_processes(run_task, calls, jobs)
    else:
        results = run_here(run_task, calls)
    with closing(results):  # at once, as an exception from here may keep it alive
        for rows in results:
            for row in rows:
                store.append(row)
                if on_row is not None:
                    on_row(row)


def _missing(suite: Suite, store: Store) -> Iterator[Call]:
    """The calls of :func:`run_task` that make the rows which aren't there."""
    contents = store.head.contents or {}
    done: dict[Stream, list[Row]] = defaultdict(list)
    for row in store.rows():
        done[row.stream].append(row)
    for task in suite.tasks:
        there = done.get(task.stream, [])
        policies = {row.policy for row in there if row.policy != OPTIMUM}
        known = {
            row.asked or task.backends[0]: Bracket.of(row)  # rows of old runs don't name the one
            for row in there
            if row.policy == OPTIMUM
        }
        if policies >= task.policies.keys() and known.keys() >= set(task.backends):
            continue
        digest = None if task.path is None else contents.get(task.path)
        yield replace(task, digest=digest), tuple(policies), known

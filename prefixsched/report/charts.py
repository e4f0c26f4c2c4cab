"""Streams that a page can draw as Gantt charts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from prefixsched.bench.row import OPTIMUM, Row, Stream
from prefixsched.bench.store import SUITE, Store
from prefixsched.bench.suite import Suite, Task, parse_suite
from prefixsched.bench.work import make_instance
from prefixsched.io.files import read_text
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance
from prefixsched.online.simulation import simulate
from prefixsched.plot.rows import rows_of
from prefixsched.verifier.schedule import Schedule, evaluate

MOST_QUERIES = 120
"""Longer streams are not drawn: a reader could tell nothing apart."""
MOST_STREAMS = 30
"""Streams that are drawn, spread over the families."""


def charts(store: Store, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Schedules of some short streams, ready to be drawn; times in ticks.

    Instances are made again from the suite, and policies run again: that is
    quick, and the store need not keep every order. A stream that can't be made
    again (its file has moved or changed) is left out, and so are policies that
    aren't registered here: a folder of results may be anybody's, so nothing that
    it names is imported, and no file is read whose digest it doesn't have.
    """
    optima = {row.stream: row for row in rows if row.policy == OPTIMUM}
    found = []
    contents = store.head.contents or {}
    for task in _chosen(_suite(store), optima):
        row = optima[task.stream]
        if task.path is not None and task.path not in contents:
            continue
        try:
            instance = make_instance(replace(task, digest=contents.get(task.path or "")))
            orders = {
                name: simulate(instance, spec).order.tolist()
                for name, spec in task.policies.items()
            }
        except InputError:
            continue
        if row.order is None or set(row.order) != set(instance.ids):
            continue
        orders[OPTIMUM] = [instance.index[name] for name in row.order]
        found.append(
            {
                "family": task.family,
                "name": _label(task, row),
                "unit": instance.time_unit,
                "ids": list(instance.ids),
                "arrival": instance.arrival.tolist(),
                "length": instance.length.tolist(),
                "lower": row.lower_bound,
                "schedules": {
                    name: _schedule(instance, evaluate(instance, order))
                    for name, order in orders.items()
                },
            }
        )
    return found


def _suite(store: Store) -> Suite:
    path = store.folder / SUITE
    folder = Path(store.head.folder or "")
    return parse_suite(read_text(path), str(path), folder, store.head.traces, stored=True)


def _chosen(suite: Suite, optima: dict[Stream, Row]) -> list[Task]:
    """Short streams, the same number from each family as far as there are, evenly spaced."""
    by_family: dict[str, list[Task]] = defaultdict(list)
    for task in suite.tasks:
        if task.stream in optima and optima[task.stream].n <= MOST_QUERIES:
            by_family[task.family].append(task)
    each = max(MOST_STREAMS // max(len(by_family), 1), 1)
    chosen = []
    for tasks in by_family.values():
        picks = np.unique(np.linspace(0, len(tasks) - 1, min(each, len(tasks))).round())
        chosen += [tasks[int(pick)] for pick in picks]
    return chosen


def _label(task: Task, row: Row) -> str:
    swept = " ".join(f"{key}={value}" for key, value in task.told.items())
    return f"{task.family}: {swept} seed={row.seed} (n = {row.n})"


def _schedule(instance: Instance, schedule: Schedule) -> dict[str, Any]:
    rows = rows_of(instance, schedule.order)
    return {
        "start": list(schedule.start),
        "end": list(schedule.completion),
        "reused": list(schedule.reused),
        "row": rows.row.tolist(),
        "colour": rows.colour.tolist(),
        "labels": list(rows.labels),
        "max": schedule.max_ttft,
    }

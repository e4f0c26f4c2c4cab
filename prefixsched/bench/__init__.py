"""Benchmarks: suites of instances × policies, run into a store that survives crashes."""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.bench.row import Row
    from prefixsched.bench.run import prepare, run_suite
    from prefixsched.bench.select import read_rows
    from prefixsched.bench.store import Store
    from prefixsched.bench.suite import Suite, parse_suite, read_suite
    from prefixsched.bench.summary import Effort, Ratios, efforts, ratios

__all__ = [
    "Effort",
    "Ratios",
    "Row",
    "Store",
    "Suite",
    "efforts",
    "parse_suite",
    "prepare",
    "ratios",
    "read_rows",
    "read_suite",
    "run_suite",
]

reexport(
    __name__,
    Effort="summary",
    Ratios="summary",
    Row="row",
    Store="store",
    Suite="suite",
    efforts="summary",
    parse_suite="suite",
    prepare="run",
    ratios="summary",
    read_rows="select",
    read_suite="suite",
    run_suite="run",
)

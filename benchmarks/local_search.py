"""Local search against the policies and the work bound, after a second and after more.

    python benchmarks/local_search.py --seeds 5 -o benchmarks/local_search.md

Starts from the best policy or, where that is better, from family batches; kernels are
compiled before the clock starts. Seconds are wall time: another machine, or a
busy one, gives other figures.
"""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from tables import write_table

import prefixsched as ps
from prefixsched.arrays import IntArray
from prefixsched.bounds.work import work_bound
from prefixsched.generate.rasq import rasq
from prefixsched.heuristics.family_orders import family_batch_orders
from prefixsched.heuristics.local_search import improve

STREAMS = (("1.2", 12, 4), ("0.7", 25, 4), ("0.9", 25, 4), ("1.2", 25, 4), ("0.6", 100, 4))
POLICIES = ("fcfs", "lpm", "k-lpm:2", "k-lpm:4")


@click.command()
@click.option("--seeds", default=5, show_default=True, help="Instances of each kind.")
@click.option("--seconds", multiple=True, default=(1.0, 3.0), show_default=True, help="Budgets.")
@click.option("-o", "--output", type=Path, help="Write the table as Markdown.")
def main(seeds: int, seconds: tuple[float, ...], output: Path | None) -> None:
    """Compare, print as it goes, and write a Markdown table."""
    console = Console(stderr=True)
    improve(rasq(users=2, per_user=2), range(4), max_moves=10)
    rows = []
    for load, users, per_user in STREAMS:
        found = []
        for seed in range(seeds):
            instance = rasq(users=users, per_user=per_user, load=Decimal(load), seed=seed)
            found.append([work_bound(instance).ticks, *_values(instance, seconds)])
            console.print(instance.name, load, found[-1])
        medians = np.median(np.array(found), axis=0)
        rows.append([load, f"{users} × {per_user}", *(f"{value:,.0f}" for value in medians)])
    heads = ["load", "users × queries", "work bound", "policy", "visits"]
    heads += [f"{budget:g} s" for budget in seconds]
    lines = [
        f"Largest TTFT in us, medians of {seeds} seeds. RASQ, u = 4000, d = 2000.",
        "",
        "| " + " | ".join(heads) + " |",
        "|" + "---:|" * len(heads),
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
    ]
    table = "\n".join(lines)
    if output is None:
        click.echo(table)
    else:
        write_table(output, "local-search", table)


def _values(instance: ps.Instance, seconds: tuple[float, ...]) -> list[int]:
    """The best policy, with family batches too, and after each budget of local search."""
    best = min((ps.simulate(instance, policy) for policy in POLICIES), key=lambda run: run.max)
    order: IntArray = best.order
    for better in family_batch_orders(instance, best.max):
        order = better
    values = [best.max, _worst(instance, order)]
    for budget in seconds:
        deadline = time.monotonic() + budget
        values.append(_worst(instance, improve(instance, order, deadline=deadline)))
    return values


def _worst(instance: ps.Instance, order: IntArray) -> int:
    return ps.evaluate(instance, order.tolist()).max_ttft


if __name__ == "__main__":
    main()

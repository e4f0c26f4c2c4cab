"""Microseconds per decision of every registered policy, by how many queries wait.

    python benchmarks/policies.py -o benchmarks/policies.md

A decision is one call of ``pick`` on a queue of that size, with what the policy asks the
view for. FCFS, LPM and k-LPM never meet a queue so: they run in compiled code, and the
last column is the time that a whole run of theirs takes per query.
"""

from __future__ import annotations

import contextlib
import time
from decimal import Decimal
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

import click
from rich.console import Console
from tables import write_table

import prefixsched as ps
from prefixsched.generate.recommender import recommender
from prefixsched.plugins import registry

if TYPE_CHECKING:
    from prefixsched.online.policy import Policy, View

PER_USER = 10


class Enough(BaseException):
    """Ends a run when enough decisions are timed."""


class Timed:
    """A policy whose first picks are timed, in seconds; then the run ends."""

    def __init__(self, policy: Policy, picks: int) -> None:
        self.policy = policy
        self.picks = picks
        self.seconds: list[float] = []

    def pick(self, view: View) -> int:
        """The policy's own pick."""
        if len(self.seconds) == self.picks:
            raise Enough
        began = time.perf_counter()
        j = self.policy.pick(view)
        self.seconds.append(time.perf_counter() - began)
        return j


def crowd(waiting: int) -> ps.Instance:
    """A queue of four-part prompts that are all there at the start."""
    return recommender(users=waiting // PER_USER, per_user=PER_USER, gap=Decimal(0), seed=0)


def per_decision(spec: str, instance: ps.Instance, picks: int) -> float:
    """The mean seconds of a decision; the first, which may compile, isn't counted."""
    timed = Timed(registry.create("policies", spec), picks + 1)
    with contextlib.suppress(Enough):
        ps.simulate(instance, timed)
    return mean(timed.seconds[1:])


def whole_run(spec: str, instance: ps.Instance) -> str:
    """Microseconds per query of a run, where the policy has compiled code for it."""
    if not hasattr(registry.create("policies", spec), "cycle"):
        return "–"
    ps.simulate(instance, spec)
    began = time.perf_counter()
    ps.simulate(instance, spec)
    return f"{(time.perf_counter() - began) / instance.n * 1e6:.2f}"


@click.command()
@click.option("--picks", default=64, show_default=True, help="Decisions to time for each figure.")
@click.option("-o", "--output", type=Path, help="Write the table as Markdown.")
def main(picks: int, output: Path | None) -> None:
    """Measure, print as it goes, and write a Markdown table."""
    console = Console(stderr=True)
    sizes = (100, 1_000, 10_000)
    queues = {size: crowd(size) for size in sizes}
    lines = [
        f"Microseconds per decision, mean of {picks}; compiled: per query, n = {sizes[-1]:,}.",
        "",
        "| policy | " + " | ".join(f"{size:,}" for size in sizes) + " | compiled |",
        "|---|" + "---:|" * (len(sizes) + 1),
    ]
    for spec in registry.available("policies"):
        cells = [f"{per_decision(spec, queues[size], picks) * 1e6:,.0f}" for size in sizes]
        cells.append(whole_run(spec, queues[sizes[-1]]))
        lines.append(f"| {spec} | " + " | ".join(cells) + " |")
        console.print(lines[-1], markup=False)
    table = "\n".join([*lines, ""])
    if output is None:
        click.echo(table)
    else:
        write_table(output, "policies", table)


if __name__ == "__main__":
    main()

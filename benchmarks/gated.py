"""Gated service on faster servers, against the certified optimum and against its theorem.

    python benchmarks/gated.py --time-limit 20 --seeds 5 -o benchmarks/gated.md

Only instances whose optimum is proven within the limit are counted.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import click
from rich.console import Console
from tables import write_table

import prefixsched as ps
from prefixsched.generate.rasq import rasq
from prefixsched.heuristics.gated import gated

STREAMS = (("0.7", 8, 4), ("0.9", 8, 4), ("1.2", 8, 4), ("0.9", 4, 8))
SPEEDS = (Fraction(1), Fraction(5, 4), Fraction(3, 2), Fraction(2), Fraction(3))


@click.command()
@click.option("--time-limit", default=20.0, show_default=True, help="Seconds for each optimum.")
@click.option("--seeds", default=5, show_default=True, help="Instances of each kind.")
@click.option("-o", "--output", type=Path, help="Write the table as Markdown.")
def main(time_limit: float, seeds: int, output: Path | None) -> None:
    """Compare, print as it goes, and write a Markdown table."""
    console = Console(stderr=True)
    rows, counted = [], 0
    for load, users, per_user in STREAMS:
        runs: dict[Fraction, list[tuple[Fraction, Fraction | None]]] = {s: [] for s in SPEEDS}
        for seed in range(seeds):
            instance = rasq(users=users, per_user=per_user, load=Decimal(load), seed=seed)
            best = ps.solve(instance, time_limit=time_limit)
            console.print(str(best))
            if best.status is not ps.Status.OPTIMAL or not best.ttft:
                continue
            counted += 1
            for speed in SPEEDS:
                run = gated(instance, speed)
                bound = run.guarantee(best.ttft) / best.ttft if speed > 1 else None
                runs[speed].append((run.max_ttft / best.ttft, bound))
        cells = [_cell(found) for found in runs.values()]
        rows.append(f"| {load} | {users} × {per_user} | " + " | ".join(cells) + " |")
    caption = (
        "Largest TTFT of gated service at speed s over the optimum T* at speed 1, the worst of "
        f"{seeds} seeds, and what the theorem promises of that instance. RASQ, u = 4000, "
        f"d = 2000; {counted} of {len(STREAMS) * seeds} optima proven in {time_limit:g} s each."
    )
    lines = [
        caption,
        "",
        "| load | users × queries | " + " | ".join(f"s = {float(s):g}" for s in SPEEDS) + " |",
        "|---:|---:|" + "---:|" * len(SPEEDS),
        *rows,
        "",
    ]
    table = "\n".join(lines)
    if output is None:
        click.echo(table)
    else:
        write_table(output, "gated", table)


def _cell(found: list[tuple[Fraction, Fraction | None]]) -> str:
    if not found:
        return "–"
    worst, bound = max(found, key=lambda run: run[0])
    return f"{float(worst):.2f}" + ("" if bound is None else f" of {float(bound):.1f}")


if __name__ == "__main__":
    main()

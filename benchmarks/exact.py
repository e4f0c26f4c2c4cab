"""Every exact backend on the same RASQ instances at load 1.2, side by side in one run.

    python benchmarks/exact.py --time-limit 60 --seed 0 -o benchmarks/exact.md

A backend stops at the first size that it leaves open: larger ones only cost time.
Kernels are compiled before the clock starts.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import click
from rich.console import Console

import prefixsched as ps
from prefixsched.generate.rasq import rasq
from prefixsched.io.files import write_bytes

SIZES = ((3, 3), (3, 4), (4, 4), (5, 4), (6, 4), (8, 4), (10, 4), (12, 4))
BACKENDS = ("milp", "didp", "cpsat", "dp")


@click.command()
@click.option("--time-limit", default=60.0, show_default=True, help="Seconds for each instance.")
@click.option("--seed", default=0, show_default=True, help="Seed of the instances.")
@click.option("-o", "--output", type=Path, help="Write the table as Markdown.")
def main(time_limit: float, seed: int, output: Path | None) -> None:
    """Measure, print as it goes, and write a Markdown table."""
    console = Console(stderr=True)
    instances = [
        rasq(users=users, per_user=per_user, load=Decimal("1.2"), seed=seed)
        for users, per_user in SIZES
    ]
    ps.solve(instances[0], backend="dp")  # compiles the kernels, or loads them
    rows = {instance.n: [str(instance.n)] for instance in instances}
    for backend in BACKENDS:
        still = True
        for instance in instances:
            cell = "–"
            if still:
                result = ps.solve(instance, backend=backend, time_limit=time_limit)
                still = result.status is ps.Status.OPTIMAL
                cell = f"{result.seconds:.2f} s" if still else _bracket(result)
                console.print(backend, instance.name, cell)
            rows[instance.n].append(cell)
    caption = (
        f"RASQ at load 1.2, u = 4000, d = 2000, seed {seed}, limit {time_limit:g} s: "
        "seconds to the proof, or the bracket."
    )
    lines = [
        caption,
        "",
        "| n | " + " | ".join(BACKENDS) + " |",
        "|---:|" + "---:|" * len(BACKENDS),
        *("| " + " | ".join(row) + " |" for row in rows.values()),
        "",
    ]
    table = "\n".join(lines)
    if output is None:
        click.echo(table)
    else:
        write_bytes(output, table.encode())


def _bracket(result: ps.Result) -> str:
    return f"{result.lower_bound:,} to {result.upper_bound:,}"


if __name__ == "__main__":
    main()

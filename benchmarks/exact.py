"""The exact backends on the same RASQ instances, side by side in one run.

    python benchmarks/exact.py --time-limit 60 --seeds 5

writes a table of ``exact.md`` and ``exact.png`` beside this file, anew after each
row, so that Ctrl-C loses no more than one; ``--table`` says which table. A row is a
load and a size; a backend that leaves two sizes of a load open is not asked for
larger ones. ``cpsat:plain=1`` is CP-SAT without this project's local search and
relaxation.

Seconds are wall time from the question to the verified answer, start orders
included and compilation excluded; where that is under 50 ms, the median of five
runs. On another machine, or a busy one, they differ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from statistics import median_high
from typing import TYPE_CHECKING

import click
from matplotlib.figure import Figure
from rich.console import Console
from tables import write_table

import prefixsched as ps
from prefixsched.generate.rasq import rasq
from prefixsched.plot.save import save_figure
from prefixsched.plot.style import COLOURS, GREY, INK, WIDTH, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OVERLOAD = tuple((users, 4) for users in (4, 5, 6, 8, 10, 12, 15, 20, 25))
SERIES = {
    "1.2": ((3, 3), (3, 4), *OVERLOAD),
    "0.9": ((10, 4), (25, 4), (10, 10)),
    "0.7": ((25, 4), (50, 4)),
    "0.6": ((100, 4),),
}
"""Load to (users, queries of each), never smaller than the one before."""
BACKENDS = ("milp", "didp", "cpsat:plain=1", "cpsat", "dp")
GENERAL = ("milp", "cpsat:plain=1")
"""General solvers, to whose best ``dp`` is compared."""
MOST_OPEN = 2
BRIEF, REPEATS = 0.05, 5
"""Runs of less than so many seconds are repeated so often, and the median counts."""
STYLES = (("o", "-"), ("s", "--"), ("^", "-."), ("D", ":"), ("v", "-"), ("P", "--"))


@dataclass
class Row:
    """The instances of one load and size, and what each backend made of them."""

    load: str
    users: int
    per_user: int
    seeds: int
    results: dict[str, list[ps.Result]] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Queries of an instance."""
        return self.users * self.per_user

    def instances(self) -> list[ps.Instance]:
        """One for each seed."""
        load = Decimal(self.load)
        return [
            rasq(users=self.users, per_user=self.per_user, load=load, seed=seed)
            for seed in range(self.seeds)
        ]

    def seconds(self, backend: str) -> list[float]:
        """Seconds to each proof, infinite where there is none."""
        return [
            result.seconds if result.status is ps.Status.OPTIMAL else math.inf
            for result in self.results.get(backend, [])
        ]

    def median(self, backend: str) -> float:
        """The median of those, infinite where the backend was not asked."""
        return median_high(self.seconds(backend) or [math.inf])

    def cell(self, backend: str) -> str:
        """Median seconds to the proof, or the median gap; and how many proofs, if not all."""
        results = self.results.get(backend, [])
        if not results:
            return "–"
        proven = sum(map(math.isfinite, self.seconds(backend)))
        share = "" if proven == len(results) else f" ({proven} of {len(results)})"
        if math.isfinite(self.median(backend)):
            return f"{self.median(backend):.3g} s{share}"
        gap = median_high(math.inf if r.gap is None else r.gap for r in results)
        return f"gap {gap:.1%}{share}"


@click.command()
@click.option("--time-limit", default=60.0, show_default=True, help="Seconds for each instance.")
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True, help="From 0 on.")
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True)
@click.option("--backend", "backends", multiple=True, default=BACKENDS, show_default=True)
@click.option(
    "--load",
    "loads",
    multiple=True,
    type=click.Choice(list(SERIES)),
    default=list(SERIES),
    help="All where not given.",
)
@click.option("--most", type=click.IntRange(9), default=400, show_default=True, help="Largest n.")
@click.option("--table", "name", default="exact", show_default=True, help="Of the file's tables.")
@click.option("-o", "--output", type=Path, default=Path(__file__).with_suffix(".md"))
@click.option("--figure", type=Path, default=Path(__file__).with_suffix(".png"))
def main(
    time_limit: float,
    seeds: int,
    threads: int,
    backends: tuple[str, ...],
    loads: tuple[str, ...],
    most: int,
    name: str,
    output: Path,
    figure: Path,
) -> None:
    """Measure, print as it goes, and write a Markdown table and a figure."""
    console = Console(stderr=True)
    _compile(backends)
    rows: list[Row] = []
    for load in loads:
        left_open = dict.fromkeys(backends, 0)
        for users, per_user in SERIES[load]:
            if users * per_user > most:
                continue
            row = Row(load, users, per_user, seeds)
            for backend in backends:
                if left_open[backend] >= MOST_OPEN:
                    continue
                row.results[backend] = [
                    _solve(instance, backend, time_limit, threads) for instance in row.instances()
                ]
                left_open[backend] += math.isinf(row.median(backend))
                console.print(f"load {load}, n = {row.n}, {backend}: {row.cell(backend)}")
            rows.append(row)
            write_table(output, name, table(rows, backends, time_limit, threads))
            save_figure(draw(rows, backends, time_limit), figure)


def _solve(instance: ps.Instance, backend: str, time_limit: float, threads: int) -> ps.Result:
    """One run, or the median of several where one is brief."""

    def run() -> ps.Result:
        afresh = replace(instance)  # without what an earlier run has worked out, such as a trie
        return ps.solve(afresh, backend=backend, time_limit=time_limit, threads=threads)

    results = [run()]
    if results[0].seconds < BRIEF:
        results += [run() for _ in range(REPEATS - 1)]
    return sorted(results, key=lambda result: result.seconds)[len(results) // 2]


def _compile(backends: Sequence[str]) -> None:
    """Let kernels be compiled or loaded, and solvers start their threads, before the clock does."""
    ps.solve(rasq(users=8, per_user=4, load=Decimal("1.2"), seed=99), backend="dp", time_limit=60)
    for backend in backends:
        ps.solve(rasq(users=3, per_user=3, load=Decimal("1.2"), seed=99), backend=backend)


def table(rows: Sequence[Row], backends: Sequence[str], time_limit: float, threads: int) -> str:
    """The rows as Markdown, with the comparison below."""
    caption = (
        f"RASQ, u = 4000, d = 2000, medians of {rows[0].seeds} seeds, {threads} threads, limit "
        f"{time_limit:g} s: seconds to the proof, or the gap that is left. In brackets, how many "
        "were proven where not all were."
    )
    lines = [
        caption,
        "",
        "| load | users × queries | n | " + " | ".join(backends) + " |",
        "|" + "---:|" * (3 + len(backends)),
    ]
    for row in rows:
        cells = [row.load, f"{row.users} × {row.per_user}", str(row.n), *map(row.cell, backends)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", comparison(rows, time_limit)])


def comparison(rows: Sequence[Row], time_limit: float) -> str:
    """How much faster ``dp`` proves n = 20 than the best general solver proves less."""
    overload = {row.n: row for row in rows if row.load == "1.2"}
    ours = overload[20].median("dp") if 20 in overload else math.inf
    found = []
    for n, row in overload.items():
        best = min(GENERAL, key=row.median)
        if n > 16 or math.isinf(ours) or not any(row.results.get(name) for name in GENERAL):
            continue
        theirs = row.median(best)
        if math.isfinite(theirs):
            times = theirs / ours
            shown = f"{times:,.0f}" if times >= 10 else f"{times:.1f}"
            found.append(f"{shown} times for n = {n} ({best}, {theirs:.3g} s)")
        else:
            found.append(f"more than {time_limit / ours:,.0f} times for n = {n}, which both leave")
    if not found:
        return ""
    return (
        f"At load 1.2, dp proves n = 20 in {ours:.3g} s. The best of {' and '.join(GENERAL)} "
        f"takes longer: {'; '.join(found)}.\n"
    )


def draw(rows: Sequence[Row], backends: Sequence[str], time_limit: float) -> Figure:
    """Instances solved over time, and time over n at the first load."""
    figure = Figure(figsize=(WIDTH, 3.2), layout="constrained")
    solved, growth = figure.subplots(1, 2)
    least = min([t for row in rows for b in backends for t in row.seconds(b)], default=time_limit)
    begin = min(least, time_limit) / 2
    for k, backend in enumerate(backends):
        marker, line = STYLES[k % len(STYLES)]
        style = {"color": COLOURS[k % len(COLOURS)], "linestyle": line, "linewidth": 1.5}
        times = sorted(t for row in rows for t in row.seconds(backend) if math.isfinite(t))
        steps = ([begin, *times, time_limit], [0, *range(1, len(times) + 1), len(times)])
        solved.step(*steps, where="post", label=backend, **style)
        points = [(row.n, row.median(backend)) for row in rows if row.load == rows[0].load]
        proven = [point for point in points if math.isfinite(point[1])]
        sizes, medians = [n for n, _ in proven], [t for _, t in proven]
        growth.plot(sizes, medians, marker=marker, markersize=4, label=backend, **style)
    total = sum(row.seeds for row in rows)
    solved.axhline(total, color=GREY, linewidth=1)
    solved.annotate(
        f"all {total}", (begin, total), xytext=(2, -10), textcoords="offset points", fontsize=8
    )
    solved.set(xscale="log", xlabel="time (s)", ylabel="instances proven", ylim=(0, None))
    _sizes(growth, rows[0].load, sorted({row.n for row in rows if row.load == rows[0].load}))
    for ax in (solved, growth):
        ax.grid(color="#e5e5e5", linewidth=0.6)
        ax.set_axisbelow(True)
        plain(ax)
    handles, labels = growth.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=len(backends), fontsize=8, frameon=False
    )
    return figure


def _sizes(ax: Axes, load: str, sizes: Sequence[int]) -> None:
    """Both axes logarithmic; as many sizes labelled as there is room for."""
    ax.set(xscale="log", yscale="log", xlabel=f"queries n, at load {load}")
    ax.set_ylabel("median time to the proof (s)", color=INK)
    ax.set_xticks(sizes[:: max(1, len(sizes) // 5)], minor=False)
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter(lambda *_: "")
    ax.minorticks_off()


if __name__ == "__main__":
    main()

"""The paper's figures in this model: fit what its text leaves open, then draw the curves.

    python benchmarks/paper.py -o benchmarks

"LLM Query Scheduling with Prefix Reuse and Latency Constraints" (NeurIPS 2025) reports the
P99 TTFT of k-LPM (k = 4), FCFS and LPM on RASQ with u = 4000 and d = 2000 at a rate of 48, on
a real server. The time per token, the number of queries, the queries per user and the kind of
arrivals are not stated; the rate is taken as queries per second. All four are fitted here to
those three figures: the least of the largest factor between model and measurement, on a grid.
Three figures cannot tell four unknowns, so the table shows the runners-up too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import click
from rich.console import Console
from tables import write_table

import prefixsched as ps
from prefixsched.bench.row import Row
from prefixsched.bench.suite import parse_suite
from prefixsched.bench.work import run_task
from prefixsched.generate.rasq import rasq
from prefixsched.plot.lines import look, mark
from prefixsched.plot.percentiles import plot_percentiles
from prefixsched.plot.save import save_figure
from prefixsched.plot.style import new_axes, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MEASURED = {"k-lpm:4": 326, "fcfs": 456, "lpm": 340}
"""P99 TTFT in ms, as published."""
RATE = 48
ARRIVALS = ("regular", "poisson")
PER_USER = (2, 3, 4, 5, 8, 10, 20)
QUERIES = (100, 200, 400, 1000, 2000)
TOKEN_TIMES = [Decimal(tenths) / 10 for tenths in range(25, 81)]
PER_MS = 1000
RATES = (24, 32, 36, 40, 44, 48, 52, 56, 64)
KS = (1, 2, 3, 4, 6, 8, 16, 32, 1000)
PERCENTILES = ("p50", "p95", "p99", "max")
BEST_SHOWN = 5
HEIGHT = 3.0


@dataclass(frozen=True)
class Fit:
    """One point of the grid, and what the model gives there.

    Parameters
    ----------
    arrivals, per_user, queries
        Of the stream.
    token_time
        Microseconds of prefill per token.
    p99
        P99 TTFT in ms by policy, the median over seeds.
    """

    arrivals: str
    per_user: int
    queries: int
    token_time: Decimal
    p99: dict[str, float]

    @property
    def off(self) -> float:
        """The largest factor between the model and a measurement."""
        factors = [self.p99[policy] / ms for policy, ms in MEASURED.items()]
        return max(max(factor, 1 / factor) for factor in factors)


def grid(seeds: int) -> Iterator[Fit]:
    """Every point of the grid."""
    for arrivals, per_user, queries, token_time in product(
        ARRIVALS, PER_USER, QUERIES, TOKEN_TIMES
    ):
        runs = [
            {policy: ps.simulate(stream, policy).p99 / PER_MS for policy in MEASURED}
            for stream in (
                rasq(
                    users=queries // per_user,
                    per_user=per_user,
                    rate=Decimal(RATE),
                    token_time=token_time,
                    arrivals=arrivals,
                    seed=seed,
                )
                for seed in range(seeds)
            )
        ]
        p99 = {policy: median(run[policy] for run in runs) for policy in MEASURED}
        yield Fit(arrivals, per_user, queries, token_time, p99)


def curves(fit: Fit, rates: tuple[int, ...], policies: list[str], seeds: int) -> list[Row]:
    """The rows of the fitted stream over ``rates``; optima are only bracketed by bounds."""
    suite = f"""
policies = {policies}
seeds = {seeds}
time-limit = 0
[[family]]
generator = "rasq"
users = {fit.queries // fit.per_user}
per-user = {fit.per_user}
arrivals = "{fit.arrivals}"
token-time = {fit.token_time}
rate = {list(rates)}
"""
    return [row for task in parse_suite(suite, "paper", Path(), {}).tasks for row in run_task(task)]


def over_k(fit: Fit, seeds: int) -> dict[str, list[float]]:
    """Percentiles of TTFT in ms over ``KS`` at the measured rate."""
    rows = curves(fit, (RATE,), [f"k-lpm:{k}" for k in KS], seeds)
    return {
        name: [
            median(getattr(row, name) for row in rows if row.policy == f"k-lpm:{k}") / PER_MS
            for k in KS
        ]
        for name in PERCENTILES
    }


def k_table(found: dict[str, list[float]]) -> list[str]:
    """A Markdown table of percentiles over k."""
    lines = ["| k | " + " | ".join(name.upper() for name in found) + " |"]
    lines.append("|---:|" + "---:|" * len(found))
    for k, *cells in zip(KS, *found.values(), strict=True):
        lines.append(f"| {k} | " + " | ".join(f"{cell:,.0f}" for cell in cells) + " |")
    return lines


def plot_k(found: dict[str, list[float]]) -> Axes:
    """Percentiles over k, a line each."""
    axes = new_axes(HEIGHT)
    for n, (name, values) in enumerate(found.items()):
        axes.plot(KS, values, label=name.upper(), **look(n, len(found)), **mark(n, len(found)))
    axes.set(xscale="log", xlabel="k", ylabel="TTFT (ms)", ylim=(0, None))
    axes.set_xticks(KS, [f"{k}" for k in KS])
    axes.set_xticks([], minor=True)
    axes.grid(color="#e5e5e5", linewidth=0.6)
    plain(axes)
    axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return axes


def fit_table(fits: list[Fit]) -> list[str]:
    """A Markdown table of fits beside the measurement."""
    heads = ("", "arrivals", "per user", "queries", "µs/token", "k-LPM", "FCFS", "LPM")
    ratios = ("FCFS/k-LPM", "LPM/k-LPM")
    lines = ["| " + " | ".join(heads + ratios) + " |", "|---|---|" + "---:|" * 8]
    shown = [("measured", "", "", "", "", MEASURED)] + [
        ("fit" if k == 0 else f"{k + 1}.", f.arrivals, f.per_user, f.queries, f.token_time, f.p99)
        for k, f in enumerate(fits)
    ]
    for *head, p99 in shown:
        k_lpm, fcfs, lpm = (p99[policy] for policy in MEASURED)
        times = [f"{ms:.0f}" for ms in (k_lpm, fcfs, lpm)]
        cells = [*times, f"{fcfs / k_lpm:.2f}", f"{lpm / k_lpm:.2f}"]
        lines.append("| " + " | ".join([*map(str, head), *cells]) + " |")
    return lines


@click.command()
@click.option("--seeds", default=5, show_default=True, help="Streams for each point.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="The folder to write to."
)
def main(seeds: int, output: Path) -> None:
    """Fit, print, and write paper.md and figures."""
    console = Console(stderr=True)
    fits = sorted(grid(seeds), key=lambda fit: fit.off)[:BEST_SHOWN]
    best = fits[0]
    console.print(best)
    of_k = over_k(best, seeds)
    lines = [
        f"P99 TTFT in ms on RASQ, u = 4000, d = 2000, {RATE} queries a second: the paper's",
        f"measurement and the closest points of a grid of the model (median of {seeds} seeds).",
        f"The closest is off by at most {100 * (best.off - 1):.0f}%.",
        "",
        *fit_table(fits),
        "",
        "Over k, at the fit, in ms:",
        "",
        *k_table(of_k),
        "",
        "Curves: figures/paper-k.png over k, and over the rate figures/paper-p50.png,",
        "paper-p95.png and paper-p99.png.",
        "",
    ]
    write_table(output / "paper.md", "paper", "\n".join(lines))
    (output / "figures").mkdir(exist_ok=True)
    save_figure(plot_k(of_k).figure, output / "figures" / "paper-k.png")
    rows = curves(best, RATES, ["fcfs", "k-lpm:2", "k-lpm:4", "k-lpm:1000", "lpm"], seeds)
    for percentile in ("p50", "p95", "p99"):
        axes = plot_percentiles(rows, "rate", percentile)
        axes.set_xlabel("rate (queries per second)")
        save_figure(axes.figure, output / "figures" / f"paper-{percentile}.png")


if __name__ == "__main__":
    main()

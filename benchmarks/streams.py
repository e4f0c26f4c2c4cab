"""Brackets of streams of thousands of queries: the largest TTFT, P99, goodput and the mean.

    python benchmarks/streams.py mooncake_conversation.jsonl -o benchmarks/streams.md

The trace is the hour of conversations that Mooncake published; without it only the random
streams are run. Each question is asked once, with a time limit; kernels are compiled before. With
an output the gaps over time are drawn beside the table, in ``figures/streams.png``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import click
from rich.console import Console
from tables import write_table

import prefixsched as ps
from prefixsched.offline.result import Progress
from prefixsched.plot.save import save_figure

TRACE_STREAMS = (
    *(("max", cache, scale) for cache in ("lru:5000000", "lru:1000000", "lru:200000")
      for scale in ("1", "1.5", "2")),
    *(("percentile:99", cache, scale) for cache in ("unbounded", "lru:1000000", "last")
      for scale in ("1", "1.5", "2", "4")),
    *((f"goodput {seconds}s", "unbounded", "1.5") for seconds in (4, 6, 8)),
    *(("mean", cache, scale) for cache in ("unbounded", "lru:1000000") for scale in ("1.5", "2")),
)  # fmt: skip
RANDOM_STREAMS = tuple(
    (users, load, cache)
    for users in (40, 100, 250)
    for load in ("0.7", "0.9")
    for cache in ("last", "lru:50000", "unbounded")
)
SECOND = 1_000_000
"""Ticks of these streams, which are microseconds."""
KIBIBYTES_A_GIGABYTE = 1e9 / 1024
KINDS = ("max", "percentile", "goodput", "mean")
LEAST_DRAWN, MOST_DRAWN = 0.1, 1_000
"""Gaps in percent beyond which the figure makes no difference."""
COLOURS = dict(zip(KINDS, ("C0", "C1", "C2", "C3"), strict=True))


@dataclass
class Row:
    """A question, its bracket, and how that came about: (seconds, gap) pairs."""

    stream: str
    question: str
    cache: str
    result: ps.Result
    gaps: list[tuple[float, float]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Which objective."""
        return self.question.partition(" ")[0].partition(":")[0]


@click.command()
@click.argument("trace", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--seconds", default=60.0, show_default=True, help="For each question.")
@click.option("--only", default="", help="Questions whose line in the table has this text.")
@click.option("-o", "--output", type=Path, help="Write the table as Markdown, and the figure.")
def main(trace: Path | None, seconds: float, only: str, output: Path | None) -> None:
    """Ask all questions, print as it goes, and write a table and a figure."""
    console = Console(stderr=True)
    rows = []
    for stream, question, cache, instance in _questions(trace):
        if only in f"{stream} {question} {cache}":
            rows.append(_ask(stream, question, cache, instance, seconds))
            console.print(_line(rows[-1]), soft_wrap=True)
    caption = (
        f"Brackets after {seconds:g} s, two threads. *X* is the trace's time scale; a gap is a "
        "part of the lower end, for the goodput of all queries. No question took more than "
        f"{getrusage(RUSAGE_SELF).ru_maxrss / KIBIBYTES_A_GIGABYTE:.1f} GB of memory."
    )
    lines = [
        caption,
        "",
        "| stream | objective | cache | from | to | gap | seconds |",
        "|---|---|---|---:|---:|---:|---:|",
        *map(_line, rows),
    ]
    if output is None:
        click.echo("\n".join(lines))
        return
    write_table(output, "streams", "\n".join(lines))
    _draw(rows, seconds, output.parent / "figures" / "streams.png")


def _questions(trace: Path | None) -> Iterator[tuple[str, str, str, ps.Instance]]:
    for question, cache, scale in TRACE_STREAMS if trace is not None else ():
        instance = ps.import_trace("mooncake", trace, time_scale=Fraction(scale), cache=cache)
        yield f"trace, X = {scale}", question, cache, instance
    for users, load, cache in RANDOM_STREAMS:
        instance = ps.generate("rasq", users=users, per_user=4, load=load, seed=0, cache=cache)
        yield f"RASQ {users} × 4, load {load}", "percentile:99", cache, instance


def _ask(stream: str, question: str, cache: str, instance: ps.Instance, seconds: float) -> Row:
    """Solve with a limit, and keep each bracket on the way."""
    objective, _, bound = question.partition(" ")
    gaps: list[tuple[float, float]] = []

    def hear(progress: Progress) -> None:
        if progress.upper_bound is not None:
            low, high = progress.lower_bound, progress.upper_bound
            gaps.append((progress.seconds, _gap(objective, low, high, instance.n)))

    result = ps.solve(
        instance,
        objective=objective,
        ttft=int(bound.removesuffix("s")) * SECOND if bound else None,
        time_limit=seconds,
        on_progress=hear,
    )
    return Row(stream, question, cache, result, gaps)


def _gap(objective: str, low: int, high: int, n: int) -> float:
    """By how much the ends differ: in parts of the lower one; of all queries for the goodput."""
    return (high - low) / (n if objective == "goodput" else max(1, low))


def _line(row: Row) -> str:
    """A line of the table; times in seconds."""
    low, high = row.result.value_bounds
    n = row.result.instance.n
    scale = {"goodput": 1, "mean": n * SECOND}.get(row.kind, SECOND)
    places, unit = (0, "") if row.kind == "goodput" else (3, " s")
    ends = [f"{end / scale:,.{places}f}{unit}" for end in (low, high)]
    gap = f"{_gap(row.kind, low, high, n):.1%}"
    cells = (row.stream, row.question, row.cache, *ends, gap, f"{row.result.seconds:.0f}")
    return "| " + " | ".join(cells) + " |"


def _draw(rows: list[Row], seconds: float, path: Path) -> None:
    """The gap over time, a panel for each objective."""
    import matplotlib.pyplot as plt

    kinds = [kind for kind in KINDS if any(row.kind == kind for row in rows)]
    figure, axes = plt.subplots(
        1, len(kinds), figsize=(3.2 * len(kinds), 3.4), layout="constrained", sharey=True,
        squeeze=False,
    )  # fmt: skip
    for ax, kind in zip(axes[0], kinds, strict=True):
        for row in rows:
            if row.kind == kind and row.gaps:
                times, gaps = zip(*row.gaps, strict=True)
                percent = [min(max(100 * gap, LEAST_DRAWN), MOST_DRAWN) for gap in gaps]
                ax.step(
                    (*times, seconds),
                    (*percent, percent[-1]),
                    where="post",
                    color=COLOURS[kind],
                    alpha=0.6,
                )
        ax.set(title=kind, xlabel="seconds", xscale="log", yscale="log")
        ax.set(xlim=(0.1, seconds), ylim=(0.8 * LEAST_DRAWN, 1.25 * MOST_DRAWN))
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter("{x:g}")
            axis.set_minor_formatter("")
        ax.grid(alpha=0.3)
    axes[0][0].set_ylabel("gap (%)")
    save_figure(figure, path)


if __name__ == "__main__":
    main()

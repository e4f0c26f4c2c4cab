"""How TTFT is distributed under each policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from prefixsched.plot.lines import look, merged
from prefixsched.plot.served import Runs, runs_of
from prefixsched.plot.style import (
    ALERT,
    INK,
    gridded,
    label_time,
    legend_beside,
    literal,
    new_axes,
    time_scale,
    time_text,
)
from prefixsched.studies.compare import Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 3.0
MOST_STEPS = 2000
"""Longer curves are thinned to this many steps, which no eye can tell; the largest
:data:`TAIL_STEPS` TTFTs all stay."""
TAIL_STEPS = 500
TAIL_TICKS = {1: "100%", 0.1: "10% (P90)", 0.01: "1% (P99)", 0.001: "0.1% (P99.9)", 1e-4: "0.01%"}


def plot_cdf(
    simulations: Runs,
    bound: int | None = None,
    ax: Axes | None = None,
    *,
    ttft: int | None = None,
    tail: bool = False,
) -> Axes:
    """Draw the share of queries that have their first token within each TTFT.

    Parameters
    ----------
    simulations
        What each policy did, all with one instance; a comparison has them, too.
    bound
        The least possible largest TTFT in ticks, as a vertical line: no curve
        reaches the top to the left of it. A comparison's own where it is certified.
    ax
        Where to draw; a new figure's where None.
    ttft
        An SLO in ticks, as a vertical line; the legend has the share of queries
        within it, rounded down.
    tail
        Draw the share that is still without a first token instead, on a
        logarithmic axis: P99 is where a curve falls to 1 %.

    Returns
    -------
    Axes
        With one step curve per policy, ending at its largest TTFT.
    """
    from matplotlib.ticker import NullFormatter

    if isinstance(simulations, Comparison) and bound is None and simulations.result.answered:
        bound = simulations.result.ttft
    simulations = runs_of(simulations)
    marks = [(ttft, ALERT, (0, (5, 2)), "SLO"), (bound, INK, (0, (1, 1)), "least possible largest")]
    shown = [mark for mark in marks if mark[0] is not None]
    if ax is None:
        ax = new_axes(HEIGHT, len(simulations) + len(shown))
    instance = simulations[0].instance
    longest = max([run.max for run in simulations] + [at for at, *_ in marks if at is not None])
    factor, unit = time_scale(instance, longest)
    curves = merged((run.policy, tuple(np.sort(run.ttft).tolist())) for run in simulations)
    for k, (name, times) in enumerate(curves):
        x, share = _curve(np.array(times), tail=tail)
        style = look(k, len(curves))
        label = name if ttft is None else f"{name}: {_within(times, ttft)} within"
        ax.step(x / factor, share, where="pre" if tail else "post", label=label, **style)
        ax.plot(
            times[-1] / factor, share[-1], "o",
            color=style["color"], markersize=4, clip_on=False, zorder=3,
        )  # fmt: skip
    for at, colour, dashes, what in shown:
        assert at is not None
        ax.axvline(
            at / factor, color=colour, linewidth=1.2, linestyle=dashes,
            label=f"{what}, {time_text(at, factor, unit)}",
        )  # fmt: skip
    ax.set(xlim=(0, None))
    if tail:
        least = 10 ** np.floor(np.log10(1 / instance.n))
        ticks = [tick for tick in TAIL_TICKS if tick >= least]
        ax.set(
            yscale="log", ylim=(0.7 / instance.n, 1), ylabel="share of queries that wait so long"
        )
        ax.set_yticks(ticks, [TAIL_TICKS[tick] for tick in ticks])
        ax.yaxis.set_minor_formatter(NullFormatter())
    else:
        ax.set(ylim=(0, 1), ylabel="share of queries")
        ax.yaxis.set_major_formatter("{x:.0%}")
    ax.set_title(
        f"{literal(instance.name)}, {instance.n:,} queries", loc="left", fontsize=9, color=INK
    )
    label_time(ax, "TTFT", unit)
    gridded(ax)
    legend_beside(ax)
    return ax


def _curve(ttft: np.ndarray, *, tail: bool) -> tuple[np.ndarray, np.ndarray]:
    """Sorted TTFTs at which the curve steps, from 0 on, and the shares there.

    Of queries with at most that TTFT; of the ``tail``, with at least that.
    """
    n = len(ttft)
    rank = np.linspace(1, n, min(n, MOST_STEPS)).astype(np.int64)
    rank = np.unique(np.concatenate((rank, np.arange(max(1, n - TAIL_STEPS), n + 1))))
    share = (n - rank + 1) / n if tail else rank / n
    return np.concatenate(([0], ttft[rank - 1])), np.concatenate(([1 if tail else 0], share))


def _within(times: Sequence[int], ttft: int) -> str:
    """The share of ``times`` up to ``ttft``, rounded down: 100 % only where all are."""
    on_time = sum(time <= ttft for time in times)
    return f"{1000 * on_time // len(times) / 10:g}%"

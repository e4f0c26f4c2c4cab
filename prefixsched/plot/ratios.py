"""How far from the optimum policies are, stream by stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from prefixsched.bench.row import OPTIMUM, Row
from prefixsched.bench.summary import ratios
from prefixsched.errors import InputError
from prefixsched.plot.style import COLOURS, GREY, INK, label, new_axes, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW_HEIGHT = 0.32
MARGINS = 1.1
SPREAD = 0.3
"""How far dots are spread across their row, so that equal ratios can be told apart."""
GOLDEN = (5**0.5 - 1) / 2
LOGARITHMIC = 4
"""Where the largest ratio is past this the axis is logarithmic."""
TICKS = (1, 1.5, 2, 3, 4, 6, 10, 15, 20, 30, 50, 100, 200, 500, 1000)


def plot_ratios(rows: Sequence[Row], ax: Axes | None = None) -> Axes:
    """Draw each policy's largest TTFT over the least possible one, a dot for each stream.

    Parameters
    ----------
    rows
        Of a benchmark. Where an optimum is certified a stream is a dot, else a
        line from the ratio to the best schedule known to the ratio to the
        proven lower bound. Upright marks are medians.
    ax
        Where to draw; a new figure's where None.

    Returns
    -------
    Axes
        Policies from the best median at the top.

    Raises
    ------
    InputError
        If no row has a ratio.
    """
    order = ratios(rows)
    if not order:
        raise InputError("results: no stream has a ratio yet; run the bench first")
    if ax is None:
        ax = new_axes(MARGINS + ROW_HEIGHT * len(order))
    largest = max(float(each.worst_high) for each in order)
    for k, each in enumerate(order):
        own = [r for r in rows if r.policy == each.policy != OPTIMUM and r.lower_bound > 0]
        low = np.array([r.max / r.upper_bound for r in own])
        high = np.array([r.max / r.lower_bound for r in own])
        offset = k + SPREAD * (2 * (np.arange(len(own)) * GOLDEN % 1) - 1)
        known = low == high
        ax.hlines(offset[~known], low[~known], high[~known], colors=GREY, linewidths=0.7, alpha=0.7)
        ax.plot(
            low[known], offset[known], ".", color=COLOURS[0], markersize=4, markeredgewidth=0,
            alpha=0.6,
        )  # fmt: skip
        ends = (k - 0.42, k + 0.42)
        ax.vlines(float(each.median_low), *ends, colors=INK, linewidths=1.6)
        ax.vlines(float(each.median_high), *ends, colors=INK, linewidths=1.6, linestyles=":")
    if largest > LOGARITHMIC:
        ax.set_xscale("log")
        ax.set_xticks([tick for tick in TICKS if tick <= largest])
        ax.set_xticks([], minor=True)
        ax.xaxis.set_major_formatter("{x:g}")
    ax.axvline(1, color=GREY, linewidth=0.8)
    ax.set(xlim=(0.98, 1.03 * largest), ylim=(len(order) - 0.4, -0.6))
    ax.set(xlabel="largest TTFT / least possible largest TTFT")
    ax.set_yticks(range(len(order)), [label(each.policy) for each in order])
    ax.grid(axis="x", color="#e5e5e5", linewidth=0.6)
    ax.set_axisbelow(True)
    plain(ax)
    ax.tick_params(axis="y", length=0)
    streams, exact = max(each.streams for each in order), max(each.exact for each in order)
    ax.set_title(
        f"{streams:,} streams, {exact:,} with a certified optimum (dots); "
        "upright: median, dotted if bracketed",
        loc="left",
        fontsize=8,
        color=INK,
    )
    return ax

"""How far from the optimum policies are, stream by stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from prefixsched.bench.row import OPTIMUM, Row
from prefixsched.bench.summary import ratios
from prefixsched.model.arguments import check_each
from prefixsched.model.errors import InputError
from prefixsched.plot.style import COLOURS, GREY, INK, gridded, head, literal, logarithmic, new_axes

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

ROW_HEIGHT = 0.32
MARGINS = 1.1
SPREAD = 0.3
"""How far dots are spread across their row, so that equal ratios can be told apart."""
GOLDEN = (5**0.5 - 1) / 2
LOGARITHMIC = 4
"""Where the largest ratio is past this the axis is logarithmic."""
MEDIAN: dict[str, Any] = {
    "marker": "|", "markersize": 19, "markeredgewidth": 1.8, "color": INK, "linestyle": "none",
}  # fmt: skip
UPPER: dict[str, Any] = {
    "marker": "D", "markersize": 5, "markeredgewidth": 1.4, "markerfacecolor": "white",
    "color": INK, "linestyle": "none",
}  # fmt: skip


def plot_ratios(rows: Sequence[Row], ax: Axes | None = None) -> Axes:
    """Draw each policy's largest TTFT over the least possible one, a dot for each stream.

    Parameters
    ----------
    rows
        Of a benchmark. Where an optimum is certified a stream is a dot, else a
        line from the ratio to the best schedule known to the ratio to the
        proven lower bound. Upright marks are medians, and their upper bounds.
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
    check_each("rows", rows, Row, "what ps.bench.read_rows(folder) returned")
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
        ax.plot(float(each.median_low), k, **MEDIAN)
        if each.median_high > each.median_low:
            ax.plot(float(each.median_high), k, **UPPER)
    ax.axvline(1, color=GREY, linewidth=0.8)
    ax.set(xlim=(0.98, 1.03 * largest), ylim=(len(order) - 0.4, -0.6))
    ax.set(xlabel="largest TTFT / least possible largest TTFT")
    ax.set_yticks(range(len(order)), [literal(each.policy) for each in order])
    if largest > LOGARITHMIC:
        logarithmic(ax, "x")
    gridded(ax, "x")
    ax.tick_params(axis="y", length=0)
    streams, exact = max(each.streams for each in order), max(each.exact for each in order)
    title = f"{streams:,} streams, {exact:,} with a certified optimum"
    head(ax, title, _keys(certified=exact > 0, bracketed=exact < streams))
    return ax


def _keys(*, certified: bool, bracketed: bool) -> list[Artist]:
    """What the marks are, those that are drawn."""
    from matplotlib.lines import Line2D

    keys: list[Artist] = []
    if certified:
        keys.append(Line2D([], [], marker=".", color=COLOURS[0], linestyle="", label="a stream"))
    if bracketed:
        keys.append(Line2D([], [], color=GREY, linewidth=1, label="a stream, between the bounds"))
    keys.append(Line2D([], [], label="median", **{**MEDIAN, "markersize": 10}))
    if bracketed:
        keys.append(Line2D([], [], label="its upper bound", **UPPER))
    return keys

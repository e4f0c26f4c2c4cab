"""Where a server lost TTFT."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from prefixsched.plot.style import (
    ALERT,
    COLOURS,
    GREY,
    INK,
    dots,
    label,
    label_time,
    new_axes,
    plain,
    time_scale,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from prefixsched.score.score import Score

HEIGHT = 3.2


def plot_lost(score: Score, ax: Axes | None = None) -> Axes:
    """Draw what TTFT each query had, over arrivals, against the best schedule.

    Parameters
    ----------
    score
        A serving log and what was possible.
    ax
        Where to draw; a new figure's where None.

    Returns
    -------
    Axes
        The stretch in which most was lost is shaded; the line is the largest
        TTFT of the best schedule.
    """
    if ax is None:
        ax = new_axes(HEIGHT)
    instance, stretch = score.instance, score.stretch
    schedule, upper = score.result.schedule, score.result.upper_bound
    over, across = time_scale(instance, int(instance.arrival.max()))
    longest = max(score.had.max, upper or 0)
    factor, unit = time_scale(instance, longest)
    arrival = instance.arrival / over
    points = dots(instance.n)
    if schedule is not None:
        best = np.array(schedule.ttft) / factor
        ax.plot(arrival, best, marker="s", color=GREY, label="best schedule", **points)
    ax.plot(
        arrival, score.had.ttft / factor, marker="o", color=COLOURS[0], label="as logged", **points
    )
    if upper is not None:
        ax.axhline(
            upper / factor, color=INK, linewidth=1, linestyle=(0, (4, 2)),
            label=f"largest of the best, {upper / factor:,.4g} {unit}",
        )  # fmt: skip
    if stretch is not None:
        ax.axvspan(
            stretch.begin / over, stretch.end / over, color=ALERT, alpha=0.15, linewidth=0,
            label=f"most lost, {stretch.queries:,} queries",
        )  # fmt: skip
    ax.set(ylim=(0, None), ylabel=f"TTFT ({unit})")
    ax.yaxis.set_major_formatter("{x:,g}")
    ax.set_title(label(instance.name), loc="left", fontsize=9, color=INK)
    ax.grid(color="#e5e5e5", linewidth=0.6)
    ax.set_axisbelow(True)
    label_time(ax, "arrival", across)
    plain(ax)
    ax.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax

"""Where a server lost TTFT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.arguments import check_type
from prefixsched.plot.bands import BAND_WORDS, draw_band
from prefixsched.plot.style import (
    ALERT,
    COLOURS,
    INK,
    MANY_POINTS,
    dots,
    gridded,
    label_time,
    legend_beside,
    literal,
    new_axes,
    time_scale,
    time_text,
)
from prefixsched.studies.score import Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes


HEIGHT = 3.2
DASHED = (0, (4, 1.5))


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
        TTFT of the best schedule. Of more than :data:`MANY_POINTS` queries medians
        and bands are drawn, which don't hide one another as dots would.
    """
    check_type("score", score, Score, "what ps.score returned")
    if ax is None:
        ax = new_axes(HEIGHT)
    instance, stretch = score.instance, score.stretch
    schedule, upper = score.result.schedule, score.result.upper_bound
    longest = max(score.had.max, upper or 0, int(instance.arrival.max()))
    factor, unit = time_scale(instance, longest)
    series: list[tuple[str, IntArray, str, str, Any]] = [
        ("as logged", score.had.ttft, COLOURS[0], "o", "-")
    ]
    if schedule is not None:
        series.insert(0, ("best schedule", np.array(schedule.ttft), COLOURS[1], "s", DASHED))
    many = instance.n > MANY_POINTS
    for label, ttft, colour, marker, style in series:
        if many:
            draw_band(
                ax, instance.arrival / factor, ttft / factor,
                colour=colour, style=style, label=label,
            )  # fmt: skip
        else:
            ax.plot(
                instance.arrival / factor, ttft / factor,
                marker=marker, color=colour, label=label, **dots(instance.n),
            )  # fmt: skip
    if upper is not None:
        ax.axhline(
            upper / factor, color=INK, linewidth=1, linestyle=(0, (4, 2)),
            label=f"largest of the best, {time_text(upper, factor, unit)}",
        )  # fmt: skip
    if stretch is not None:
        plural = "query" if stretch.queries == 1 else "queries"
        ax.axvspan(
            stretch.begin / factor, stretch.end / factor, color=ALERT, alpha=0.15, linewidth=0,
            label=f"most lost, {stretch.queries:,} {plural}",
        )  # fmt: skip
    ax.set(ylim=(0, None), ylabel=f"TTFT ({unit})")
    ax.yaxis.set_major_formatter("{x:,g}")
    title = literal(instance.name) + (f"; {BAND_WORDS}" if many else "")
    ax.set_title(title, loc="left", fontsize=9, color=INK)
    label_time(ax, "arrival", unit)
    gridded(ax)
    legend_beside(ax)
    return ax

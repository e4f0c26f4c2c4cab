"""A schedule against time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from prefixsched.instance import NO_ALLOWANCE, Instance
from prefixsched.plot.rows import Rows, rows_of
from prefixsched.plot.style import (
    ALERT,
    GREY,
    INK,
    label,
    label_time,
    new_axes,
    plain,
    shade,
    time_scale,
)
from prefixsched.prompts import IntArray
from prefixsched.schedule import Schedule

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    Floats = npt.NDArray[np.floating[Any]]

ROW_HEIGHTS = (0.2, 0.11)
"""Inches: of a row where there are few, and at least."""
MOST_HEIGHT = 6.0
"""Inches: rows get narrower where they would fill more than this."""
MARGINS = 1.1
ROWS_FOR_LONG_LABEL = 10
BAR = 0.7
"""A bar's height, of its row's."""
PALE = 0.35
"""Opacity of the reused share."""


def plot_gantt(
    instance: Instance, schedule: Schedule, *, ttft: int | None = None, ax: Axes | None = None
) -> Axes:
    """Draw when each query is prefilled, and how much of it was found in the cache.

    Parameters
    ----------
    instance
        The queries.
    schedule
        What to draw. A bar is a prefill; the part of its height that is pale is
        the part of the prompt that was reused. A few queries have a row each, in
        order of service, with a line for the wait; many share rows by the branch
        of the trie that they are in. Runs of one colour reuse a prefix.
    ttft
        A bound in ticks; with it, or with the queries' own allowances, deadlines
        are marked, and prefills that end too late are outlined.
    ax
        Where to draw; a new figure's where None.

    Returns
    -------
    Axes
        Time on the horizontal axis.
    """
    rows = rows_of(instance, schedule.order)
    if ax is None:
        ax = new_axes(MARGINS + _row_height(rows) * max(len(rows.labels), 3))
    deadline = _deadlines(instance, ttft)
    last = max(schedule.makespan, int(deadline.max()))
    factor, unit = time_scale(instance, last)
    start, end = (np.array(times) / factor for times in (schedule.start, schedule.completion))

    _bars(ax, instance, schedule, rows, start, end)
    legend = [
        *_prefill_keys(),
        *_marks(ax, rows, instance.arrival / factor, start),
        *_deadline_marks(ax, rows, start, end, deadline / factor, deadline != NO_ALLOWANCE),
    ]
    ax.set(xlim=(0, last / factor * 1.01), ylim=(len(rows.labels) - 0.4, -0.6))
    ax.set_yticks(range(len(rows.labels)), map(label, rows.labels))
    ax.set_ylabel(_rows_label(rows))
    label_time(ax, "time", unit)
    plain(ax)
    ax.tick_params(axis="y", length=0, labelsize=35 * _row_height(rows))
    _head(ax, instance, schedule, rows, f"{schedule.max_ttft / factor:,.10g} {unit}", legend)
    return ax


def _row_height(rows: Rows) -> float:
    most, least = ROW_HEIGHTS
    return max(least, min(most, MOST_HEIGHT / len(rows.labels)))


def _rows_label(rows: Rows) -> str:
    if len(rows.labels) < ROWS_FOR_LONG_LABEL:
        return "query" if rows.per_query else "prefix"
    return "query, in order of service" if rows.per_query else "queries by prefix"


def _deadlines(instance: Instance, ttft: int | None) -> IntArray:
    """``[n]``; the latest end of each prefill, ``NO_ALLOWANCE`` where there is none."""
    assert instance.allowance is not None
    if ttft is not None:
        return instance.arrival + ttft
    stated = instance.allowance != NO_ALLOWANCE
    return np.where(stated, instance.arrival + instance.allowance, NO_ALLOWANCE)


def _bars(
    ax: Axes, instance: Instance, schedule: Schedule, rows: Rows, start: Floats, end: Floats
) -> None:
    """Draw the prefills: what was computed below, what was reused above."""
    from matplotlib.collections import PolyCollection

    colours = [GREY if k < 0 else shade(k) for k in rows.colour.tolist()]
    share = np.array(schedule.reused) / np.maximum(instance.length, 1)
    top, bottom = rows.row - BAR / 2, rows.row + BAR / 2
    middle = top + BAR * share
    for box, alpha in (
        (_boxes(start, end, middle, bottom), 1.0),
        (_boxes(start, end, top, middle), PALE),
    ):
        ax.add_collection(PolyCollection(box, facecolors=colours, alpha=alpha, linewidths=0))


def _boxes(start: Floats, end: Floats, top: Floats, bottom: Floats) -> list[Floats]:
    """The four corners of each box, ``[4, 2]``."""
    corners = [(start, bottom), (start, top), (end, top), (end, bottom)]
    return list(np.stack([np.stack(corner, axis=1) for corner in corners], axis=1))


def _prefill_keys() -> list[Artist]:
    from matplotlib.patches import Patch

    return [
        Patch(facecolor=GREY, label="computed"),
        Patch(facecolor=GREY, alpha=PALE, label="reused"),
    ]


def _marks(ax: Axes, rows: Rows, arrival: Floats, start: Floats) -> list[Artist]:
    """Draw arrivals and, where a query has its own row, its wait; the keys to them."""
    low, high = rows.row + BAR / 2, rows.row + 0.5
    keys = []
    if rows.per_query:
        low, high = rows.row - BAR / 2, rows.row + BAR / 2
        ax.hlines(rows.row, arrival, start, colors=GREY, linewidths=0.8, zorder=0)
        keys.append(_line(GREY, "_", "waiting"))
    ax.vlines(arrival, low, high, colors=INK, linewidths=0.8)
    return [_line(INK, "|", "arrival"), *keys]


def _deadline_marks(
    ax: Axes, rows: Rows, start: Floats, end: Floats, deadline: Floats, stated: IntArray
) -> list[Artist]:
    """Draw deadlines, and outline what ends past its own; the keys to them."""
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import Patch

    if not stated.any():
        return []
    low, high = rows.row - 0.5, rows.row - BAR / 2
    if rows.per_query:
        low, high = rows.row - BAR / 2, rows.row + BAR / 2
    ax.vlines(deadline[stated], low[stated], high[stated], colors=ALERT, linewidths=1)
    keys: list[Artist] = [_line(ALERT, "|", "deadline")]
    late = stated & (end > deadline)
    if late.any():
        edge = rows.row[late] - BAR / 2
        boxes = _boxes(start[late], end[late], edge, edge + BAR)
        ax.add_collection(
            PolyCollection(boxes, facecolors="none", edgecolors=ALERT, linewidths=1.2)
        )
        keys.append(Patch(facecolor="none", edgecolor=ALERT, label="too late"))
    return keys


def _line(colour: str, marker: str, label: str) -> Artist:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, marker=marker, linestyle="", markersize=8, label=label)


def _head(
    ax: Axes,
    instance: Instance,
    schedule: Schedule,
    rows: Rows,
    ttft: str,
    legend: list[Artist],
) -> None:
    """Say what is drawn, and which query waits longest."""
    worst = schedule.ttft.index(schedule.max_ttft)
    ax.set_title(
        f"{label(instance.name)}: largest TTFT {ttft}, of {label(instance.ids[worst])}",
        loc="left",
        fontsize=9,
        color=INK,
        pad=20,
    )
    if rows.per_query:
        ax.get_yticklabels()[int(rows.row[worst])].set_fontweight("bold")
    ax.legend(
        handles=legend,
        loc="lower left",
        bbox_to_anchor=(-0.01, 0.99),
        ncols=len(legend),
        frameon=False,
        fontsize=8,
        handlelength=1.2,
        columnspacing=1.4,
        borderaxespad=0.2,
    )

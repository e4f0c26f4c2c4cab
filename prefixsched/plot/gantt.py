"""A schedule against time."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import IntArray
from prefixsched.model.errors import InputError
from prefixsched.model.instance import NO_ALLOWANCE, Instance
from prefixsched.plot.rows import MOST_QUERY_ROWS, Rows, rows_of
from prefixsched.plot.served import Served, schedule_of
from prefixsched.plot.style import (
    ALERT,
    GREY,
    INK,
    MOST_LABEL_NAME,
    head,
    label_time,
    literal,
    new_axes,
    plain,
    shade,
    time_scale,
    time_text,
)
from prefixsched.verifier.schedule import Schedule

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    Floats = npt.NDArray[np.floating[Any]]

ROW_HEIGHTS = (0.2, 0.15)
"""Inches: of a row where there are few, and at least."""
MOST_HEIGHT = 6.0
"""Inches: rows get narrower where they would fill more than this."""
MARGINS = 1.1
ROWS_FOR_LONG_LABEL = 10
BAR = 0.6
"""A bar's height, of its row's."""
PALE = 0.35
"""Opacity of the reused share."""
MOST_PREFILLS = 300
"""Where nobody says which part to draw, schedules with more than this many prefills are drawn
around the query that waits longest: each prefill has a few hundredths of an inch."""
AROUND, AFTER = MOST_QUERY_ROWS, 6
"""How many prefills that part has, and how many of them come after that query."""
ROOM_FOR_DEADLINES = Fraction(3, 2)
"""The time axis ends at most at so many makespans, however late deadlines are."""


def plot_gantt(
    served: Served,
    schedule: Schedule | None = None,
    *,
    ttft: int | None = None,
    window: tuple[int | None, int | None] = (None, None),
    ax: Axes | None = None,
) -> Axes:
    """Draw when each query is prefilled, and how much of it was found in the cache.

    Parameters
    ----------
    served
        What to draw: a result or a simulation, or an instance with its schedule. A
        bar is a prefill; the part of its height that is pale is the part of the
        prompt that was reused. A few queries have a row each, in order of service,
        with a line for the wait; many share rows by the branch of the trie that they
        are in. Runs of one colour reuse a prefix.
    schedule
        The schedule, where ``served`` is an instance.
    ttft
        A bound in ticks; with it, or with the queries' own allowances, deadlines
        are marked, and prefills that end too late are outlined.
    window
        From when and to when, in ticks; what is prefilled then is drawn. An end
        that is None is the schedule's. Where both are, a schedule of more than
        :data:`MOST_PREFILLS` is drawn around its largest TTFT.
    ax
        Where to draw; a new figure's where None.

    Returns
    -------
    Axes
        Time on the horizontal axis.

    Raises
    ------
    InputError
        If nothing is prefilled in the window, or there is no schedule.
    """
    instance, schedule = schedule_of(served, schedule)
    worst = schedule.ttft.index(schedule.max_ttft)
    shown, begin, end = _shown(schedule, window, worst)
    rows = rows_of(instance, shown)
    if ax is None:
        ax = new_axes(MARGINS + _row_height(rows) * max(len(rows.labels), 3))
    deadline = _deadlines(instance, ttft)
    if len(shown) == instance.n:
        end = max(end, min(int(deadline.max()), int(ROOM_FOR_DEADLINES * end)))
    factor, unit = time_scale(instance, end)
    picked = np.array(shown)
    rows = replace(rows, row=rows.row[picked], colour=rows.colour[picked])
    arrival, late_from = instance.arrival[picked] / factor, deadline[picked] / factor
    start, done = (np.array(at)[picked] / factor for at in (schedule.start, schedule.completion))
    share = np.array(schedule.reused)[picked] / np.maximum(instance.length[picked], 1)

    _bars(ax, rows, share, start, done)
    legend = [
        *_prefill_keys(),
        *_marks(ax, rows, arrival, start),
        *_deadline_marks(ax, rows, start, done, late_from, deadline[picked] != NO_ALLOWANCE),
    ]
    if worst in shown:
        k = shown.index(worst)
        ax.plot(done[k], rows.row[k], "*", color=INK, markersize=7, clip_on=False)
        legend.append(_line(INK, "*", "largest TTFT"))
    margin = (end - begin) / factor / 100
    ax.set(
        xlim=(begin / factor if begin == 0 else begin / factor - margin, end / factor + margin),
        ylim=(len(rows.labels) - 0.4, -0.6),
    )
    ax.set_yticks(
        range(len(rows.labels)), [literal(label, MOST_LABEL_NAME) for label in rows.labels]
    )
    ax.set_ylabel(_rows_label(rows))
    label_time(ax, "time", unit)
    plain(ax)
    ax.tick_params(axis="y", length=0, labelsize=35 * _row_height(rows))
    if rows.per_query and worst in shown:
        ax.get_yticklabels()[int(rows.row[shown.index(worst)])].set_fontweight("bold")
    part = ""
    if len(shown) < instance.n:
        part = f"; {len(shown):,} of {instance.n:,} prefills"
        part += " around it" if window == (None, None) else ""
    longest = literal(instance.ids[worst], MOST_LABEL_NAME)
    largest = time_text(schedule.max_ttft, factor, unit)
    head(ax, f"{literal(instance.name)}: largest TTFT {largest}, of {longest}{part}", legend)
    return ax


def _shown(
    schedule: Schedule, window: tuple[int | None, int | None], worst: int
) -> tuple[list[int], int, int]:
    """The queries to draw, in order of service, and from when to when."""
    order = list(schedule.order)
    if window == (None, None):
        if len(order) > MOST_PREFILLS:
            last = min(order.index(worst) + AFTER, len(order) - 1)
            first = max(last + 1 - AROUND, 0)
            order = order[first : first + AROUND]
            return order, schedule.start[order[0]], schedule.completion[order[-1]]
        return order, 0, schedule.makespan
    begin = 0 if window[0] is None else window[0]
    end = schedule.makespan if window[1] is None else window[1]
    inside = [j for j in order if schedule.completion[j] > begin and schedule.start[j] < end]
    if not inside:
        raise InputError(
            f"from and to: nothing is prefilled from {begin} to {end}; the schedule goes from "
            f"{min(schedule.start)} to {schedule.makespan}"
        )
    return inside, begin, end


def _row_height(rows: Rows) -> float:
    most, least = ROW_HEIGHTS
    return max(least, min(most, MOST_HEIGHT / len(rows.labels)))


def _rows_label(rows: Rows) -> str:
    if len(rows.labels) < ROWS_FOR_LONG_LABEL:
        return "query" if rows.per_query else "prefix (queries)"
    if rows.per_query:
        return "query, in order of service (a colour: a prefix)"
    return "prefix (and how many queries)"


def _deadlines(instance: Instance, ttft: int | None) -> IntArray:
    """``[n]``; the latest end of each prefill, ``NO_ALLOWANCE`` where there is none."""
    assert instance.allowance is not None
    if ttft is not None:
        return instance.arrival + ttft
    stated = instance.allowance != NO_ALLOWANCE
    return np.where(stated, instance.arrival + instance.allowance, NO_ALLOWANCE)


def _bars(ax: Axes, rows: Rows, share: Floats, start: Floats, end: Floats) -> None:
    """Draw the prefills: what was computed below, the ``share`` that was reused above."""
    from matplotlib.collections import PolyCollection

    colours = [GREY if k < 0 else shade(k) for k in rows.colour.tolist()]
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

"""How a run's bracket closes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prefixsched.model.arguments import check_type
from prefixsched.model.errors import InputError
from prefixsched.offline.result import Progress, Result
from prefixsched.plot.style import (
    ALERT,
    COLOURS,
    gridded,
    head,
    label_time,
    literal,
    new_axes,
    time_scale,
    time_text,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 3.0


def plot_anytime(result: Result, progress: Sequence[Progress], ax: Axes | None = None) -> Axes:
    """Draw what was known of the optimum at each moment of a run.

    Parameters
    ----------
    result
        What :func:`prefixsched.offline.solve` answered.
    progress
        What it told on the way, through ``on_progress``.
    ax
        Where to draw; a new figure's where None.

    Returns
    -------
    Axes
        Seconds on the horizontal axis; the optimum is in the shaded part.

    Raises
    ------
    InputError
        If the run ended without a schedule.
    """
    check_type("result", result, Result, "what ps.solve returned")
    if result.upper_bound is None or result.lower_bound is None:
        raise InputError("result: there is no bracket; let the run go on for longer")
    if ax is None:
        ax = new_axes(HEIGHT)
    told = [each for each in progress if each.upper_bound is not None]
    seconds = [each.seconds for each in told] + [result.seconds]
    lower = [each.lower_bound for each in told] + [result.lower_bound]
    upper = [each.upper_bound for each in told if each.upper_bound is not None]
    upper.append(result.upper_bound)
    factor, unit = time_scale(result.instance, max(upper))
    low, high = ([ticks / factor for ticks in bound] for bound in (lower, upper))
    ax.fill_between(seconds, low, high, step="post", color=COLOURS[4], alpha=0.25, linewidth=0)
    ax.step(seconds, high, where="post", color=COLOURS[0], linewidth=1.6, label="best schedule")
    ax.step(
        seconds, low, where="post", color=ALERT, linewidth=1.6, linestyle="--",
        label="proven lower bound",
    )  # fmt: skip
    ax.plot(seconds[-1:], high[-1:], "o", color=COLOURS[0], markersize=4)
    ax.plot(seconds[-1:], low[-1:], "o", color=ALERT, markersize=4)
    ax.set(xlim=(0, None), ylabel=f"largest TTFT ({unit})")
    ax.yaxis.set_major_formatter("{x:,g}")
    label_time(ax, "time since the start", "s")
    gridded(ax)
    head(ax, _said(result, factor, unit), ax.get_legend_handles_labels()[0])
    return ax


def _said(result: Result, factor: int, unit: str) -> str:
    """What was found and proven, in the unit of the axis."""
    assert result.lower_bound is not None
    assert result.upper_bound is not None
    upper = time_text(result.upper_bound, factor, unit)
    if result.lower_bound == result.upper_bound:
        what = f"the optimum is {upper}"
    else:
        lower = time_text(result.lower_bound, factor, unit)
        what = f"the optimum is from {lower} to {upper}"
    return f"{literal(result.instance.name)}: {what} ({result.backend}, {result.seconds:,.1f} s)"

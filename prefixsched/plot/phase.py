"""Which TTFT can be met at which rate: by policies, and by anyone."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from prefixsched.bench.row import OPTIMUM, Row
from prefixsched.bench.select import by_value, one_family, swept, unit_of
from prefixsched.model.errors import InputError
from prefixsched.model.units import coarser
from prefixsched.plot.lines import draw_lines, draw_optimum, policies_of
from prefixsched.plot.style import INK, MOST_LABEL, legend_beside, literal, new_axes, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 4.0
STEPS = 400
"""Values of T that the shading distinguishes."""
HEADROOM = 1.15


def plot_phase(rows: Sequence[Row], parameter: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the phase diagram: over a rate and T, the share of streams that meet T.

    The numerical picture of the paper's Theorem 2, with what any scheduler
    could do. A line is where a policy meets T on half the streams: above it on
    more, below it on fewer. The shading is of the certified optimum: dark where
    it is proven that no scheduler meets T on any stream, white where on every
    stream some schedule does.

    Parameters
    ----------
    rows
        Of a benchmark, of one family.
    parameter
        The rate; the parameter with most values where None.
    ax
        Where to draw; a new figure's where None.

    Returns
    -------
    Axes
        The rate on the horizontal axis, T on the vertical one.

    Raises
    ------
    InputError
        If the rows are of several families or units, or no parameter was swept.
    """
    one_family(rows)
    parameter = swept(rows) if parameter is None else parameter
    groups = by_value(rows, parameter)
    if len(groups) < 2:
        raise InputError(f"parameter: {parameter} has a single value; give one that was swept")
    policies = policies_of(rows)
    if ax is None:
        ax = new_axes(HEIGHT, len(policies) + 1)
    longest = max(row.max for row in rows if row.policy in set(policies))
    factor, unit = coarser(unit_of(rows), longest, MOST_LABEL)
    top = HEADROOM * longest / factor
    _shade(ax, groups, factor, top)
    draw_lines(ax, groups, policies, lambda row: row.max, factor)
    draw_optimum(ax, groups, factor)
    values = list(map(float, groups))
    ax.set(xlim=(values[0], values[-1]), ylim=(0, top))
    ax.set(xlabel=literal(parameter), ylabel=f"T ({unit})")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter("{x:,g}")
    plain(ax)
    streams = len({row.stream for row in rows})
    ax.set_title(
        f"{streams:,} streams; on a line T is met on half of them",
        loc="left",
        fontsize=9,
        color=INK,
    )
    legend_beside(ax, by_height=True)
    return ax


def _shade(ax: Axes, groups: dict[Fraction, list[Row]], factor: int, top: float) -> None:
    """Shade the share of streams on which T is proven impossible."""
    from matplotlib.colors import LinearSegmentedColormap

    bounds = np.linspace(0, top, STEPS + 1)
    middle = (bounds[:-1] + bounds[1:]) / 2
    share = np.zeros((STEPS, len(groups)))
    for column, rows in enumerate(groups.values()):
        lower = np.array([row.lower_bound for row in rows if row.policy == OPTIMUM]) / factor
        share[:, column] = (lower[None, :] > middle[:, None]).mean(axis=1)
    values = np.array(list(map(float, groups)))
    between = (values[:-1] + values[1:]) / 2
    edges = np.concatenate(([values[0]], between, [values[-1]]))
    mesh = ax.pcolormesh(
        edges, bounds, share, vmin=0, vmax=1, zorder=0, rasterized=True,
        cmap=LinearSegmentedColormap.from_list("impossible", ["white", "#c9b2a6"]),
    )  # fmt: skip
    bar = ax.figure.colorbar(mesh, ax=ax, location="bottom", fraction=0.03, aspect=80, pad=0.03)
    bar.set_label("share of the streams on which T is proven impossible", fontsize=8, color=INK)
    bar.ax.tick_params(labelsize=7)
    bar.ax.xaxis.set_major_formatter("{x:.0%}")
    bar.outline.set_visible(False)

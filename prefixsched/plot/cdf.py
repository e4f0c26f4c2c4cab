"""How TTFT is distributed under each policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from prefixsched.plot.style import INK, label, label_time, new_axes, plain, shade, time_scale
from prefixsched.simulate import Simulation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 3.0
STYLES = ("-", "--", "-.", ":")
MOST_STEPS = 2000
"""Longer curves are thinned to this many steps, which no eye can tell."""


def plot_cdf(
    simulations: Sequence[Simulation], bound: int | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the share of queries that have their first token within each TTFT.

    Parameters
    ----------
    simulations
        What each policy did, all with one instance.
    bound
        The least possible largest TTFT in ticks, as a vertical line: no curve
        reaches the top to the left of it.
    ax
        Where to draw; a new figure's where None.

    Returns
    -------
    Axes
        With one step curve per policy, ending at its largest TTFT.
    """
    if ax is None:
        ax = new_axes(HEIGHT)
    instance = simulations[0].instance
    longest = max([run.max for run in simulations] + ([] if bound is None else [bound]))
    factor, unit = time_scale(instance, longest)
    for k, run in enumerate(simulations):
        ttft, share = _curve(run)
        ax.step(
            ttft / factor,
            share,
            where="post",
            color=shade(k),
            linestyle=STYLES[k % len(STYLES)],
            linewidth=1.5,
            label=label(run.policy),
        )
        ax.plot(run.max / factor, 1, "o", color=shade(k), markersize=4, clip_on=False, zorder=3)
    if bound is not None:
        ax.axvline(bound / factor, color=INK, linewidth=1, linestyle=(0, (1, 1)))
        right = bound > longest / 2  # then the text stands to the left of the line
        ax.annotate(
            f"least possible max\n{bound / factor:,.10g} {unit}",
            (bound / factor, 0),
            xytext=(-4 if right else 4, 3),
            textcoords="offset points",
            horizontalalignment="right" if right else "left",
            fontsize=8,
            color=INK,
        )
    ax.set(xlim=(0, None), ylim=(0, 1), ylabel="share of queries")
    ax.yaxis.set_major_formatter("{x:.0%}")
    ax.grid(color="#e5e5e5", linewidth=0.6)
    ax.set_axisbelow(True)
    label_time(ax, "TTFT", unit)
    plain(ax)
    ax.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def _curve(run: Simulation) -> tuple[np.ndarray, np.ndarray]:
    """The TTFTs at which the curve rises, from (0, 0) on, and the shares that it rises to."""
    ttft = np.sort(run.ttft)
    n = len(ttft)
    rank = np.unique(np.linspace(1, n, min(n, MOST_STEPS)).astype(np.int64))
    return np.concatenate(([0], ttft[rank - 1])), np.concatenate(([0], rank / n))

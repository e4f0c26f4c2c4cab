"""What reuse costs in waiting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from prefixsched.bench.row import OPTIMUM, Row
from prefixsched.errors import InputError
from prefixsched.plot.lines import MARKERS, policies_of
from prefixsched.plot.style import INK, label, new_axes, plain, shade

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 3.6


def plot_reuse(rows: Sequence[Row], ax: Axes | None = None) -> Axes:
    """Draw reuse against wait: pale dots are streams, marks a policy's medians.

    Parameters
    ----------
    rows
        Of a benchmark. Waits are largest TTFTs over that of the best schedule
        known, so that streams of any length compare.
    ax
        Where to draw; a new figure's where None.

    Returns
    -------
    Axes
        Reuse on the horizontal axis, waits on the vertical one, lower is better.

    Raises
    ------
    InputError
        If no row has prompts and an optimum above 0.
    """
    kept = [row for row in rows if row.tokens and row.upper_bound]
    if not kept:
        raise InputError("results: no stream has prompts and waits; run another suite")
    from matplotlib.colors import to_hex

    if ax is None:
        ax = new_axes(HEIGHT)
    for k, policy in enumerate([*policies_of(kept), OPTIMUM]):
        own = [row for row in kept if row.policy == policy]
        share = np.array([row.reused_tokens / row.tokens for row in own])
        wait = np.array([row.max / row.upper_bound for row in own])
        best = policy == OPTIMUM
        colour = INK if best else to_hex(shade(k))
        marker, size = ("*", 10) if best else (MARKERS[k % len(MARKERS)], 7)
        ax.plot(share, wait, ".", color=colour, markersize=3, markeredgewidth=0, alpha=0.25)
        ax.plot(
            np.median(share), np.median(wait), marker, color=colour, markersize=size,
            markeredgecolor="white", label=label(policy), zorder=3, linestyle="",
        )  # fmt: skip
    ax.set_yscale("log")
    for formatter in (ax.yaxis.set_major_formatter, ax.yaxis.set_minor_formatter):
        formatter("{x:g}")
    ax.set(
        xlabel="prompt tokens found in the cache", ylabel="largest TTFT / that of the best schedule"
    )
    ax.xaxis.set_major_formatter("{x:.0%}")
    ax.grid(color="#e5e5e5", linewidth=0.6)
    ax.set_axisbelow(True)
    plain(ax)
    ax.tick_params(axis="y", which="minor", labelsize=7)
    ax.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax

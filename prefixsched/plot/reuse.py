"""What reuse costs in waiting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from prefixsched.bench.row import OPTIMUM, Row
from prefixsched.model.arguments import check_each
from prefixsched.model.errors import InputError
from prefixsched.plot.lines import MARKERS, merged, policies_of
from prefixsched.plot.style import INK, gridded, legend_beside, logarithmic, new_axes, shade

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 3.6
ALPHA = 0.4
"""Opacity of a stream: a few on one place look darker."""


def plot_reuse(rows: Sequence[Row], ax: Axes | None = None) -> Axes:
    """Draw reuse against wait: pale marks are streams, large ones a policy's medians.

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
    check_each("rows", rows, Row, "what ps.bench.read_rows(folder) returned")
    kept = [row for row in rows if row.tokens and row.upper_bound]
    if not kept:
        raise InputError("results: no stream has prompts and waits; run another suite")
    policies = policies_of(kept)
    if ax is None:
        ax = new_axes(HEIGHT, len(policies) + 1)

    def points(policy: str) -> tuple[tuple[float, float], ...]:
        own = (row for row in kept if row.policy == policy)
        return tuple((row.reused_tokens / row.tokens, row.max / row.upper_bound) for row in own)

    for k, (name, found) in enumerate(merged((policy, points(policy)) for policy in policies)):
        _draw(ax, name, found, color=shade(k), marker=MARKERS[k % len(MARKERS)], markersize=7)
    _draw(ax, OPTIMUM, points(OPTIMUM), color=INK, marker="*", markersize=10)
    ax.set(
        xlabel="prompt tokens found in the cache", ylabel="largest TTFT / that of the best schedule"
    )
    ax.xaxis.set_major_formatter("{x:.0%}")
    ax.set_title("small and pale: a stream; large: a policy's medians", loc="left", fontsize=9,
                 color=INK)  # fmt: skip
    logarithmic(ax, "y")
    gridded(ax)
    legend_beside(ax)
    return ax


def _draw(
    ax: Axes,
    name: str,
    points: Sequence[tuple[float, float]],
    *,
    color: str,
    marker: str,
    markersize: float,
) -> None:
    """Draw the streams, and a larger mark at their medians."""
    share, wait = np.transpose(points)
    style: dict[str, Any] = {"color": color, "marker": marker, "linestyle": ""}
    ax.plot(share, wait, markersize=markersize / 2, markeredgewidth=0, alpha=ALPHA, **style)
    ax.plot(
        np.median(share), np.median(wait),
        markersize=markersize, markeredgecolor="white", label=name, zorder=3, **style,
    )  # fmt: skip

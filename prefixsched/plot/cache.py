"""What scheduling is worth at each size of the cache."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2
from typing import TYPE_CHECKING

from prefixsched.errors import InputError
from prefixsched.plot.lines import MARKERS, STYLES
from prefixsched.plot.style import GREY, INK, label, new_axes, plain, shade, time_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from prefixsched.capacities import AtCapacity

HEIGHT = 3.6


def plot_cache(swept: Sequence[AtCapacity], ax: Axes | None = None) -> Axes:
    """Draw the largest TTFT of policies, and the bracket of the optimum, against the cache.

    Both axes are logarithmic, so how far a policy's line is above the grey band
    is its ratio to the optimum.

    Parameters
    ----------
    swept
        What :func:`prefixsched.capacities.sweep_capacities` returned.
    ax
        Where to draw; a new figure's where None.

    Returns
    -------
    Axes
        Tokens of an ``lru`` cache on the horizontal axis; at its left end, apart,
        no cache and the paper's model.

    Raises
    ------
    InputError
        If some largest TTFT is 0, which has no logarithm.
    """
    if any(run.max == 0 for point in swept for run in point.runs):
        raise InputError("cost: a largest TTFT of 0 has no ratio; give prompts that take time")
    if ax is None:
        ax = new_axes(HEIGHT)
    factor, unit = time_scale(
        swept[0].instance, max(run.max for point in swept for run in point.runs)
    )
    sizes = [point.instance.capacity for point in swept]
    least = min((size for size in sizes if size), default=1)
    at = [-1.0 if size is None else 1 + log2(size / least) if size else 0.0 for size in sizes]
    paper = [k for k, size in enumerate(sizes) if size is None]
    lru = [k for k, size in enumerate(sizes) if size is not None]
    bounds = [(point.result.lower_bound or 0, point.result.upper_bound or 0) for point in swept]
    for k in paper:
        ends = [bound / factor for bound in bounds[k]]
        ax.bar(at[k], ends[1] - ends[0], 0.4, ends[0], color=GREY, alpha=0.35, linewidth=0)
        ax.hlines(ends, at[k] - 0.2, at[k] + 0.2, color=INK, linewidth=1)
    x = [at[k] for k in lru]
    low, high = ([bounds[k][side] / factor for k in lru] for side in (0, 1))
    ax.fill_between(x, low, high, color=GREY, alpha=0.35, linewidth=0)
    ax.plot(x, low, color=INK, linewidth=1, label="optimum")
    ax.plot(x, high, color=INK, linewidth=1)
    for p, run in enumerate(swept[0].runs):
        worst = [point.runs[p].max / factor for point in swept]
        key = label(run.policy)
        for places, style, name in ((lru, STYLES[p % len(STYLES)], key), (paper, "", None)):
            ax.plot(
                [at[k] for k in places],
                [worst[k] for k in places],
                linestyle=style or "none",
                linewidth=1.5,
                color=shade(p),
                marker=MARKERS[p % len(MARKERS)],
                markersize=4,
                label=name,
            )
    ax.set_yscale("log")
    ax.set_xticks(at, [_tokens(size) for size in sizes])
    ax.set(xlabel="cache (tokens)", ylabel=f"largest TTFT ({unit})")
    ax.yaxis.set_major_formatter("{x:,g}")
    ax.yaxis.set_minor_formatter("{x:,g}")
    ax.tick_params(axis="y", which="minor", colors=INK, labelsize=7)
    ax.grid(color="#e5e5e5", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set_title(label(swept[0].instance.name), loc="left", fontsize=9, color=INK)
    plain(ax)
    ax.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def _tokens(size: int | None) -> str:
    """A capacity in three digits at most; the paper's model by its name."""
    if size is None:
        return "last\nprompt"
    for unit, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if size >= unit:
            return f"{size / unit:.3g}{letter}"
    return str(size)

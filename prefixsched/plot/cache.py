"""What scheduling is worth at each size of the cache."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log2
from typing import TYPE_CHECKING

from prefixsched.model.arguments import check_each
from prefixsched.model.errors import InputError
from prefixsched.plot.lines import look, mark, merged
from prefixsched.plot.style import (
    GREY,
    INK,
    WIDTH,
    gridded,
    legend_beside,
    literal,
    logarithmic,
    new_axes,
    time_scale,
)
from prefixsched.studies.cache_sweep import AtCapacity

if TYPE_CHECKING:
    from matplotlib.axes import Axes


HEIGHT = 3.6
LABEL = 0.6
"""Inches: what the label of a size takes."""


def plot_cache(swept: Sequence[AtCapacity], ax: Axes | None = None) -> Axes:
    """Draw the largest TTFT of policies, and the bracket of the optimum, against the cache.

    Both axes are logarithmic, so how far a policy's line is above the grey band
    is its ratio to the optimum.

    Parameters
    ----------
    swept
        What :func:`prefixsched.studies.cache_sweep.sweep_capacities` returned.
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
    check_each("swept", swept, AtCapacity, "what ps.studies.sweep_capacities returned")
    if any(run.max == 0 for point in swept for run in point.runs):
        raise InputError("cost: a largest TTFT of 0 has no ratio; give prompts that take time")
    policies = [run.policy for run in swept[0].runs]
    if ax is None:
        ax = new_axes(HEIGHT, len(policies) + 1)
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
    ax.plot(x, low, color=INK, linewidth=1, label="optimum", zorder=2.5)
    ax.plot(x, high, color=INK, linewidth=1, zorder=2.5)
    worst = [tuple(point.runs[p].max for point in swept) for p in range(len(policies))]
    curves = merged(zip(policies, worst, strict=True))
    for p, (name, curve) in enumerate(curves):
        for places, label in ((lru, name), (paper, None)):
            style = look(p, len(curves))
            ax.plot(
                [at[k] for k in places],
                [curve[k] / factor for k in places],
                label=label,
                **(style if places is lru else {**style, "linestyle": ""}),
                **mark(p, len(curves)),
            )
    ax.use_sticky_edges = False  # or the bars of the bracket would end on the axis
    ax.set_xticks(at, _labels(sizes, at))
    ax.set(xlabel="cache (tokens)", ylabel=f"largest TTFT ({unit})")
    title = literal(swept[0].instance.name)
    if any(lower != upper for lower, upper in bounds):
        title += "; grey: where the optimum is"
    ax.set_title(title, loc="left", fontsize=9, color=INK)
    logarithmic(ax, "y")
    gridded(ax)
    legend_beside(ax)
    return ax


def _labels(sizes: Sequence[int | None], at: Sequence[float]) -> list[str]:
    """What each size is called; nothing where that would run into the one before."""
    room = (max(at) - min(at)) * LABEL / WIDTH
    labels: list[str] = []
    last = -inf
    for size, place in zip(sizes, at, strict=True):
        shown = place - last >= room
        labels.append(_tokens(size) if shown else "")
        last = place if shown else last
    return labels


def _tokens(size: int | None) -> str:
    """A capacity in three digits at most; the paper's model by its name."""
    if size is None:
        return "last\nprompt"
    for unit, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if size >= unit:
            return f"{size / unit:.3g}{letter}"
    return str(size)

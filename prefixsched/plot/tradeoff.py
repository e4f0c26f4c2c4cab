"""The least percentile of TTFT for each ceiling on the largest."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan
from typing import TYPE_CHECKING

from prefixsched.model.arguments import check_type
from prefixsched.plot.lines import MARKERS, merged
from prefixsched.plot.style import (
    GREY,
    INK,
    gridded,
    legend_beside,
    literal,
    logarithmic,
    new_axes,
    shade,
    time_scale,
)
from prefixsched.studies.tradeoff import Tradeoff

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 3.6
WIDE = 8
"""Ratio of the ends of an axis beyond which it is logarithmic."""
ROOM = 1.08
"""How far the axes go beyond what is drawn, as a factor."""


@dataclass(frozen=True)
class _Band:
    """Between what the least percentile lies: from each place up to the next.

    Parameters
    ----------
    at
        Ceilings, in ticks.
    low, high
        What holds from each up to the next; the last is the end.
    """

    at: list[int]
    low: list[int]
    high: list[float]

    @classmethod
    def of(cls, tradeoff: Tradeoff, least: int, end: int) -> _Band:
        """A schedule serves looser ceilings, and a lower bound holds for tighter ones."""
        points, bare = tradeoff.points[:-1], tradeoff.points[-1]
        reached = [(p.schedule.max_ttft, p.upper) for p in tradeoff.points if p.schedule]
        reached += [(run.max, tradeoff.percentile(run)) for run in tradeoff.runs]
        proven = [(p.ceiling, p.lower) for p in points if p.ceiling and p.lower is not None]
        places = {least, end, *(x for x, _ in reached), *(x for x, _ in proven)}
        at = sorted(x for x in places if least <= x <= end)
        low = [
            max([y for x, y in proven if x >= after] + [bare.lower or 0])
            for after in [*at[1:], end + 1]
        ]
        high = [
            min([y for x, y in reached if x <= here and y is not None], default=nan) for here in at
        ]
        return cls(at, low, high)


def plot_tradeoff(tradeoff: Tradeoff, ax: Axes | None = None) -> Axes:
    """Draw the least percentile against the ceiling, and each policy as a point.

    No schedule is below the grey band, and from its upper edge on there is one: a schedule
    serves looser ceilings too, and a lower bound holds for tighter ones.

    Parameters
    ----------
    tradeoff
        What :func:`prefixsched.studies.tradeoff.sweep_ceilings` returned.
    ax
        Where to draw; a new figure's where None.

    Returns
    -------
    Axes
        The largest TTFT on the horizontal axis, the percentile on the vertical one.
    """
    check_type("tradeoff", tradeoff, Tradeoff, "what ps.studies.sweep_ceilings returned")
    policies = merged((run.policy, (run.max, tradeoff.percentile(run))) for run in tradeoff.runs)
    if ax is None:
        ax = new_axes(HEIGHT, len(policies) + 4)
    label = tradeoff.objective.label
    ceilings = [p.ceiling for p in tradeoff.points if p.ceiling is not None]
    least = tradeoff.largest.lower_bound or 0
    farthest = max([*ceilings, *(x for _, (x, _) in policies), least, 1])
    band = _Band.of(tradeoff, least, int(farthest * ROOM))
    known = [y for y in band.high if y == y]  # all but nan
    highest = max([*known, *(y for _, (_, y) in policies), 1])
    factor, unit = time_scale(tradeoff.instance, max(farthest, int(highest)))
    x = [at / factor for at in band.at]
    low, high = [y / factor for y in band.low], [y / factor for y in band.high]
    ax.fill_between(x, low, high, step="post", color=GREY, alpha=0.35, linewidth=0)
    ax.step(x, high, where="post", color=INK, linewidth=1.6, label=f"least {label} found")
    ax.step(
        x, low, where="post", color=INK, linewidth=0.8, linestyle=(0, (4, 1.5)), label="lower bound"
    )
    for point in tradeoff.points[:-1]:
        if point.schedule is not None and point.upper is not None:
            at = point.schedule.max_ttft / factor, point.upper / factor
            ax.plot(*at, "o", color=INK, markersize=3.5, zorder=3)
    bare = tradeoff.points[-1].upper
    if bare is not None:
        ax.axhline(
            bare / factor,
            color=GREY,
            linewidth=1,
            linestyle=(0, (1, 1)),
            label="found without ceiling",
        )
    for k, (name, (across, up)) in enumerate(policies):
        ax.plot(
            across / factor, up / factor, MARKERS[k % len(MARKERS)], color=shade(k), label=name,
            markersize=8 - 2 * k / len(policies), markeredgecolor="white", markeredgewidth=0.6,
            zorder=4, clip_on=False,
        )  # fmt: skip
    ax.set_xlim((least or farthest / WIDE) / factor / (1 if not least else ROOM), x[-1])
    floor = min((y for y in band.low if y > 0), default=inf)
    if farthest > WIDE * least > 0:
        logarithmic(ax, "x")
    else:
        ax.xaxis.set_major_formatter("{x:,g}")
    if highest > WIDE * floor:
        ax.set_ylim(floor / factor / ROOM, highest / factor * ROOM)
        logarithmic(ax, "y")
    else:
        ax.set_ylim(0, highest / factor * ROOM)
        ax.yaxis.set_major_formatter("{x:,g}")
    ax.set(xlabel=f"largest TTFT ({unit})", ylabel=f"{label} of TTFT ({unit})")
    title = f"{literal(tradeoff.instance.name)}, {tradeoff.instance.n:,} queries"
    ax.set_title(f"{title}; grey: where the optimum is", loc="left", fontsize=9, color=INK)
    gridded(ax)
    legend_beside(ax)
    return ax

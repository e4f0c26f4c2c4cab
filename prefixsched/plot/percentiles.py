"""TTFT percentiles over a swept parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from prefixsched.bench.row import Row
from prefixsched.bench.select import by_value, one_family, swept, unit_of
from prefixsched.model.units import coarser
from prefixsched.plot.lines import draw_lines, policies_of
from prefixsched.plot.style import INK, MOST_LABEL, gridded, legend_beside, literal, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 3.2
Percentile = Literal["p50", "p90", "p95", "p99", "max"]


def plot_percentiles(
    rows: Sequence[Row],
    parameter: str | None = None,
    percentile: Percentile = "p99",
    ax: Axes | None = None,
) -> Axes:
    """Draw a percentile of TTFT over a parameter, the median over streams.

    Parameters
    ----------
    rows
        Of a benchmark, of one family.
    parameter
        What the horizontal axis is; the one with most values where None.
    percentile
        Which of a stream's TTFTs.
    ax
        Where to draw; a new figure's where None.

    Returns
    -------
    Axes
        With one line per policy.

    Raises
    ------
    InputError
        If the rows are of several families or units, or no parameter was swept.
    """
    one_family(rows)
    parameter = swept(rows) if parameter is None else parameter
    policies = policies_of(rows)
    if ax is None:
        ax = new_axes(HEIGHT, len(policies))
    kept = [row for row in rows if row.policy in set(policies)]

    def value(row: Row) -> int:
        ticks: int = getattr(row, percentile)
        return ticks

    factor, unit = coarser(unit_of(rows), max(map(value, kept)), MOST_LABEL)
    draw_lines(ax, by_value(kept, parameter), policies, value, factor)
    what = "largest TTFT" if percentile == "max" else f"{percentile.upper()} of TTFT"
    ax.set(xlabel=literal(parameter), ylabel=f"{what} ({unit})", ylim=(0, None))
    ax.set_title("median over the streams", loc="left", fontsize=9, color=INK)
    ax.yaxis.set_major_formatter("{x:,g}")
    ax.xaxis.set_major_formatter("{x:,g}")
    gridded(ax)
    legend_beside(ax, by_height=True)
    return ax

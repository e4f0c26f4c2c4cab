"""One line for each policy over a swept parameter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from prefixsched.bench.row import OPTIMUM, Row
from prefixsched.plot.style import INK, label, shade

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P")


def median(values: Sequence[int]) -> int:
    """The nearest-rank median."""
    return sorted(values)[(len(values) + 1) // 2 - 1]


def policies_of(rows: Sequence[Row]) -> list[str]:
    """The policies of ``rows`` in the order in which they came, the optimum left out."""
    return [p for p in dict.fromkeys(row.policy for row in rows) if p != OPTIMUM]


def draw_lines(
    ax: Axes,
    groups: dict[Fraction, list[Row]],
    policies: Sequence[str],
    value: Callable[[Row], int],
    factor: int,
) -> None:
    """Draw the median of ``value`` over the streams of each group, a line for each policy."""
    for k, policy in enumerate(policies):
        points = [
            (float(x), median([value(row) for row in rows if row.policy == policy]) / factor)
            for x, rows in groups.items()
            if any(row.policy == policy for row in rows)
        ]
        ax.plot(
            *zip(*points, strict=True),
            color=INK if policy == OPTIMUM else shade(k),
            linestyle=STYLES[k % len(STYLES)],
            marker=MARKERS[k % len(MARKERS)],
            markersize=4,
            linewidth=1.5,
            label=label(policy),
        )

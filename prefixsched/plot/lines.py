"""Lines, one for each policy, that can be told apart where they meet and where there are many."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from fractions import Fraction
from textwrap import fill
from typing import TYPE_CHECKING, Any, TypeVar

from prefixsched.bench.row import OPTIMUM, Row
from prefixsched.plot.style import INK, literal, shade

if TYPE_CHECKING:
    from matplotlib.axes import Axes

K = TypeVar("K", bound=Hashable)

STYLES = (
    "-", (0, (4, 1.5)), (0, (7, 1.5, 1.5, 1.5)), (0, (1.5, 1.2)), (0, (7, 1.5, 1.5, 1.5, 1.5, 1.5)),
)  # fmt: skip
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
"""Five dashes and seven marks under six colours: only the 31st line has a colour and dashes that
were there before, and only the 211th all three."""
WIDEST, NARROWEST = 2.6, 1.4
"""Points: of the first line and the last. Later lines lie on earlier ones and are narrower, so
that one that runs below another shows at its sides and through its dashes."""
LEGEND_WIDTH = 26
"""Characters: legends wrap longer names."""


def look(k: int, n: int) -> dict[str, Any]:
    """How the k-th of ``n`` lines is drawn."""
    return {
        "color": shade(k),
        "linestyle": STYLES[k % len(STYLES)],
        "linewidth": NARROWEST + (WIDEST - NARROWEST) * (1 - k / max(n - 1, 1)),
    }


def mark(k: int, n: int) -> dict[str, Any]:
    """How the points of the k-th of ``n`` lines are marked; smaller marks lie on larger ones."""
    return {"marker": MARKERS[k % len(MARKERS)], "markersize": 3 + 3 * (1 - k / max(n - 1, 1))}


def merged(curves: Iterable[tuple[str, K]]) -> list[tuple[str, K]]:
    """Lines that are the same everywhere as one line with all of their names.

    Returns
    -------
    list
        The names, and the line.
    """
    named: dict[K, list[str]] = {}
    for name, curve in curves:
        named.setdefault(curve, []).append(name)
    return [
        (
            fill(
                ", ".join(map(literal, same)),
                LEGEND_WIDTH,
                break_on_hyphens=False,
                break_long_words=False,
            ),
            curve,
        )
        for curve, same in named.items()
    ]


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

    def curve(policy: str) -> tuple[tuple[Fraction, int], ...]:
        found = {x: [value(r) for r in rows if r.policy == policy] for x, rows in groups.items()}
        return tuple((x, median(values)) for x, values in found.items() if values)

    curves = merged((policy, curve(policy)) for policy in policies)
    for k, (name, points) in enumerate(curves):
        ax.plot(
            [float(x) for x, _ in points],
            [height / factor for _, height in points],
            label=name,
            clip_on=False,
            **look(k, len(curves)),
            **mark(k, len(curves)),
        )


def draw_optimum(ax: Axes, groups: dict[Fraction, list[Row]], factor: int) -> None:
    """Draw the median over the streams of each group of the largest TTFT that was best."""
    best = {x: [r.max for r in rows if r.policy == OPTIMUM] for x, rows in groups.items()}
    ax.plot(
        [float(x) for x, values in best.items() if values],
        [median(values) / factor for values in best.values() if values],
        color=INK, linewidth=2.2, marker="*", markersize=7, label="optimum", clip_on=False,
    )  # fmt: skip

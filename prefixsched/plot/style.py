"""Colours, units and axes that all figures share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from prefixsched.io.escape import shown
from prefixsched.model.instance import Instance
from prefixsched.model.units import coarser

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#882255")
"""Okabe and Ito's palette, which readers with any colour vision can tell apart: wine in place of
yellow, too pale for lines on white, and without..."""
ALERT = "#D55E00"
"""...vermilion, which is kept for what misses its bound, and black, for text and bounds."""
GREY = "#999999"
INK = "#333333"
GRID = "#e5e5e5"

WIDTH = 7.0
"""Inches: the text width of a two-column paper."""

MOST_NAME, MOST_LABEL_NAME = 32, 24
"""Characters of a name in a title, and as the label of a row."""

LEGEND_ROW = 0.18
"""Inches: what a line of a legend takes."""

MANY_POINTS = 2_000
"""Figures with more points than this draw them small, and as an image in SVG and PDF."""

MOST_LABEL = 2_000
"""Axes are labelled in the smallest unit in which they stay below this: 1,500 us, but 2 ms."""

FEW_DECADES, SOME_DECADES = 10, 200
"""Ratios of the ends of a logarithmic axis up to which it is labelled in equal steps, and at
1, 2 and 5 of each decade."""


def new_axes(height: float, legend: int = 0) -> Axes:
    """Axes of a figure that is on its own: pyplot does not know it, so nobody has to close it.

    The figure is ``height`` inches high, or as high as ``legend`` lines beside the axes need.
    """
    from matplotlib.figure import Figure

    size = (WIDTH, max(height, LEGEND_ROW * (legend + 1)))
    axes: Axes = Figure(figsize=size, layout="constrained").subplots()
    return axes


def plain(ax: Axes) -> None:
    """No frame but the two axes, and text that is a little smaller than matplotlib's."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(INK)
    ax.tick_params(colors=INK, labelsize=8)
    for label in (ax.xaxis.label, ax.yaxis.label):
        label.set(fontsize=9, color=INK)


def gridded(ax: Axes, axis: Literal["both", "x", "y"] = "both") -> None:
    """As :func:`plain`, with a pale grid below what is drawn."""
    ax.grid(axis=axis, color=GRID, linewidth=0.6)
    ax.set_axisbelow(True)
    plain(ax)


def legend_beside(ax: Axes, *, by_height: bool = False) -> None:
    """A legend to the right, where it covers nothing.

    ``by_height`` lists lines as they end at the right, from the top.
    """
    handles, labels = ax.get_legend_handles_labels()
    pairs = list(zip(handles, labels, strict=True))
    if by_height:
        pairs.sort(key=lambda pair: -float(pair[0].get_ydata()[-1]))  # type: ignore[attr-defined]
    ax.legend(
        [handle for handle, _ in pairs],
        [label for _, label in pairs],
        frameon=False,
        fontsize=8,
        loc="center left",
        bbox_to_anchor=(1.02, 0.5),
        handlelength=3.2,
    )


def logarithmic(ax: Axes, name: Literal["x", "y"]) -> None:
    """Make an axis logarithmic, with labels that don't run into each other.

    Call it when everything is drawn: what is labelled depends on the ends.
    """
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, NullLocator

    ax.set(**{f"{name}scale": "log"})
    axis: Axis = {"x": ax.xaxis, "y": ax.yaxis}[name]
    low, high = sorted(axis.get_view_interval())
    axis.set_minor_formatter(NullFormatter())
    if high / low <= FEW_DECADES:
        axis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
        axis.set_minor_locator(NullLocator())
    elif high / low <= SOME_DECADES:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=20))
    axis.set_major_formatter("{x:,.10g}")


def time_scale(instance: Instance, longest: int) -> tuple[int, str]:
    """By what to divide ticks for an axis up to ``longest``, and the unit that gives."""
    return coarser(instance.time_unit, longest, MOST_LABEL)


def time_text(ticks: float, factor: int, unit: str) -> str:
    """A time in the unit of the axes, to four digits or to the whole."""
    value = ticks / factor
    return f"{value:,.4g} {unit}" if value < 1000 else f"{value:,.0f} {unit}"


def literal(name: str, most: int = MOST_NAME) -> str:
    """A name from a file as matplotlib prints it: no formula, no control characters, not long."""
    text = shown(name)
    if len(text) > most:
        text = f"{text[: most - 1]}…"
    text = text.replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text  # or legends would leave it out


def label_time(ax: Axes, text: str, unit: str) -> None:
    """Label the horizontal axis, with thousands separated."""
    ax.set_xlabel(f"{text} ({unit})")
    ax.xaxis.set_major_formatter("{x:,g}")


def dots(n: int) -> dict[str, Any]:
    """How ``n`` points of a scatter are drawn."""
    many = n > MANY_POINTS
    return {
        "linestyle": "none",
        "markeredgewidth": 0,
        "markersize": 1.5 if many else 3.5,
        "rasterized": many,
    }


def shade(k: int) -> str:
    """The k-th colour; after the palette's end the same again, told apart by dashes and marks."""
    return COLOURS[k % len(COLOURS)]


def head(ax: Axes, title: str, handles: Iterable[Artist], columns: int = 7) -> None:
    """A title, and below it a legend in a row or two, above what is drawn."""
    handles = list(handles)
    rows = -(-len(handles) // columns)
    ax.set_title(title, loc="left", fontsize=9, color=INK, pad=5 + 14 * rows)
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(-0.01, 1),
        ncols=min(len(handles), columns),
        frameon=False,
        fontsize=8,
        handlelength=1.2,
        columnspacing=1.4,
        borderaxespad=0.2,
    )

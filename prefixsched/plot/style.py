"""Colours, units and axes that all figures share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prefixsched.instance import Instance
from prefixsched.shown import shown
from prefixsched.units import coarser

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#F0E442")
"""Okabe and Ito's palette, which readers with any colour vision can tell apart, without..."""
ALERT = "#D55E00"
"""...vermilion, which is kept for what misses its bound, and black, for text and bounds."""
GREY = "#999999"
INK = "#333333"

WIDTH = 7.0
"""Inches: the text width of a two-column paper."""

MANY_POINTS = 2_000
"""Figures with more points than this draw them small, and as an image in SVG and PDF."""

MOST_NAME = 60
"""Characters of a name in a figure: a title's line at its size."""

MOST_LABEL = 20_000
"""Axes are labelled in the smallest unit in which they stay below this."""


def new_axes(height: float) -> Axes:
    """Axes of a figure that is on its own: pyplot does not know it, so nobody has to close it."""
    from matplotlib.figure import Figure

    axes: Axes = Figure(figsize=(WIDTH, height), layout="constrained").subplots()
    return axes


def label(name: str) -> str:
    """A name from a file as a label: on one line, not too long, and no mathematics."""
    text = shown(name)
    if len(text) > MOST_NAME:
        text = f"{text[: MOST_NAME - 1]}…"
    text = text.replace("$", r"\$")  # matplotlib sets what is between two of them as a formula
    return f" {text}" if text.startswith("_") else text  # and leaves these out of legends


def plain(ax: Axes) -> None:
    """No frame but the two axes, and text that is a little smaller than matplotlib's."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(INK)
    ax.tick_params(colors=INK, labelsize=8)
    for label in (ax.xaxis.label, ax.yaxis.label):
        label.set(fontsize=9, color=INK)


def time_scale(instance: Instance, longest: int) -> tuple[int, str]:
    """By what to divide ticks for an axis up to ``longest``, and the unit that gives."""
    return coarser(instance.time_unit, longest, MOST_LABEL)


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


def shade(k: int) -> tuple[float, float, float]:
    """The k-th colour; after the palette's end the same hues again, darker each time."""
    from matplotlib.colors import to_rgb

    turn, hue = divmod(k, len(COLOURS))
    light = 0.6**turn
    red, green, blue = to_rgb(COLOURS[hue])
    return red * light, green * light, blue * light

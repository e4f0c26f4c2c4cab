"""How far measured prefill times are from a fitted cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefixsched.calibrate.fit import Fit
from prefixsched.model.arguments import check_type
from prefixsched.plot.bands import BAND_WORDS, draw_band
from prefixsched.plot.style import (
    COLOURS,
    INK,
    MANY_POINTS,
    dots,
    gridded,
    head,
    literal,
    logarithmic,
    new_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


HEIGHT = 3.0
DASHED = (0, (4, 1.5))
LEAST_HEIGHT = 0.6
"""The vertical axis spans at least this share, so that small noise looks small."""


def plot_residuals(fit: Fit, ax: Axes | None = None) -> Axes:
    """Draw each request's relative residual over the tokens that it had to compute.

    Parameters
    ----------
    fit
        The cost, and what it was fitted to.
    ax
        Where to draw; a new figure's where None.

    Returns
    -------
    Axes
        Points above the line took longer than the fit says. A band or bend that
        leaves the line is something that the model doesn't have.
    """
    from matplotlib.ticker import PercentFormatter

    check_type("fit", fit, Fit, "what ps.calibrate returned")
    data = fit.data
    if ax is None:
        ax = new_axes(HEIGHT)
    new = data.prompt - data.cached
    residual = (data.microseconds - fit.fitted) / fit.fitted
    many = len(data) > MANY_POINTS
    widest = LEAST_HEIGHT / 2
    for cached, colour, marker, style, label in (
        (False, COLOURS[0], "o", "-", "nothing cached"),
        (True, COLOURS[1], "^", DASHED, "a prefix cached"),
    ):
        rows = (data.cached > 0) == cached
        if not rows.any():
            continue
        if many:
            high = draw_band(ax, new[rows], residual[rows], colour=colour, style=style, label=label)
        else:
            ax.plot(
                new[rows], residual[rows], marker=marker, color=colour, label=label, alpha=0.7,
                **dots(len(data)),
            )  # fmt: skip
            high = float(abs(residual[rows]).max())
        widest = max(widest, 1.1 * high)
    ax.axhline(0, color=INK, linewidth=1)
    ax.set(
        ylim=(-widest, widest),
        xlabel="prompt tokens to compute",
        ylabel="measured less fitted, over fitted",
    )
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    title = f"{literal(data.source)}: R² {fit.r2:.3f}, typical error {fit.spread:.1%}"
    if many:
        title += f"; {BAND_WORDS}"
    logarithmic(ax, "x")
    gridded(ax)
    head(ax, title, ax.get_legend_handles_labels()[0])
    return ax

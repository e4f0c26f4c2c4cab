"""How far measured prefill times are from a fitted cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefixsched.plot.style import COLOURS, INK, dots, label, new_axes, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from prefixsched.calibrate.fit import Fit
    from prefixsched.calibrate.measurements import Measurements

HEIGHT = 3.0
LEAST_HEIGHT = 0.6
"""The vertical axis spans at least this share, so that small noise looks small."""


def plot_residuals(data: Measurements, fit: Fit, ax: Axes | None = None) -> Axes:
    """Draw each request's relative residual over the tokens that it had to compute.

    Parameters
    ----------
    data
        The measured times.
    fit
        The cost fitted to them.
    ax
        Where to draw; a new figure's where None.

    Returns
    -------
    Axes
        Points above the line took longer than the fit says. A band or bend that
        leaves the line is something that the model doesn't have.
    """
    from matplotlib.ticker import PercentFormatter, StrMethodFormatter

    if ax is None:
        ax = new_axes(HEIGHT)
    new = data.prompt - data.cached
    residual = (data.microseconds - fit.fitted) / fit.fitted
    for cached, colour, marker, key in (
        (False, COLOURS[0], "o", "nothing cached"),
        (True, COLOURS[1], "^", "a prefix cached"),
    ):
        rows = (data.cached > 0) == cached
        if rows.any():
            ax.plot(
                new[rows], residual[rows], marker=marker, color=colour, label=key, alpha=0.7,
                **dots(len(data)),
            )  # fmt: skip
    ax.axhline(0, color=INK, linewidth=1)
    widest = max(LEAST_HEIGHT / 2, 1.1 * float(abs(residual).max()))
    ax.set(
        xscale="log",
        ylim=(-widest, widest),
        xlabel="prompt tokens to compute",
        ylabel="measured less fitted, over fitted",
    )
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.set_title(
        f"{label(data.source)}: R² {fit.r2:.3f}, typical error {fit.spread:.1%}",
        loc="left", fontsize=9, color=INK,
    )  # fmt: skip
    ax.grid(color="#e5e5e5", linewidth=0.6)
    ax.set_axisbelow(True)
    plain(ax)
    ax.legend(frameon=False, fontsize=8, loc="best")
    return ax

"""Many points of a scatter as a median and a band around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    Numbers = npt.NDArray[np.floating[Any]] | npt.NDArray[np.integer[Any]]

BINS = 100
"""Stretches of the horizontal axis, each with as many points as the others."""
BAND = (10, 90)
"""Percentiles between which the band lies."""
BAND_WORDS = f"lines: medians, bands: P{BAND[0]} to P{BAND[1]}"


def draw_band(ax: Axes, x: Numbers, y: Numbers, *, colour: str, style: Any, label: str) -> float:
    """Draw how ``y`` is distributed over ``x``: medians, and the band of :data:`BAND`.

    Returns
    -------
    float
        How far from 0 the band goes.
    """
    order = np.argsort(x, kind="stable")
    parts = np.array_split(order, min(BINS, len(order)))
    at = [float(np.median(x[part])) for part in parts]
    low, middle, high = np.transpose(
        [np.percentile(y[part], (BAND[0], 50, BAND[1])) for part in parts]
    )
    ax.fill_between(at, low, high, color=colour, alpha=0.3, linewidth=0)
    ax.plot(at, middle, color=colour, linestyle=style, linewidth=1.6, label=label)
    return float(max(high.max(), -low.min()))

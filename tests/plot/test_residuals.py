"""Tests of the residual plot by what is on its axes."""

import numpy as np
from legible import assert_legible

from prefixsched.calibrate.fit import fit_cost
from prefixsched.calibrate.measurements import Measurements
from prefixsched.plot.residuals import plot_residuals

PROMPT = np.arange(100, 10_100, 100)
CACHED = PROMPT // 3 * (np.arange(100) % 2)
DATA = Measurements(
    "log.csv", PROMPT, CACHED, 30.0 * (PROMPT - CACHED) + 1e-3 * (PROMPT**2 - CACHED**2)
)


def test_every_request_is_a_point():
    """Those with and without a cached prefix are told apart, and the axes are labelled."""
    axes = plot_residuals(fit_cost(DATA))
    bare, cached, zero = axes.lines
    assert (len(bare.get_xdata()), len(cached.get_xdata())) == (50, 50)
    assert sorted([*bare.get_xdata(), *cached.get_xdata()]) == sorted(PROMPT - CACHED)
    assert list(zero.get_ydata()) == [0, 0]
    assert axes.get_xlabel() == "prompt tokens to compute"
    assert "log.csv" in axes.get_title(loc="left")
    assert_legible(axes)


def test_thousands_are_bands():
    """Neither kind of request hides the other."""
    rng = np.random.default_rng(0)
    prompt = rng.integers(100, 30_000, 5000)
    cached = prompt // 2 * (np.arange(5000) % 2)
    time = (30.0 * (prompt - cached) + 1e-3 * (prompt**2 - cached**2)) * rng.uniform(0.9, 1.1, 5000)
    data = Measurements("log.csv", prompt, cached, time)
    axes = plot_residuals(fit_cost(data))
    assert [len(line.get_xdata()) for line in axes.lines] == [100, 100, 2]
    assert len(axes.collections) == 2
    assert "bands: P10 to P90" in axes.get_title(loc="left")
    assert_legible(axes)


def test_given_axes_are_drawn_on():
    """A figure of one's own takes the points."""
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    assert plot_residuals(fit_cost(DATA), ax=axes) is axes

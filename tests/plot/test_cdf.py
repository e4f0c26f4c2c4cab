"""Tests of the TTFT distribution."""

from decimal import Decimal

import numpy as np
import pytest
from legible import assert_legible

import prefixsched as ps
from prefixsched.generate.rasq import rasq
from prefixsched.plot.cdf import plot_cdf

INSTANCE = rasq(users=5, per_user=4, load=Decimal("1.2"), seed=0)


def test_a_curve_for_each_policy_and_a_line_for_the_bound():
    """Curves are named, end at 100 % and carry the unit of time."""
    runs = [ps.simulate(INSTANCE, policy) for policy in ("fcfs", "lpm")]
    axes = plot_cdf(runs, bound=32_000)
    plain = plot_cdf(runs)
    assert len(axes.lines) == len(plain.lines) + 1
    assert_legible(axes)
    assert "ms" in axes.get_xlabel() or "us" in axes.get_xlabel()
    said = " ".join(text.get_text() for text in axes.texts) + " ".join(
        label.get_text() for legend in [axes.get_legend()] if legend for label in legend.get_texts()
    )
    assert "fcfs" in said
    assert "lpm" in said


def test_a_comparison_brings_its_bound():
    """Its certified optimum is marked unless another bound is given; no runs are no figure."""
    held = ps.compare(INSTANCE, ["fcfs", "lpm"])
    assert len(plot_cdf(held).lines) == len(plot_cdf(held.runs).lines) + 1
    assert plot_cdf(held).lines[-1].get_xdata()[0] == held.result.ttft / 1000
    assert len(plot_cdf(held.runs[0]).lines) == 2
    with pytest.raises(ps.InputError, match="none to draw"):
        plot_cdf([])


def test_the_slo_and_who_keeps_it():
    """A line in the unit of the axis, and each policy's share within it, rounded down."""
    runs = [ps.simulate(INSTANCE, policy) for policy in ("fcfs", "lpm")]
    axes = plot_cdf(runs, ttft=runs[1].max)
    said = [text.get_text() for text in axes.get_legend().get_texts()]
    share = 1000 * int((runs[0].ttft <= runs[1].max).sum()) // INSTANCE.n / 10
    assert said[:2] == [f"fcfs: {share:g}% within", "lpm: 100% within"]
    assert said[2] == f"SLO, {runs[1].max / 1000:g} ms"
    assert axes.lines[-1].get_xdata()[0] == runs[1].max / 1000
    one_late = plot_cdf(runs, ttft=runs[1].max - 1)
    assert "100%" not in one_late.get_legend().get_texts()[1].get_text()


@pytest.mark.parametrize("n", [20, 4000])
def test_the_tail_shows_percentiles(n):
    """A curve falls to 1 % just after P99, and ends at 1/n on the largest."""
    instance = rasq(users=n // 4, per_user=4, load=Decimal("1.2"), seed=0)
    runs = [ps.simulate(instance, policy) for policy in ("fcfs", "lpm")]
    axes = plot_cdf(runs, tail=True)
    assert axes.get_yscale() == "log"
    for curve, run in zip(axes.lines[::2], runs, strict=True):
        x, share = curve.get_xdata(), curve.get_ydata()
        unit = run.max / x[-1]
        assert share[-1] == 1 / n
        at_least = [(run.ttft >= round(value * unit)).mean() for value in x[-50:]]
        assert np.all(share[-50:] <= np.array(at_least) + 1e-12)
        assert x[np.flatnonzero(share > 0.01)[-1]] * unit <= run.p99 + 1e-6
    assert_legible(axes)


def test_given_axes_are_drawn_on():
    """A figure of one's own takes the curves."""
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    assert plot_cdf([ps.simulate(INSTANCE, "fcfs")], ax=axes) is axes

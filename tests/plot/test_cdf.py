"""Tests of the TTFT distribution."""

from decimal import Decimal

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
    assert "ms" in axes.get_xlabel() or "us" in axes.get_xlabel()
    said = " ".join(text.get_text() for text in axes.texts) + " ".join(
        label.get_text() for legend in [axes.get_legend()] if legend for label in legend.get_texts()
    )
    assert "fcfs" in said
    assert "lpm" in said


def test_given_axes_are_drawn_on():
    """A figure of one's own takes the curves."""
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    assert plot_cdf([ps.simulate(INSTANCE, "fcfs")], ax=axes) is axes

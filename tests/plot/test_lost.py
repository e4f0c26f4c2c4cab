"""Tests of the figure of lost TTFT by what is on its axes."""

from decimal import Decimal

import numpy as np
from legible import assert_legible

import prefixsched as ps
from prefixsched.generate.rasq import rasq
from prefixsched.plot.lost import plot_lost
from prefixsched.studies.score import score
from prefixsched.studies.serving_log import ServingLog

INSTANCE = rasq(users=3, per_user=3, load=Decimal("1.2"), seed=1)


def held(policy):
    """The score of what a policy does."""
    run = ps.simulate(INSTANCE, policy)
    return score(ServingLog(INSTANCE, run.completion, run.order))


def labels(axes):
    """What the legend says."""
    return " ".join(text.get_text() for text in axes.get_legend().get_texts())


def test_logged_and_best_over_arrivals():
    """Each query is a point of the log and one of the best; the stretch that lost is shaded."""
    one = held("fcfs")
    axes = plot_lost(one)
    best, logged, bound = axes.lines
    assert len(logged.get_xdata()) == len(best.get_xdata()) == INSTANCE.n
    assert max(best.get_ydata()) == bound.get_ydata()[0]
    assert f"most lost, {one.stretch.queries} queries" in labels(axes)
    assert axes.get_xlabel()[-4:] == axes.get_ylabel()[-4:] == "(ms)"
    assert_legible(axes)


def test_thousands_are_bands():
    """The best schedule and the log are a line and a band each, whatever lies on top."""
    instance = rasq(users=600, per_user=4, load=Decimal("0.9"), seed=1)
    run = ps.simulate(instance, "lpm")
    held = score(ServingLog(instance, run.completion, run.order), time_limit=0)
    axes = plot_lost(held)
    best, logged = axes.lines[:2]
    assert len(logged.get_xdata()) == len(best.get_xdata()) == 100
    assert best.get_linestyle() != logged.get_linestyle()
    assert "bands: P10 to P90" in axes.get_title(loc="left")
    scale = 1000 if "(ms)" in axes.get_ylabel() else 1_000_000
    band = axes.collections[1].get_paths()[0].vertices[:, 1]
    assert band.max() <= run.max / scale
    assert_legible(axes)


def test_nothing_is_shaded_where_nothing_was_lost():
    """A log of the best order has no such stretch; given axes are drawn on."""
    from matplotlib.figure import Figure

    best = ps.solve(INSTANCE).schedule
    log = ServingLog(INSTANCE, np.array(best.completion), np.array(best.order))
    axes = Figure().add_subplot()
    assert plot_lost(score(log), ax=axes) is axes
    assert "most lost" not in labels(axes)

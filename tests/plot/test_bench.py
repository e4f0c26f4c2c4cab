"""Tests of the figures of benchmarks."""

from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import pytest
from bench_suites import TINY
from legible import assert_legible

import prefixsched as ps
from prefixsched.bench.row import OPTIMUM
from prefixsched.bench.select import by_value, of_family, swept
from prefixsched.bench.suite import parse_suite
from prefixsched.bench.summary import ratios
from prefixsched.bench.work import run_task
from prefixsched.generate.rasq import rasq
from prefixsched.model.errors import InputError
from prefixsched.plot.anytime import plot_anytime
from prefixsched.plot.percentiles import plot_percentiles
from prefixsched.plot.phase import plot_phase
from prefixsched.plot.ratios import plot_ratios
from prefixsched.plot.reuse import plot_reuse


@pytest.fixture(scope="module")
def rows():
    """The rows of a suite of streams on which two of three policies do the same."""
    text = TINY.replace('"lpm"]', '"lpm", "k-lpm:99"]').replace("users = 2", "users = 4")
    suite = parse_suite(text.replace("per-user = 2", "per-user = 3"), "tiny", Path(), {})
    return [row for task in suite.tasks for row in run_task(task)]


def labels(axes):
    """The names in the legend."""
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_the_phase_diagram(rows):
    """A line per policy through the medians, the optimum's last, and a shading below it."""
    axes = plot_phase(rows)
    assert labels(axes) == ["fcfs", "lpm, k-lpm:99", "optimum"]
    assert axes.get_xlabel() == "load"
    assert axes.get_ylabel() == "T (ms)"
    assert_legible(axes)
    best = axes.lines[-1]
    assert best.get_xdata().tolist() == [0.8, 1.2]
    for load, height in zip(("0.8", "1.2"), best.get_ydata(), strict=True):
        optima = [r.max for r in rows if r.policy == OPTIMUM and r.parameters["load"] == load]
        assert height == sorted(optima)[(len(optima) + 1) // 2 - 1] / 1000
    (mesh,) = axes.collections
    share = mesh.get_array()
    assert share.shape == (400, 2)
    assert (np.diff(share, axis=0) <= 0).all()  # a larger T is possible on no fewer streams
    assert share[0].tolist() == [1, 1]
    assert share[-1].tolist() == [0, 0]


def test_ratios_have_a_dot_for_each_stream(rows):
    """A row per policy, the better median first; certified streams are dots at 1 and past it."""
    axes = plot_ratios(rows)
    order = [each.policy for each in ratios(rows)]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == order
    dots = [line for line in axes.lines if line.get_marker() == "."]
    assert [len(line.get_xdata()) for line in dots] == [4, 4, 4]
    assert all((line.get_xdata() >= 1).all() for line in dots)
    assert "4 streams, 4 with a certified optimum" in axes.get_title(loc="left")
    assert labels(axes) == ["a stream", "median"]
    assert_legible(axes)


def test_ratios_explain_what_is_bracketed(rows):
    """Streams without a certified optimum are lines, and the legend says so."""
    open_rows = [msgspec.structs.replace(row, lower_bound=row.lower_bound // 2) for row in rows]
    axes = plot_ratios(open_rows)
    assert labels(axes) == ["a stream, between the bounds", "median", "its upper bound"]
    uppers = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "D"]
    assert uppers == [float(each.median_high) for each in ratios(open_rows)]
    assert_legible(axes)


def test_percentiles_over_the_swept_parameter(rows):
    """One line per policy, over the parameter that takes several values."""
    axes = plot_percentiles(rows, percentile="p95")
    assert labels(axes) == ["fcfs", "lpm, k-lpm:99"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("load", "P95 of TTFT (ms)")
    assert_legible(axes)


def test_reuse_against_wait(rows):
    """A mark per policy; the optimum's is at a ratio of 1."""
    axes = plot_reuse(rows)
    assert labels(axes) == ["fcfs", "lpm, k-lpm:99", "optimum"]
    assert_legible(axes)
    marks = [line for line in axes.lines if line.get_label() == OPTIMUM]
    assert [line.get_ydata().tolist() for line in marks] == [[1.0]]


def test_the_bracket_over_time():
    """Bounds close in steps, the lower never above the upper, on the answer."""
    told = []
    instance = rasq(users=4, per_user=4, load=Decimal("1.2"), seed=0)
    result = ps.solve(instance, on_progress=told.append)
    axes = plot_anytime(result, told)
    upper, lower = (line.get_ydata() for line in axes.lines[:2])
    assert len(upper) == len(lower) == len(told) + 1
    assert all(low <= high for low, high in zip(lower, upper, strict=True))
    assert upper[-1] == lower[-1]
    assert labels(axes) == ["best schedule", "proven lower bound"]
    assert f"the optimum is {upper[-1]:g} ms" in axes.get_title(loc="left")
    assert axes.get_ylabel() == "largest TTFT (ms)"
    assert_legible(axes)


@pytest.mark.parametrize(
    "plot", [plot_phase, plot_ratios, plot_percentiles, plot_reuse], ids=lambda f: f.__name__
)
def test_given_axes_are_drawn_on(plot, rows):
    """A figure of one's own takes the chart."""
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    assert plot(rows, ax=axes) is axes


def test_seventeen_policies_are_told_apart(rows):
    """No two lines look the same, and their legend fits beside them."""
    many = [
        msgspec.structs.replace(row, policy=f"{row.policy}-{k}", max=row.max + k)
        for row in rows
        for k in range(9)
        if row.policy in ("fcfs", "lpm")
    ] + [row for row in rows if row.policy == OPTIMUM]
    for axes in (plot_phase(many), plot_percentiles(many, percentile="max"), plot_reuse(many)):
        assert_legible(axes)
    lines = plot_percentiles(many, percentile="max").lines
    assert len({(line.get_color(), str(line._dash_pattern)) for line in lines}) == 18


def test_what_cannot_be_drawn_is_told(rows):
    """Unknown families and parameters name the nearest; a single value is no sweep."""
    with pytest.raises(InputError, match="family: there is no 'rask'; did you mean rasq?"):
        of_family(rows, "rask")
    with pytest.raises(InputError, match="rasq has no 'lood'; did you mean load?"):
        by_value(rows, "lood")
    one = [row for row in rows if row.parameters["load"] == "0.8"]
    with pytest.raises(InputError, match="parameter: none takes several values"):
        swept(one)
    with pytest.raises(InputError, match="load has a single value"):
        plot_phase(one, "load")
    other = msgspec.structs.replace(rows[0], family="other")
    for plot in (plot_phase, plot_percentiles):
        with pytest.raises(InputError, match="family: there are rasq, other; give one of them"):
            plot([*rows, other], "load")
    with pytest.raises(InputError, match="no stream has a ratio yet"):
        plot_ratios([])

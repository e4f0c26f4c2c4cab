"""Tests of the Gantt chart by what is on its axes."""

from decimal import Decimal

import matplotlib as mpl
import numpy as np
import pytest
from legible import assert_legible
from strategies import stream

import prefixsched as ps
from prefixsched.generate.rasq import rasq
from prefixsched.model.errors import InputError
from prefixsched.plot.gantt import plot_gantt
from prefixsched.plot.save import save_figure

PAIR = stream((0, "aab"), (1, "ccc"), (2, "aad"), allowance=np.array([9, -1, 9]))


def test_axes_are_labelled_with_units():
    """Time has its unit, and the title names the instance and the largest TTFT."""
    axes = plot_gantt(PAIR, ps.evaluate(PAIR, [0, 2, 1]))
    assert axes.get_xlabel() == "time (tick)"
    assert "stream" in axes.figure.axes[0].get_title(loc="left") + "".join(
        text.get_text() for text in axes.figure.texts + axes.texts
    )


def test_given_axes_are_drawn_on():
    """A figure of one's own takes the chart."""
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    assert plot_gantt(PAIR, ps.evaluate(PAIR, [0, 1, 2]), ttft=9, ax=axes) is axes
    assert axes.collections or axes.patches


def test_results_and_simulations_are_drawn_as_they_are():
    """They hold an instance and a schedule; an instance alone doesn't, and one with two is odd."""
    run = ps.simulate(PAIR, "fcfs")
    drawn = [plot_gantt(run), plot_gantt(PAIR, ps.evaluate(PAIR, run.order))]
    assert len({axes.get_title(loc="left") for axes in drawn}) == 1
    assert bars(plot_gantt(ps.solve(PAIR))) == 3
    with pytest.raises(InputError, match="schedule: missing"):
        plot_gantt(PAIR)
    with pytest.raises(InputError, match="leave it out"):
        plot_gantt(run, ps.evaluate(PAIR, run.order))
    with pytest.raises(InputError, match="there is no schedule"):
        plot_gantt(ps.solve(PAIR, ttft=0))


def bars(axes):
    """How many prefills are drawn."""
    return len(axes.collections[0].get_paths())


def test_a_long_schedule_is_drawn_around_its_worst_query():
    """Each query has a row there, and the title says which part it is."""
    instance = rasq(users=250, per_user=4, load=Decimal("0.9"), seed=0)
    schedule = ps.evaluate(instance, ps.simulate(instance, "lpm").order.tolist())
    axes = plot_gantt(instance, schedule)
    worst = instance.ids[schedule.ttft.index(schedule.max_ttft)]
    assert bars(axes) == 32
    assert f"of {worst}; 32 of 1,000 prefills around it" in axes.get_title(loc="left")
    assert worst in [label.get_text() for label in axes.get_yticklabels()]
    assert_legible(axes)
    begin, end = 300_000, 400_000
    axes = plot_gantt(instance, schedule, window=(begin, end))
    inside = [schedule.completion[j] > begin and schedule.start[j] < end for j in range(1000)]
    assert bars(axes) == sum(inside)
    low, high = axes.get_xlim()
    assert low < begin / 1000 < end / 1000 < high
    assert_legible(axes)


def test_a_window_of_a_short_schedule():
    """One end is enough; where nothing is served, the line says where something is."""
    schedule = ps.evaluate(PAIR, [0, 1, 2])
    assert bars(plot_gantt(PAIR, schedule)) == 3
    assert bars(plot_gantt(PAIR, schedule, window=(None, 3))) == 1
    assert bars(plot_gantt(PAIR, schedule, window=(3, None))) == 2
    end = schedule.makespan
    with pytest.raises(InputError, match=f"from 90 to {end}; the schedule goes from 0 to {end}"):
        plot_gantt(PAIR, schedule, window=(90, None))


def test_deadlines_far_away_leave_room_for_the_schedule():
    """A generous TTFT doesn't squeeze the bars."""
    schedule = ps.evaluate(PAIR, [0, 1, 2])
    assert plot_gantt(PAIR, schedule, ttft=10**6).get_xlim()[1] < 2 * schedule.makespan


@pytest.mark.parametrize("users", [1, 10, 75])
def test_any_size_is_drawn(users, tmp_path):
    """From a few queries to hundreds, as PNG, SVG and PDF."""
    instance = rasq(users=users, per_user=4, load=Decimal("0.9"), seed=0)
    axes = plot_gantt(instance, ps.evaluate(instance, list(range(instance.n))))
    assert_legible(axes)
    for suffix in ("png", "svg", "pdf"):
        path = tmp_path / f"g.{suffix}"
        save_figure(axes.figure, path)
        assert path.stat().st_size > 1000


def test_no_global_state_is_left():
    """Drawing opens no window and leaves pyplot alone."""
    before = dict(mpl.rcParams)
    plot_gantt(PAIR, ps.evaluate(PAIR, [0, 1, 2]))
    assert dict(mpl.rcParams) == before


def test_other_suffixes_are_refused(tmp_path):
    """The formats that can be written are named, and nothing is."""
    axes = plot_gantt(PAIR, ps.evaluate(PAIR, [0, 1, 2]))
    with pytest.raises(InputError, match="png"):
        save_figure(axes.figure, tmp_path / "g.bmp")
    assert list(tmp_path.iterdir()) == []

"""Tests of figures with names that somebody else chose."""

import warnings

import pytest
from legible import assert_legible
from strategies import stream

import prefixsched as ps
from prefixsched.plot.anytime import plot_anytime
from prefixsched.plot.cache import plot_cache
from prefixsched.plot.cdf import plot_cdf
from prefixsched.plot.gantt import plot_gantt
from prefixsched.plot.save import save_figure
from prefixsched.plot.style import literal
from prefixsched.plot.tradeoff import plot_tradeoff
from prefixsched.studies.cache_sweep import sweep_capacities
from prefixsched.studies.tradeoff import sweep_ceilings

NAMES = ["$\\frac{$", "$x$", "a\x1b]0;title\x07\nb", "n" * 5000, "漢字", "_x"]


def test_names_are_printed_as_they_are():
    """No formulas, no control characters, nothing that fills the figure."""
    assert [literal(name, 12) for name in NAMES] == [
        "\\$\\frac{\\$", "\\$x\\$", "a\\x1b]0;tit…", "nnnnnnnnnnn…", "漢字", " _x",
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_takes_any_name(name, tmp_path):
    """Instances, queries, prefixes and policies."""
    from dataclasses import replace

    pair = stream((0, "aab"), (1, "ccc"), (2, "aad"))
    odd = replace(pair, name=name, ids=[name, f"{name}2", "c"])
    run = ps.simulate(odd, "fcfs")
    schedule = ps.evaluate(odd, run.order.tolist())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for axes in (
            plot_gantt(odd, schedule),
            plot_cdf([replace(run, policy=name), run]),
            plot_anytime(ps.solve(odd), []),
            plot_cache(sweep_capacities(odd, ("fcfs",), (1,))),
            plot_tradeoff(sweep_ceilings(odd, ("fcfs",), "p50", 2)),
        ):
            save_figure(axes.figure, tmp_path / "x.png")
    warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
    assert_legible(plot_gantt(odd, schedule))

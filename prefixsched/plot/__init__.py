"""Figures, each drawn into the axes ``ax`` that it is given, or into a figure of its own.

In a notebook ``prefixsched.plot.gantt(result).figure`` shows one.
"""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.plot.anytime import plot_anytime as anytime
    from prefixsched.plot.cache import plot_cache as cache
    from prefixsched.plot.cdf import plot_cdf as cdf
    from prefixsched.plot.gantt import plot_gantt as gantt
    from prefixsched.plot.lost import plot_lost as lost
    from prefixsched.plot.percentiles import plot_percentiles as percentiles
    from prefixsched.plot.phase import plot_phase as phase
    from prefixsched.plot.ratios import plot_ratios as ratios
    from prefixsched.plot.residuals import plot_residuals as residuals
    from prefixsched.plot.reuse import plot_reuse as reuse
    from prefixsched.plot.save import save_figure
    from prefixsched.plot.style import ALERT, COLOURS, GREY, INK, plain
    from prefixsched.plot.tradeoff import plot_tradeoff as tradeoff
    from prefixsched.plot.worst import plot_worst as worst

__all__ = [
    "ALERT",
    "COLOURS",
    "GREY",
    "INK",
    "anytime",
    "cache",
    "cdf",
    "gantt",
    "lost",
    "percentiles",
    "phase",
    "plain",
    "ratios",
    "residuals",
    "reuse",
    "save_figure",
    "tradeoff",
    "worst",
]

reexport(
    __name__,
    ALERT="style",
    COLOURS="style",
    GREY="style",
    INK="style",
    anytime="anytime:plot_anytime",
    cache="cache:plot_cache",
    cdf="cdf:plot_cdf",
    gantt="gantt:plot_gantt",
    lost="lost:plot_lost",
    percentiles="percentiles:plot_percentiles",
    phase="phase:plot_phase",
    plain="style",
    ratios="ratios:plot_ratios",
    residuals="residuals:plot_residuals",
    reuse="reuse:plot_reuse",
    save_figure="save",
    tradeoff="tradeoff:plot_tradeoff",
    worst="worst:plot_worst",
)

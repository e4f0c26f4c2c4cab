"""Studies: what the command line reports of policies, logs and caches."""

from __future__ import annotations

from prefixsched.lazy import reexport

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.studies.adversary import Champion
    from prefixsched.studies.adversary import search as search_adversary
    from prefixsched.studies.cache_sweep import AtCapacity, sweep_capacities
    from prefixsched.studies.compare import Comparison, compare
    from prefixsched.studies.score import Score, score
    from prefixsched.studies.serving_log import ServingLog, read_serving_log
    from prefixsched.studies.summary import Summary, summarise
    from prefixsched.studies.tradeoff import AtCeiling, Tradeoff, sweep_ceilings
    from prefixsched.studies.tune import Tuning, tune

__all__ = [
    "AtCapacity",
    "AtCeiling",
    "Champion",
    "Comparison",
    "Score",
    "ServingLog",
    "Summary",
    "Tradeoff",
    "Tuning",
    "compare",
    "read_serving_log",
    "score",
    "search_adversary",
    "summarise",
    "sweep_capacities",
    "sweep_ceilings",
    "tune",
]

reexport(
    __name__,
    AtCapacity="cache_sweep",
    AtCeiling="tradeoff",
    Champion="adversary",
    Comparison="compare",
    Score="score",
    ServingLog="serving_log",
    Summary="summary",
    Tradeoff="tradeoff",
    Tuning="tune",
    compare="compare",
    read_serving_log="serving_log",
    score="score",
    search_adversary="adversary:search",
    summarise="summary",
    sweep_capacities="cache_sweep",
    sweep_ceilings="tradeoff",
    tune="tune",
)

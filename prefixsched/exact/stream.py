"""Long streams: a lower bound from the stretch that made the best schedule's worst query wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from prefixsched.cost import Potential
from prefixsched.exact.backend import Run
from prefixsched.exact.dp.decision import EFFORTS, Decider
from prefixsched.exact.part import anticipating
from prefixsched.exact.problem import Problem
from prefixsched.heuristics.costs import costs_of
from prefixsched.heuristics.stretch import Line
from prefixsched.instance import Cache, Instance
from prefixsched.prompts import IntArray

MOST = 300
"""Queries of a stretch: those just before the worst, where more waited."""
SHARE = 1_000
"""The bisection ends within this share of the upper bound."""


@dataclass(frozen=True, eq=False)
class StretchBound:
    """A proven lower bound in ticks, and the queries whose part proves it."""

    ticks: int
    queries: IntArray


def stretch_bound(
    instance: Instance, order: Sequence[int], lower: int, run: Run
) -> StretchBound | None:
    """Refute what the queries can't meet that were served between idling and the worst.

    They are a part of the stream as in :mod:`prefixsched.exact.part`, so that
    what they can't meet alone refutes the whole. For a potential cost and the
    cache ``last``.

    Parameters
    ----------
    instance
        The stream, of any length.
    order
        A good schedule.
    lower
        What is proven already, in ticks.
    run
        Limits.

    Returns
    -------
    StretchBound or None
        None where nothing above ``lower`` was proven.
    """
    if not isinstance(instance.cost, Potential) or instance.cache is not Cache.LAST:
        return None
    costs = costs_of(instance)
    line = Line(costs, np.array(order, dtype=np.int64))
    critical = line.critical
    begin = max(line.idle_before(critical), critical + 1 - MOST)
    queries = np.sort(line.order[begin : critical + 1])
    queries = queries[np.argsort(instance.arrival[queries], kind="stable")]
    part, arrival = _part(instance, queries, costs.least()[queries])
    decider = Decider(part, replace(run, threads=1), None)
    proven, unclear = lower, line.worst
    for effort in EFFORTS[1:3]:
        unclear = line.worst
        while unclear - proven > max(1, line.worst // SHARE) and not decider.exhausted:
            middle = (proven + unclear) // 2
            if decider.decide((arrival + middle - part.origin) // part.tick, effort).refuted:
                proven = middle + 1
            else:
                unclear = middle
    return StretchBound(proven, queries) if proven > lower else None


def _part(instance: Instance, queries: IntArray, least: IntArray) -> tuple[Problem, IntArray]:
    """The part of ``queries``, and their arrivals in ticks.

    Its deadlines are those arrivals: for the order of twins, which every largest
    TTFT leaves as it is.
    """
    problem = Problem.of(instance.select(queries))
    setup = problem.setup * problem.tick
    earliest = instance.arrival[queries] + least
    origin = int(earliest.min())
    tick = int(np.gcd.reduce(np.append(setup.ravel(), earliest - origin))) or 1
    problem = replace(problem, tick=tick, origin=origin)
    arrival = instance.arrival[queries]
    part = anticipating(problem, (earliest - origin) // tick, setup // tick, arrival)
    by_release = np.argsort(part.release, kind="stable")
    return part.permuted(by_release), arrival[by_release]

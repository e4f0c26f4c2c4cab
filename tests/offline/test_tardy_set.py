"""Tests of decisions in which some may miss."""

import numpy as np
from every_order import outcomes
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances, stream

from prefixsched.model.problem import Problem
from prefixsched.offline.tardy_set import TardySets
from prefixsched.runtime.limits import Limits


@settings(max_examples=40)
@given(instances(max_queries=6), st.integers(1, 15), st.integers(0, 3), st.booleans())
def test_every_core_is_missed_by_somebody(instance, ttft, most, fixed):
    """In all schedules, whoever else is late; and the decision is right, also with set work."""
    problem = Problem.of(instance)
    tardy = TardySets(problem, Limits(max_nodes=10**7 if fixed else None))
    due = problem.within(ttft).due
    order = np.argsort(problem.release, kind="stable").tolist()
    verdict = tardy.decide(due, most, order, None)
    had = np.array(outcomes(instance)) > ttft
    assert all(had[:, core.queries].any(axis=1).all() for core in tardy.cores)
    least = int(had.sum(axis=1).min())
    assert verdict.least <= least
    assert verdict.refuted == (least > most)
    if verdict.order is not None:
        late = problem.completions(verdict.order) > due
        assert int(late.sum()) <= most


def test_helping_while_late():
    """A query that misses warms the cache for another, so it can't be left out."""
    instance = stream((0, "aaaaaa"), (10, "aaaaab"))
    problem = Problem.of(instance)
    due = problem.within(1).due
    verdict = TardySets(problem, Limits()).decide(due, 1, [1, 0], None)
    assert problem.completions(verdict.order)[1] <= due[1]

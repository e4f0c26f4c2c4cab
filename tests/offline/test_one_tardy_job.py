"""Tests of one query that may miss."""

from decimal import Decimal

import numpy as np
import pytest
from every_order import outcomes
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances
from thorough import examples

from prefixsched.generate.rasq import rasq
from prefixsched.model.problem import Problem
from prefixsched.offline.one_tardy_job import OneTardyJob
from prefixsched.runtime.limits import Limits

SMALL = rasq(users=4, per_user=3, load=Decimal("1.2"), seed=1)


def tried(instance, ttft, run, most_nodes=None, enough=None):
    """What comes of each query's miss, with all the work it takes."""
    problem = Problem.of(instance)
    heard = []

    def tell(found):
        heard.append(found)
        return enough is None or len(heard) < enough

    one = OneTardyJob(problem, run)
    due = problem.within(ttft).due
    one.decide(due, range(instance.n), None, most_nodes, tell)
    return problem, due, heard


@settings(max_examples=examples(60))
@given(instances(max_queries=5), st.integers(1, 15), st.booleans())
def test_each_is_decided_as_brute_force_does(instance, ttft, fixed):
    """Whether all others can be on time, with one thread and with two."""
    run = Limits(threads=1 if fixed else 2)
    problem, due, heard = tried(instance, ttft, run, 10**7 if fixed else None)
    late = np.array(outcomes(instance)) > ttft
    assert sorted(found.query for found in heard) == list(range(instance.n))
    for found in heard:
        others = np.delete(np.arange(instance.n), found.query)
        possible = not late[:, others].any(axis=1).all()
        assert found.refuted == (not possible)
        if found.order is not None:
            assert (problem.completions(found.order) <= due)[others].all()


@pytest.mark.parametrize("threads", [1, 2])
def test_it_ends_when_told_to(threads):
    """After two of them, and the run's limits are as they were."""
    run = Limits(threads=threads)
    _, _, heard = tried(SMALL, 10_000, run, enough=2)
    assert len(heard) == 2
    assert run.deadline is None


def test_nodes_are_shared():
    """Each has what those before have left of them, and runs repeat."""
    first, again = (tried(SMALL, 30_000, Limits(threads=1), 500)[2] for _ in range(2))
    assert [(found.query, found.nodes) for found in first] == [
        (found.query, found.nodes) for found in again
    ]
    assert any(not found.refuted and found.order is None for found in first)

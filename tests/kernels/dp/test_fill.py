"""Tests of the rule that ends states that idle too long (kernels/dp/fill.py)."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import stream
from thorough import examples

from prefixsched.exact.brute import Brute
from prefixsched.exact.dp.backend import Dp
from prefixsched.exact.dp.decision import EFFORTS, Decider
from prefixsched.model.instance import Cache
from prefixsched.model.problem import Problem
from prefixsched.model.status import Status
from prefixsched.runtime.limits import Limits
from reductions.generators import three_partition


@st.composite
def tight(draw):
    """Pairs that must meet, and queries to fill the time between: hardly any order will do."""
    queries, now = [], 0
    for k in range(draw(st.integers(1, 2))):
        name = "pq"[k]
        apart = draw(st.integers(1, 9))
        queries += [(now, name * 2 + "a"), (now + apart, name * 2 + draw(st.sampled_from("bcd")))]
        now += draw(st.integers(0, 6))
    for k in range(draw(st.integers(1, 3))):
        queries.append((draw(st.integers(0, 3)), "xyz"[k] * draw(st.integers(1, 5))))
    cache = draw(st.sampled_from([Cache.LAST, Cache.UNBOUNDED]))
    problem = Problem.of(stream(*sorted(queries), cache=cache))
    order = draw(st.permutations(range(problem.n)))
    spare = draw(st.lists(st.sampled_from([0, 0, 0, 1, 4]), min_size=problem.n, max_size=problem.n))
    due = np.maximum(problem.completions(order) + np.array(spare), problem.release)
    late = draw(st.sampled_from([0, 0, 1]))  # one tick too early for somebody: maybe impossible
    due[draw(st.integers(0, problem.n - 1))] -= late
    return replace(problem, due=due)


@settings(max_examples=examples(1_500), deadline=None)
@given(tight())
def test_tight_decisions_are_those_of_brute_force(problem):
    """No schedule is lost where there is no time to lose."""
    expected = Brute().solve(problem, Limits()).status
    assert Dp().solve(problem, Limits()).status is expected


@pytest.mark.parametrize("seed", range(3))
def test_gaps_that_nobody_fills_are_seen_at_once(seed):
    """3-PARTITION with m = 10 where no triple has the right parity: a few states are enough."""
    instance = three_partition(m=10, b=1000, no=True, seed=seed)
    problem = Problem.of(instance).within(instance.meta["ttft"])
    decider = Decider(problem.permuted(np.argsort(problem.release, kind="stable")), Limits())
    assert decider.problem.due is not None
    assert decider.decide(decider.problem.due, EFFORTS[0]).refuted
    assert decider.limits.nodes < 1_000


def test_a_partition_is_found():
    """And the other way round: the rule leaves the schedule that there is."""
    instance = three_partition(m=7, b=1000, yes=True, seed=2)
    problem = Problem.of(instance).within(instance.meta["ttft"])
    assert Dp().solve(problem, Limits()).status is Status.FEASIBLE

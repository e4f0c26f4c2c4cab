"""Brackets of searches that end early, against dynamic programming over sets of queries."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from set_dp import SetDp
from strategies import causal, instances, linear
from thorough import PART

import prefixsched as ps
from prefixsched.model.status import Status

EXAMPLES = 500 // PART**2
NODES = st.sampled_from([1, 30, 1_000, 30_000])
COSTS = st.one_of(linear, causal)


def check(found, optimum, *, most=False):
    """The bracket holds the optimum, and ``optimal`` is."""
    low, high = found.value_bounds
    assert low <= optimum <= high
    if most:
        assert found.value <= optimum
    else:
        assert found.value >= optimum
    if found.status is Status.OPTIMAL:
        assert found.value == optimum


@pytest.mark.slow
@settings(max_examples=EXAMPLES, deadline=None)
@given(instances(max_queries=14, min_queries=10, costs=COSTS, allowances=True), st.data())
def test_claims_hold(instance, data):
    """Of the largest TTFT, percentiles, goodput and decisions, however soon the search ends."""
    optima = SetDp(instance)
    limits = {"max_nodes": data.draw(NODES), "threads": 1}
    spare = data.draw(st.sampled_from([0, 1, 2, 5]))
    least = optima.percentile(spare)
    if spare:
        share = 100_000 * (instance.n - spare) // instance.n / 1_000  # rounded down: the same rank
        check(ps.solve(instance, objective=f"percentile:{share}", **limits), least)
        return
    check(ps.solve(instance, **limits), least)
    ttft = data.draw(st.integers(0, least + 3))
    most = instance.n - optima.fewest_late(instance.arrival + ttft)
    check(ps.solve(instance, objective="goodput", ttft=ttft, **limits), most, most=True)
    answer = ps.solve(instance, ttft=ttft, **limits).status
    assert answer in (Status.FEASIBLE if ttft >= least else Status.INFEASIBLE, Status.UNKNOWN)


@pytest.mark.slow
@settings(max_examples=EXAMPLES, deadline=None)
@given(instances(max_queries=10, min_queries=8, costs=COSTS), NODES)
def test_claims_of_the_mean_hold(instance, nodes):
    """Sums are compared, whose mean is shown."""
    optimum = SetDp(instance).flow_time()
    found = ps.solve(instance, objective="mean", max_nodes=nodes, threads=1)
    check(found, optimum)
    assert np.sum(found.schedule.ttft) == found.value

"""Tests of percentiles and goodput as streams of thousands have them, on few queries."""

import numpy as np
import pytest
from every_order import fewest_misses, outcomes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import cached, causal, instances, linear, stream
from thorough import examples

import prefixsched as ps
from prefixsched.model.instance import Cache
from prefixsched.offline import objectives
from prefixsched.verifier.objective import Objective

few = settings(
    max_examples=examples(200), suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def _all_are_long(monkeypatch):
    """A stream of two queries counts as one that no matrix is made for."""
    monkeypatch.setattr(objectives, "MAX_MATRIX", 1)


@few
@given(instances(min_queries=2, costs=st.one_of(linear, causal)), st.sampled_from([50, 75, 99]))
def test_a_percentile_is_bracketed(instance, share):
    """The optimum lies between the ends, and one round is enough for some order."""
    found = ps.solve(instance, objective=f"percentile:{share}", max_nodes=20)
    rank = Objective.parse(f"p{share}").rank(instance.n)
    best = min(sorted(ttfts)[rank - 1] for ttfts in outcomes(instance))
    assert found.lower_bound <= best <= found.upper_bound
    assert sorted(found.schedule.ttft)[rank - 1] == found.upper_bound


@few
@given(instances(min_queries=2, costs=st.one_of(linear, causal)), st.integers(1, 20))
def test_goodput_is_bracketed(instance, ttft):
    """With one bound for all."""
    found = ps.solve(instance, objective="goodput", ttft=ttft, max_nodes=20)
    best = instance.n - fewest_misses(instance, [ttft] * instance.n)
    low, high = found.value_bounds
    assert low <= best <= high


@few
@given(cached(max_queries=5, min_queries=2))
def test_an_lru_cache_takes_the_orders_of_others(instance):
    """The ends are of ``lru`` itself: no order of any kind is better than the lower one."""
    found = ps.solve(instance, objective="p75", max_nodes=20)
    rank = Objective.parse("p75").rank(instance.n)
    ttfts = ps.evaluate(instance, list(found.schedule.order)).ttft
    assert found.lower_bound <= sorted(ttfts)[rank - 1] == found.upper_bound


def test_the_largest_gives_way():
    """One of five may be late: the long one is served last, the others as they come."""
    texts = [(0, "a" * 30), *((k, letter * 3) for k, letter in enumerate("bcde"))]
    found = ps.solve(stream(*texts), objective="p80", max_nodes=100)
    assert found.upper_bound == 3 + 3 * 2
    assert found.schedule.order[-1] == 0
    assert np.argmax(found.schedule.ttft) == 0


@pytest.mark.parametrize("lru", [False, True])
def test_who_is_late_helps_another(lru):
    """A first turn waits until the server idles before the next, which then costs a tick."""
    head = 9 * "a"
    texts = [(0, head + "b"), (0, 6 * "e"), (100, 7 * "c"), (100, head + "d")]
    cache = {"cache": Cache.LRU, "capacity": 10} if lru else {"cache": Cache.LAST}
    instance = stream(*texts, **cache)
    found = ps.solve(instance, objective="p75", max_nodes=2000)
    assert found.upper_bound == min(sorted(ttfts)[2] for ttfts in outcomes(instance))
    assert found.schedule.order[1:3] == (0, 3)

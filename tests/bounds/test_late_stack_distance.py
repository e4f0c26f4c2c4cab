"""Tests of late queries by stack distance against every order."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, stream
from thorough import examples

from prefixsched.bounds.late_stack_distance import LateStackDistance
from prefixsched.bounds.stack_distance import stack_distance_bound
from prefixsched.generate.rasq import rasq
from prefixsched.model.instance import Cache
from prefixsched.runtime.limits import Limits, in_seconds
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels

families = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(["aaaab", "aaaac", "aaaa", "bbbbc", "bbbb", "c"])),
    min_size=3,
    max_size=5,
)


def by_rank(instance):
    """``[n]``; the least that each order statistic of the TTFTs can be, by the verifier."""
    orders = permutations(range(instance.n))
    times = np.array([evaluate(instance, list(order)).ttft for order in orders])
    return np.sort(times, axis=1).min(axis=0).tolist()


def check(instance):
    """No T that can be met is refuted, wherever one looks."""
    search = LateStackDistance(instance, Limits())
    least = by_rank(instance)
    for spare in range(instance.n):
        best = least[instance.n - 1 - spare]
        for ttft in range(best, best + 12):
            assert search.refuted(ttft, spare) is None
        for bound, found in search.rising(spare, 0, best + 7):
            assert bound <= best
            assert found.late == spare + 1


@settings(max_examples=examples(600))
@given(instances(max_queries=5, costs=linear | causal, caches=st.just(Cache.LRU)))
def test_never_more_than_in_the_best_order(instance):
    """Over capacities, ties, repeats and prefixes."""
    check(instance)


@settings(max_examples=examples(600))
@given(families, st.integers(3, 14), st.sampled_from([1, 2, 5]))
def test_of_families_in_turn(queries, capacity, pace):
    """Late ones keep a prefix cached, or are missing from what evicts it."""
    arrival = (np.cumsum([gap for gap, _ in queries]) * pace).tolist()
    pairs = [(t, text) for t, (_, text) in zip(arrival, queries, strict=True)]
    check(stream(*pairs, cache=Cache.LRU, capacity=capacity))


def test_with_nobody_late_it_is_the_bound_on_all():
    """And each late query of a long RASQ saves about as much as it costs."""
    one = rasq(users=40, per_user=4, load=Decimal("0.7"), seed=1)
    one = replace(one, cache=Cache.LRU, capacity=50_000)
    bounds = []
    for spare in (0, 1, 4):
        *_, (bound, _) = LateStackDistance(one, Limits()).rising(spare, 0, 200_000)
        bounds.append(bound)
    assert bounds[0] == stack_distance_bound(one, 0, 200_000).ticks
    assert bounds[1] == 53_142
    assert bounds[0] > bounds[1] > bounds[2] > 36_000


def test_other_caches_and_no_time():
    """Nothing is proven."""
    rush = stream((0, "aaaa"), (0, "bbb"))
    assert list(LateStackDistance(rush, Limits()).rising(0, 0, 9)) == []
    lru = replace(rush, cache=Cache.LRU, capacity=4)
    assert LateStackDistance(lru, Limits()).refuted(0, 0) is None
    assert list(LateStackDistance(lru, Limits(in_seconds(0))).rising(0, 0, 9)) == []

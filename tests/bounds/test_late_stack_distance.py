"""Tests of late queries by stack distance against every order."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import numpy as np
import pytest
from hypothesis import example, given, settings
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
    for ttft in range(1, least[-1] + 1):
        fewest = sum(value > ttft for value in least)
        assert search.fewest(ttft, instance.n).late <= fewest
        assert search.fewest(ttft, 0).late <= min(1, fewest)


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


def own(k, tokens):
    """A prompt of nobody else."""
    return chr(0x4E00 + k) * tokens


@settings(max_examples=examples(80), deadline=None)
@given(
    st.integers(17, 24), st.integers(4, 5), st.integers(5, 9), st.integers(1, 2),
    st.integers(35, 80),
)  # fmt: skip
@example(19, 5, 5, 1, 69)
@example(23, 4, 5, 1, 75)
def test_a_late_query_keeps_a_prefix_cached(period, visits, prefix, rest, percent):
    """First come, first served, but for one of a family that waits until it saves another's work.

    Its own would have been lost, too: it saves the prefix twice, and its own tokens.
    """
    texts = [own(k, 3) for k in range(period * (visits - 1) + 3)]
    for k in range(0, len(texts), period):
        texts[k] = "a" * prefix + own(k, rest)
    capacity = prefix + 3 * period * percent // 100
    one = stream(
        *((3 * k, text) for k, text in enumerate(texts)), cache=Cache.LRU, capacity=capacity
    )
    search = LateStackDistance(one, Limits())
    late = period
    for place in range(late + period + 1, late + 2 * period, 2):
        order = [k for k in range(len(texts)) if k != late]
        order.insert(place, late)
        ttft = np.sort(evaluate(one, order).ttft)[-2]
        assert search.refuted(int(ttft), 1) is None


@pytest.mark.parametrize("arrival", [60, 79])
def test_a_late_query_evicts_nobody(arrival):
    """Ten prefixes fit into the cache, but not with a prompt that none of them is seen to evict."""
    families = [(5 * k, own(k, 4) + own(20 + k, 1)) for k in range(10)]
    again = [(80 + k, own(k, 4) + own(40 + k, 1)) for k in range(10)]
    one = stream(*families, (arrival, own(99, 28)), *again, cache=Cache.LRU, capacity=54)
    order = [*range(10), *range(11, 21), 10]
    assert np.sort(evaluate(one, order).ttft)[-2] == 5
    search = LateStackDistance(one, Limits())
    assert search.refuted(5, 1) is None
    assert search.refuted(5, 0) is not None


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

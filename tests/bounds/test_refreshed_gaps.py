"""Tests of gaps between users that aren't neighbours against every order."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, stream
from thorough import examples

from prefixsched.bounds.refreshed_gaps import RefreshedGaps, _Gap, _packed
from prefixsched.bounds.stack_distance import StackDistances
from prefixsched.model.instance import Cache
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels


def check(instance):
    """No T that can be met by all but so many is refuted."""
    gaps = RefreshedGaps(StackDistances(instance, instance.cost))
    orders = permutations(range(instance.n))
    times = np.array([evaluate(instance, list(order)).ttft for order in orders])
    least = np.sort(times, axis=1).min(axis=0).tolist()
    for spare in range(instance.n):
        best = least[instance.n - 1 - spare]
        for ttft in range(best, best + 12):
            assert gaps.refuted(ttft, spare) is None


@settings(max_examples=examples(400))
@given(instances(max_queries=5, costs=linear | causal, caches=st.just(Cache.LRU)))
def test_never_more_than_in_the_best_order(instance):
    """Over capacities, ties, repeats and prefixes."""
    check(instance)


texts = ["aaaab", "aaaac", "aaaad", "bbbbc", "bbbbd", "cccc", "dddd"]


@settings(max_examples=examples(1600))
@given(
    st.lists(st.tuples(st.integers(2, 9), st.sampled_from(texts)), min_size=4, max_size=5),
    st.integers(4, 7),
    st.sampled_from([1, 1, 2]),
)
def test_of_families_in_turn(queries, capacity, pace):
    """What one use keeps cached until the next, and who waits for it."""
    arrival = (np.cumsum([gap for gap, _ in queries]) * pace).tolist()
    pairs = [(t, text) for t, (_, text) in zip(arrival, queries, strict=True)]
    check(stream(*pairs, cache=Cache.LRU, capacity=capacity))


def own(k, tokens):
    """A prompt of nobody else."""
    return chr(0x4E00 + k) * tokens


@settings(max_examples=examples(160), deadline=None)
@given(
    st.integers(5, 12), st.integers(4, 6), st.integers(3, 9), st.integers(1, 3),
    st.integers(30, 110), st.integers(0, 3),
)  # fmt: skip
def test_a_long_queue(period, visits, prefix, rest, percent, moved):
    """First come, first served, but for some of a family that are served later."""
    texts = [own(k, 3) for k in range(period * visits)]
    family = range(0, len(texts), period)
    for k in family:
        texts[k] = "a" * prefix + own(k, rest)
    capacity = prefix + 3 * period * percent // 100
    one = stream(
        *((3 * k, text) for k, text in enumerate(texts)), cache=Cache.LRU, capacity=capacity
    )
    gaps = RefreshedGaps(StackDistances(one, one.cost))
    late = family[moved]
    for place in range(late, len(texts)):
        order = [k for k in range(len(texts)) if k != late]
        order.insert(place, late)
        ttft = np.sort(evaluate(one, order).ttft)
        for spare in (0, 1):
            assert gaps.refuted(int(ttft[-1 - spare]), spare) is None


def test_what_a_gap_needs():
    """One room for each stretch, and for who is served in between its own work, and the path."""
    users = [(0, "aaaab"), (3, "aaaacc"), (30, "aaaad"), (33, "aaaae")]
    one = stream(*users, cache=Cache.LRU, capacity=9)
    gaps = RefreshedGaps(StackDistances(one, one.cost))
    shared = max(gaps.users, key=lambda edge: len(gaps.users[edge]))
    assert gaps._gaps(shared, 6) == [_Gap(9, 30, 21 - 5, 4)]
    assert gaps._gaps(shared, 22) == []
    near = stream((0, "aaaab"), (20, "aaaacc"), (40, "aaaad"), cache=Cache.LRU, capacity=9)
    gaps = RefreshedGaps(StackDistances(near, near.cost))
    assert gaps._gaps(shared, 16) == [_Gap(16, 40, 24 - 2 * 5 - 2 - 4, 4)]
    assert gaps._gaps(shared, 24) == []


def test_moments_are_given_away_once():
    """Two gaps at the same time share it; one after the other each has its own."""
    first, second = _Gap(0, 10, 5, 4), _Gap(10, 20, 5, 4)
    assert _packed([first, first]) in (4, 5)
    assert _packed([first, second]) == 8
    assert _packed([first, second, _Gap(5, 15, 2, 4)]) == 8
    assert _packed([]) == 0


def test_gaps_of_an_edge_part_its_users():
    """Each begins with the last user of the one before, or a later one."""
    users = [(20 * k, "aaaa" + own(k, 1)) for k in range(6)]
    one = stream(*users, cache=Cache.LRU, capacity=8)
    gaps = RefreshedGaps(StackDistances(one, one.cost))
    shared = max(gaps.users, key=lambda edge: len(gaps.users[edge]))
    found = gaps._gaps(shared, 8)
    assert [(gap.begin, gap.end) for gap in found] == [(20 * k + 8, 20 * k + 20) for k in range(5)]

"""Tests of the stack-distance bound against brute force and against what a cache does."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lru_instances import free, reused
from strategies import stream
from thorough import examples

from prefixsched.arrays import INFINITY
from prefixsched.bounds.caches import with_cache
from prefixsched.bounds.stack_distance import (
    _most_work,
    refuted_by_stack_distance,
    stack_distance_bound,
    stack_distances,
)
from prefixsched.bounds.work import work_bound
from prefixsched.generate.rasq import rasq
from prefixsched.model.cost import Rectangular
from prefixsched.model.instance import Cache
from prefixsched.online.simulation import simulate
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels


@settings(max_examples=examples(1200), deadline=None)
@given(reused(5), st.integers(1, 20))
def test_the_bound_never_passes_the_optimum(instance, above):
    """Wherever the bisection looks, over capacities, costs, ties, repeats and prefixes."""
    best = min(evaluate(instance, order).max_ttft for order in permutations(range(instance.n)))
    found = stack_distance_bound(instance, 0, best + above)
    assert found.ticks <= best
    if found.ticks:
        assert refuted_by_stack_distance(instance, found.ticks - 1) == found.queries
        assert refuted_by_stack_distance(instance, best) is None


@settings(max_examples=examples(1200), deadline=None)
@given(reused(9) | reused(12, costs=free), st.randoms(use_true_random=False))
def test_what_is_called_gone_is_computed_again(instance, random):
    """In any schedule, with T its largest TTFT: by the next user, in time, and the sum fits."""
    order = instance.by_age.tolist()
    for _ in range(random.randrange(3)):
        k = random.randrange(instance.n - 1)
        order[k], order[k + 1] = order[k + 1], order[k]
    schedule = evaluate(instance, order)
    distances = stack_distances(instance)
    gone = distances.lost_to_others(schedule.max_ttft)
    assert distances.closure(gone, schedule.max_ttft)[0] <= 0
    age = distances.age.tolist()
    place = {j: k for k, j in enumerate(order)}
    start, edges = distances.start, distances.edges
    for q in range(instance.n):
        for k in range(start[q], start[q + 1]):
            v = edges[k]
            if not gone[k] or not distances.tokens[v]:
                continue
            later = [
                age[u] for u in range(q, instance.n) if v in edges[start[u] : start[u + 1]].tolist()
            ]
            first = min(later, key=place.__getitem__)
            assert schedule.reused[first] < distances.kept[v]
            assert schedule.start[first] >= instance.arrival[age[q]]
            assert place[first] <= place[age[q]]


@settings(max_examples=examples(400), deadline=None)
@given(reused())
def test_with_room_for_all_it_is_the_work_bound_of_an_unbounded_cache(instance):
    """No edge is lost then, and all that is computed is new."""
    whole = replace(instance, capacity=int(instance.length.sum()))
    expected = work_bound(with_cache(instance, Cache.UNBOUNDED)).ticks
    assert stack_distance_bound(whole, 0, 10**6).ticks == expected


@settings(max_examples=examples(400), deadline=None)
@given(reused())
def test_without_a_cache_every_prompt_is_computed_whole(instance):
    """Then first come first served is optimal, and the bound is what it attains."""
    none = replace(instance, capacity=0)
    best = evaluate(none, none.by_age).max_ttft
    assert stack_distance_bound(none, 0, 10**6).ticks == best


@settings(max_examples=examples(300))
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 40)), min_size=1, max_size=6),
    st.integers(0, 12),
)
def test_the_knapsack_holds_all_that_fits(items, room):
    """At least what any set of edges has, and no more than one token's work beyond the best."""
    items = [(size, work if size else 0) for size, work in items]
    size, work = np.array(items, dtype=np.int64).T
    sets = [c for k in range(len(items) + 1) for c in combinations(range(len(items)), k)]
    best = max(sum(items[i][1] for i in c) for c in sets if sum(items[i][0] for i in c) <= room)
    found = _most_work(size, work, np.array([room]))
    assert best <= found[0] <= best + max(ticks for _, ticks in items)


def test_the_knapsack_of_the_largest_numbers_does_not_overflow():
    """Work of up to 2^62 ticks, times places of a fraction."""
    most = np.array([2**61, 2**61 - 1], dtype=np.int64)
    assert _most_work(np.array([1, 3]), most, np.array([4])).tolist() == [INFINITY - 1]


def test_other_caches_and_costs_have_no_stack_distance():
    """The bound stays what it was."""
    instance = stream((0, "aaa"), (9, "bbb"), (18, "aaa"), cache=Cache.LAST)
    assert stack_distance_bound(instance, 2, 50).ticks == 2
    assert refuted_by_stack_distance(instance, 0) is None
    other = replace(with_cache(instance, Cache.LRU, 3), cost=Rectangular(Fraction(1), Fraction(1)))
    assert stack_distance_bound(other, 2, 50).ticks == 2


@pytest.mark.parametrize(
    ("late", "ticks"),
    [
        (["aaaad", "eeee"], 9),  # all of it is computed again
        (["aaaab", "aaaa"], 5),  # and once, by whoever is served first of the two
        (["aaaa", "aaaa", "aaaa"], 6),  # beside last tokens
    ],
)
def test_strangers_in_between_evict(late, ticks):
    """Two of them fill a cache of ten tokens, so that those who come late find it without."""
    texts = [(0, "aaaa"), (20, "bbbbbb"), (30, "cccccc"), *((60, text) for text in late)]
    instance = with_cache(stream(*texts), Cache.LRU, 10)
    best = min(evaluate(instance, order).max_ttft for order in permutations(range(instance.n)))
    assert stack_distance_bound(instance, 0, 40).ticks == max(6, ticks)
    assert best == max(6, ticks)


@pytest.mark.parametrize(
    ("between", "late", "tokens"),
    [
        (["bbbbbb", "cccccc"], ["aaaad", "eeee"], 16),
        (["bbbbbb", "b", "bbbbbb"], ["aaaad", "eeee"], 10),
        (["aaffff", "ffffff"], ["aaaad", "eeeeeee"], 14),  # they use a part of the path, too
    ],
)
def test_one_token_less_evicts(between, late, tokens):
    """Where what is used just fits, it is found; with one token less room it isn't."""
    middle = ((20 * (k + 1), text) for k, text in enumerate(between))
    texts = [(0, "aaaa"), *middle, *((100, text) for text in late)]
    for capacity in (tokens, tokens - 1):
        instance = with_cache(stream(*texts), Cache.LRU, capacity)
        best = min(evaluate(instance, order).max_ttft for order in permutations(range(len(texts))))
        assert stack_distance_bound(instance, 0, 40).ticks == best
    assert best > len(late[-1]) + 1


@pytest.mark.parametrize(("capacity", "times"), [(0, 9), (2_000, 3), (8_000, 2)])
def test_overload_is_seen(capacity, times):
    """On a long RASQ with a small cache the bound is far above that of an unbounded one."""
    users = rasq(users=50, per_user=4, load=Decimal("0.7"), seed=0)
    instance = with_cache(users, Cache.LRU, capacity)
    upper = simulate(instance, "lpm").max
    lower = work_bound(with_cache(users, Cache.UNBOUNDED)).ticks
    found = stack_distance_bound(instance, lower, upper)
    assert times * lower < found.ticks <= upper

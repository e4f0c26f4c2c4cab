"""Tests of the fewest late queries by recomputation against every order."""

from decimal import Decimal
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, stream
from thorough import examples

from prefixsched.bounds.late_recomputation import LateRecomputation
from prefixsched.generate.rasq import rasq
from prefixsched.model.instance import Cache
from prefixsched.model.problem import Problem
from prefixsched.runtime.limits import Limits, in_seconds

pytestmark = pytest.mark.kernels

far_apart = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(["aaaab", "aaaac", "aaaad", "aaaa", "cc"])),
    min_size=2,
    max_size=6,
)


def _after_each_other(queries):
    """The same with gaps for arrivals."""
    arrival = np.cumsum([gap for gap, _ in queries]).tolist()
    return [(t, text) for t, (_, text) in zip(arrival, queries, strict=True)]


in_turn = st.lists(
    st.tuples(st.integers(3, 6), st.sampled_from(["aaaab", "aaaac", "bbbba", "bbbbc"])),
    min_size=5,
    max_size=6,
)


def flow_times(instance):
    """``[orders, n]``; in ticks, over all orders, with the cache ``last``."""
    problem, n = Problem.of(instance), instance.n
    orders = np.array(list(permutations(range(n))))
    before, done = np.full(len(orders), n), np.zeros(len(orders), dtype=np.int64)
    times = np.empty(orders.shape, dtype=np.int64)
    for query in orders.T:
        done = np.maximum(done, problem.release[query]) + problem.setup[before, query]
        times[np.arange(len(orders)), query] = done - problem.release[query]
        before = query
    return times * problem.tick


def check(instance):
    """For each T and each rank; the windows are disjoint and sum up."""
    times = flow_times(instance)
    search = LateRecomputation(instance, Limits())
    for ttft in range(int(times.max()) + 1):
        found = search.fewest(ttft, instance.n)
        assert found.late <= (times > ttft).sum(axis=1).min()
        members = [query for window in found.windows for query in window.queries.tolist()]
        assert len(members) == len(set(members))
        assert found.late == sum(window.late for window in found.windows)
        for window in found.windows:
            assert window.begin == instance.arrival[window.queries].min()
            assert window.end == instance.arrival[window.queries].max() + ttft
            assert window.late <= len(window.queries)
            assert window.work > window.end - window.begin
        for enough in range(3):
            assert min(found.late, enough + 1) == min(search.fewest(ttft, enough).late, enough + 1)
    by_rank = np.sort(times, axis=1).min(axis=0)
    for spare in range(instance.n):
        best = int(by_rank[instance.n - 1 - spare])
        for bound, found in search.rising(spare, 0, best + 20):
            assert bound <= best
            assert found.late > spare


@settings(max_examples=examples(1500))
@given(instances(max_queries=5, costs=linear | causal, caches=st.just(Cache.LAST)))
def test_never_more_than_in_the_best_order(instance):
    """Over ties, repeats and prefixes."""
    check(instance)


@settings(max_examples=examples(1500))
@given(far_apart | in_turn.map(_after_each_other))
def test_where_relatives_are_far_apart(queries):
    """Gaps, idling in a subtree, queries that end at its node; and families in turn."""
    check(stream(*queries))


def late(instance, ttft):
    """Proven late."""
    return LateRecomputation(instance, Limits()).fewest(ttft, instance.n).late


def test_one_late_query_saves_its_whole_path():
    """Families in turn find nothing cached: nine of 6 ticks each arrive every 5."""
    text = ["aaaaa", "bbbbb", "ccccc"] * 3
    turns = stream(*((5 * k, x + chr(0x4E00 + k)) for k, x in enumerate(text)))
    assert [late(turns, ttft) for ttft in (5, 6, 8, 9, 10, 13, 14)] == [3, 2, 1, 1, 0, 0, 0]


def test_what_the_members_before_cached():
    """The path cached when a window begins is computed once less; any may be."""
    four = stream((0, "aaaab"), (1, "aaaac"), (1, "bbbbc"), (1, "bbbbd"))
    assert late(four, 11) == 0
    assert late(four, 10) == 1


def test_disjoint_windows_add_up():
    """Two rushes far apart, and a quiet time between."""
    rushes = stream(
        *((t, x * 3) for t, x in ((0, "a"), (0, "b"), (50, "c"), (100, "d"), (100, "e")))
    )
    found = LateRecomputation(rushes, Limits()).fewest(5, 5)
    assert [(w.queries.tolist(), w.begin, w.end, w.work, w.late) for w in found.windows] == [
        ([0, 1], 0, 5, 6, 1),
        ([3, 4], 100, 105, 6, 1),
    ]


def test_a_percentile_of_hundreds():
    """With one prompt cached each family is computed time and again."""
    one = rasq(users=40, per_user=4, load=Decimal("0.7"), seed=1)
    *_, (bound, found) = LateRecomputation(one, Limits()).rising(1, 0, 200_000)
    assert bound == 89_714
    assert found.late == 2
    assert bound > 2 * 37_714  # which work that is new proves


def test_other_caches_and_no_time():
    """Nothing is proven."""
    rush = stream((0, "aaaa"), (0, "bbb"))
    for cache, room in ((Cache.UNBOUNDED, {}), (Cache.LRU, {"capacity": 4})):
        other = stream((0, "aaaa"), (0, "bbb"), cache=cache, **room)
        assert late(other, 3) == 0
        assert list(LateRecomputation(other, Limits()).rising(0, 0, 9)) == []
    assert LateRecomputation(rush, Limits(in_seconds(0))).fewest(3, 2).late == 0

"""Tests of the fewest late queries against every order."""

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, stream, tables
from thorough import examples

from prefixsched.bounds.deletion import deletion_bound, least_late
from prefixsched.generate import shared_documents
from prefixsched.io.instance_file import read_instance
from prefixsched.model.cost import Table
from prefixsched.model.instance import NO_ALLOWANCE, Cache
from prefixsched.model.problem import NO_DEADLINE
from prefixsched.runtime.limits import Limits, in_seconds
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels


def flow_times(instance):
    """``[orders, n]``; by the verifier, over all orders."""
    orders = permutations(range(instance.n))
    return np.array([evaluate(instance, list(order)).ttft for order in orders])


def due_by_allowance(instance):
    """Own deadlines."""
    none = instance.allowance == NO_ALLOWANCE
    return np.where(none, NO_DEADLINE, instance.arrival + instance.allowance)


def check(instance):
    """For each T, own allowances, and each rank; the windows say what they prove."""
    times = flow_times(instance)
    fewest = {}
    for ttft in range(int(times.max()) + 1):
        found = least_late(instance, instance.arrival + ttft)
        fewest[ttft] = (times > ttft).sum(axis=1).min()
        assert found.late <= fewest[ttft]
        check_windows(instance, instance.arrival + ttft, found)
    if instance.has_allowances:
        due = due_by_allowance(instance)
        found = least_late(instance, due)
        assert found.late <= (instance.arrival + times > due).sum(axis=1).min()
        check_windows(instance, due, found)
    by_rank = np.sort(times, axis=1).min(axis=0)
    for spare in range(instance.n):
        least = int(by_rank[instance.n - 1 - spare])
        bound, proof = deletion_bound(instance, spare, 0, least)
        assert bound <= least
        assert proof is None or proof.late > spare


def check_windows(instance, due, found):
    """They are disjoint, late ones sum up, and each has more work than time."""
    members = [query for window in found.windows for query in window.queries.tolist()]
    assert len(members) == len(set(members))
    assert found.late == sum(window.late for window in found.windows)
    for window in found.windows:
        assert window.begin == instance.arrival[window.queries].min() or window.late
        assert (instance.arrival[window.queries] >= window.begin).all()
        assert due[window.queries].max() == window.end
        assert 0 < window.late <= len(window.queries)
        assert window.work > window.end - window.begin


@settings(max_examples=examples(600))
@given(instances(max_queries=5, allowances=True))
def test_never_more_than_in_the_best_order(instance):
    """Over all costs, ties, repeats and prefixes, with one bound and own allowances."""
    check(instance)


@settings(max_examples=examples(1200))
@given(
    instances(
        max_queries=5, costs=linear | causal, caches=st.sampled_from(list(Cache)), allowances=True
    )
)
def test_of_potential_costs(instance):
    """Each cache, with room for nothing or for all: edges count once in a window."""
    check(instance)


@settings(max_examples=examples(600))
@given(
    instances(max_queries=5, min_queries=3, costs=linear, caches=st.just(Cache.UNBOUNDED)),
    st.lists(st.sampled_from([0, 4, 30]), min_size=5, max_size=5),
)
def test_of_rushes(instance, arrival):
    """Many arrive at once, so that any of them may be the first to compute an edge."""
    check(replace(instance, arrival=np.array(arrival[: instance.n])))


@settings(max_examples=examples(400))
@given(instances(min_queries=4, max_queries=4, costs=tables(4), allowances=True))
def test_of_tables(instance):
    """Set-ups may begin before the arrival, or not."""
    check(instance)


@pytest.mark.slow
@settings(max_examples=examples(200))
@given(
    instances(
        min_queries=6,
        max_queries=6,
        costs=linear | causal,
        caches=st.sampled_from(list(Cache)),
        allowances=True,
    )
)
def test_of_more_queries(instance):
    """Six queries."""
    check(instance)


def late(instance, ttft):
    """Proven late of one bound for all."""
    return least_late(instance, instance.arrival + ttft).late


def test_the_largest_go_first():
    """Of 4 + 3 + 2 ticks at once, 6 by then leave 3 or 2 to go, 4 leave the 4 and 1 more."""
    one = stream((0, "aaaa"), (0, "bbb"), (0, "cc"))
    assert [late(one, ttft) for ttft in (9, 8, 5, 4, 3, 2, 1)] == [0, 1, 1, 2, 2, 2, 3]
    assert [deletion_bound(one, spare, 0, 100)[0] for spare in (0, 1, 2)] == [9, 5, 2]


def test_shared_edges_are_shared_out():
    """Three pay 9 ticks of one prefix and 1 each: no one alone saves more than its 4."""
    shared = stream(*((0, "aaaaaaaaa" + x) for x in "bcd"), cache=Cache.UNBOUNDED)
    assert [late(shared, ttft) for ttft in (12, 11, 9, 8, 4, 3)] == [0, 1, 3, 3, 3, 3]


def test_what_may_be_cached_before_counts_no_more():
    """The prefix counts from its first query on, also where that has no deadline; tails always."""
    shared = stream((0, "aaaab"), (9, "aaaacc"), (9, "aaaadd"), cache=Cache.UNBOUNDED)
    assert late(shared, 4) == 1
    assert least_late(shared, np.array([NO_DEADLINE, 12, 12])).late == 1
    assert least_late(shared, np.array([NO_DEADLINE, 13, 13])).late == 0
    first = stream((9, "aaaab"), (9, "aaaacc"), (9, "aaaadd"), cache=Cache.UNBOUNDED)
    assert least_late(first, np.array([NO_DEADLINE, 16, 16])).late == 1
    assert least_late(first, np.array([NO_DEADLINE, 17, 17])).late == 0


def test_last_tokens_and_what_no_cache_holds():
    """Repeats compute a token each; of a cache of 2 tokens a prompt of 6 reuses 2."""
    repeats = stream((0, "aaa"), (0, "aaa"), (0, "aaa"), cache=Cache.UNBOUNDED)
    assert [late(repeats, ttft) for ttft in (5, 4, 3, 2)] == [0, 1, 1, 3]
    small = stream((0, "abcdef"), (0, "abcdeg"), cache=Cache.LRU, capacity=2)
    assert [late(small, ttft) for ttft in (10, 9, 5, 4)] == [0, 1, 2, 2]


def test_disjoint_windows_add_up():
    """Two rushes far apart, and a quiet time between."""
    rushes = stream(
        *((t, x * 3) for t, x in ((0, "a"), (0, "b"), (50, "c"), (100, "d"), (100, "e")))
    )
    found = least_late(rushes, rushes.arrival + 5)
    assert found.late == 2
    assert [(w.queries.tolist(), w.begin, w.end, w.work, w.late) for w in found.windows] == [
        ([0, 1], 0, 5, 6, 1),
        ([3, 4], 100, 105, 6, 1),
    ]


def test_who_is_due_late_is_no_member():
    """The second of three may wait for long: the others have a window of their own."""
    own = stream((0, "aaa"), (0, "bbbb"), (1, "ccc"))
    assert least_late(own, np.array([5, 99, 5])).windows[0].queries.tolist() == [0, 2]
    assert least_late(own, np.array([6, 99, 6])).late == 0
    assert least_late(own, np.array([6, 9, 6])).windows[0].queries.tolist() == [0, 1, 2]
    assert least_late(own, np.full(3, NO_DEADLINE)).late == 0


def test_one_set_up_may_run_before_a_window():
    """Of three set-ups at once the longest doesn't count, if the server can begin before."""
    matrix = np.array([[0, 4, 4], [2, 0, 4], [2, 4, 0]])
    at_five = stream((5, "a"), (5, "b"), (5, "c"))
    for anticipatory, least in ((True, 2 + 4), (False, 2 + 4 + 4)):
        table = replace(at_five, cost=Table(np.array([2, 4, 4]), matrix, anticipatory))
        assert deletion_bound(table, 0, 0, 100)[0] == least


def test_longer_windows_are_tried_where_shorter_ones_end():
    """Who come a little faster than they are served are late after some hundreds."""
    trickle = stream(*((3 * t - t // 10, 3 * chr(0x4E00 + t)) for t in range(400)))
    assert late(trickle, 30) == 4
    assert deletion_bound(trickle, 0, 3, 100)[0] == 42


def test_what_is_known_when_time_is_up():
    """Nothing is claimed of begins that weren't tried."""
    rush = stream((0, "aaaa"), (0, "bbb"))
    assert least_late(rush, rush.arrival, Limits(in_seconds(0))).late == 0
    assert deletion_bound(rush, 0, 3, 9, Limits(in_seconds(0))) == (3, None)


DATA = Path(__file__).parents[1] / "data"


def test_streams_of_hundreds():
    """Documents, hot sessions with an lru cache, and own allowances."""
    documents = shared_documents(
        documents=1,
        queries=400,
        document=2548,
        question=7252,
        cv=0.0,
        rate=3,
        token_time=40,
        seed=0,
    )
    assert deletion_bound(documents, 4, 0, 10**7)[0] == 2_329_049
    starve = read_instance(DATA / "starve.json")
    assert deletion_bound(starve, 4, 0, 10**7)[0] == 4_808_358
    own = read_instance(DATA / "goodput_own85.json")
    assert own.n - least_late(own, due_by_allowance(own)).late == 72

"""Tests of the fewest late queries with the cache of the last prompt, against every order."""

from dataclasses import replace
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import stream
from thorough import examples

from prefixsched.bounds.deletion import DeletionSearch, deletion_bound, least_late
from prefixsched.model.cost import Potential
from prefixsched.model.instance import Cache
from prefixsched.model.problem import NO_DEADLINE, Problem
from prefixsched.runtime.limits import Limits

pytestmark = pytest.mark.kernels
COSTS = (
    Potential(Fraction(1)),
    Potential(Fraction(2, 5)),
    Potential(Fraction(1, 2), Fraction(1, 10)),
)


def completions(instance):
    """``[orders, n]``; over all orders, by set-up times from query to query."""
    problem = Problem.of(instance)
    orders = np.array(list(permutations(range(problem.n))))
    row, time = np.arange(len(orders)), np.zeros(len(orders), dtype=np.int64)
    done, before = np.zeros_like(orders), np.full(len(orders), problem.n)
    for query in orders.T:
        time = problem.finish(time[:, None], problem.setup[before])[row, query]
        done[row, query], before = time, query
    return problem.origin + problem.tick * done


@st.composite
def conversations(draw):
    """Streams of prompts that go on from each other, far enough apart to be computed again."""
    n = draw(st.integers(3, 6))
    texts = list[str]()
    for _ in range(n):
        head = draw(st.sampled_from(["a", "b", *texts, *texts]))
        cut = draw(st.sampled_from([len(head), len(head), (len(head) + 1) // 2]))
        texts.append(head[:cut] + draw(st.sampled_from("ab")) * draw(st.sampled_from([0, 1, 3, 9])))
    span = draw(st.sampled_from([6, 15, 30, 60]))
    arrival = draw(st.lists(st.integers(0, span), min_size=n, max_size=n))
    queries = zip(arrival, texts, strict=True)
    return stream(*queries, cost=draw(st.sampled_from(COSTS)))


@settings(max_examples=examples(300))
@given(conversations(), st.lists(st.sampled_from([2, 5, 9, 14, 20, None]), min_size=6, max_size=6))
def test_never_more_than_in_the_best_order(instance, allowed):
    """At each T that some rank can have, and one tick less; and with own due times."""
    done = completions(instance)
    by_rank = np.sort(done - instance.arrival, axis=1).min(axis=0)
    cases = [instance.arrival + t for t in np.unique((by_rank, by_rank - 1))]
    own = [NO_DEADLINE if a is None else a for a in allowed[: instance.n]]
    cases.append(np.minimum(instance.arrival + np.array(own), NO_DEADLINE))
    for due in cases:
        assert least_late(instance, due).late <= (done > due).sum(axis=1).min()
    for spare in range(instance.n):
        assert deletion_bound(instance, spare, 0, 10**4)[0] <= by_rank[instance.n - 1 - spare]


def late(queries, due, exact=True):
    """Proven late of (arrival, prompt) pairs; and by brute force."""
    instance, due = stream(*queries), np.array(due)
    fewest = (completions(instance) > due).sum(axis=1).min()
    found = least_late(instance, due).late
    assert found <= fewest
    return found if not exact or found == fewest else (found, fewest)


def test_a_prefix_is_computed_again():
    """Two turns far apart, the second with others: only if it comes first the prefix is there."""
    turns = [(0, 9 * "a" + "b"), (100, "cccccc"), (101, 9 * "a" + "d"), (102, "eeeeee")]
    assert late(turns, [10, 114, 114, 114]) == 0
    assert late(turns, [10, 113, 113, 113]) == 1
    unbounded = replace(stream(*turns), cache=Cache.UNBOUNDED)
    assert least_late(unbounded, np.array([10, 113, 113, 113])).late == 0


def test_a_late_turn_may_warm_the_cache_for_one_of_a_window():
    """It is served before the second turn arrives, which then takes a tick; no other is spared."""
    turns = [(0, 9 * "a" + "b"), (100, 9 * "a" + "d"), (100, "cccccc")]
    assert late(turns, [9, 107, 107]) == 1
    assert late(turns, [9, 106, 106]) == 2


def test_who_is_warmed_later_spares_no_idle_time():
    """The second turn comes 4 ticks after the window begins: of its 9, 5 can be spared."""
    turns = [(0, 9 * "a" + "b"), (100, "cccc"), (104, 9 * "a" + "d"), (104, "eeee")]
    assert late(turns, [9, 109, 109, 109]) == 1 + 1
    assert late(turns, [9, 113, 113, 113], exact=False) == 1


def test_someone_due_later_may_be_warmed_for_the_others():
    """They use what it had cached, though they come after the server has idled."""
    head = 10 * "a"
    queries = [(0, head), (20, head + "b"), (25, head + "c")]
    assert late(queries, [9, 99, 26]) == 1


def test_who_may_wait_joins_the_cluster_of_those_who_come_later():
    """It is served while the server waits for the third, with the prefix still there."""
    head = 10 * "a"
    queries = [(0, head + 10 * "b"), (0, head + "c"), (22, head + "d")]
    assert late(queries, [23, 11, 23]) == 0


def test_a_long_prompt_may_be_warmed_while_the_server_waits():
    """All of a cluster must come so late that their own work fits before, not only the first."""
    turns = [(0, "c"), (1, 24 * "b"), (29, 20 * "d"), (29, 25 * "b")]
    assert late([(t, "aaaa" + text) for t, text in turns], [5, 3, 50, 50]) == 1


@settings(max_examples=examples(300))
@given(
    conversations(),
    st.lists(st.sampled_from([0, 1, 12, 13, 24, 25, 26, 40, 41, 60]), min_size=6, max_size=6),
)
def test_by_halves_never_more_than_in_the_best_order(instance, arrival):
    """With batches some time apart, and with few that may be late: more are known to be, or not."""
    instance = replace(instance, arrival=np.sort(arrival[: instance.n]))
    done = completions(instance)
    by_rank = np.sort(done - instance.arrival, axis=1).min(axis=0)
    for ttft in np.unique((by_rank, by_rank - 1, by_rank - 2)):
        due = instance.arrival + ttft
        fewest = (done > due).sum(axis=1).min()
        for enough in range(3):
            late = least_late(instance, due, enough=enough).late
            assert late <= fewest or enough < fewest
            search = DeletionSearch(instance, Limits())
            search.fewest(due, instance.n, 64)
            assert search._by_halves(search.clusters, due[search.age], enough) <= fewest


def test_a_late_query_helps_once():
    """One turn may warm the next only if who comes between is late, or it is late itself."""
    apart = stream((1, "a"), (12, 10 * "a"), (41, "a"), (60, 19 * "a"))
    assert least_late(apart, apart.arrival + 9).late == 0
    assert least_late(apart, apart.arrival + 9, enough=0).late == 1
    assert (completions(apart) > apart.arrival + 9).sum(axis=1).min() == 1

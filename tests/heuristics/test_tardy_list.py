"""Tests of lists that leave out who makes others late: who isn't left out is on time."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from every_order import fewest_misses
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cached, causal, instances, linear, rectangular, stream
from thorough import examples

from prefixsched.generate.rasq import rasq
from prefixsched.heuristics.tardy_list import TardyList
from prefixsched.kernels.heuristics.tardy_list import UNDER_REVIEW
from prefixsched.model.cost import Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache
from prefixsched.model.problem import NO_DEADLINE
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels
prompted = st.one_of(linear, causal, rectangular)


def late_in(instance, order, due):
    """Who is late in an order, by the verifier."""
    ends = np.array(evaluate(instance, order.tolist()).ttft) + instance.arrival
    return set(np.flatnonzero(ends > due).tolist())


def check(instance, data):
    """One bound or a deadline each, any foresight, with noise and without; too few may be late."""
    n = instance.n
    slack = data.draw(
        st.one_of(st.integers(0, 25), st.lists(st.integers(0, 25), min_size=n, max_size=n))
    )
    due = instance.arrival + np.array(slack)
    foresight, noise = data.draw(st.sampled_from([0, 4, 16])), data.draw(st.sampled_from([0, 2]))
    found = TardyList(instance, 0).order(due, n, foresight, noise)
    assert sorted(found.order.tolist()) == list(range(n))
    assert len(set(found.late.tolist())) == len(found.late)
    assert set(found.order[n - found.last :].tolist()) <= set(found.late.tolist())
    if noise == 0 and len(found.late):
        again = TardyList(instance, 0)
        assert again.order(due, len(found.late), foresight).order.tolist() == found.order.tolist()
        assert again.order(due, len(found.late) - 1, foresight) is None
    return due, found


@settings(max_examples=examples(400))
@given(instances(max_queries=10, costs=prompted), st.data())
def test_only_those_left_out_are_late(instance, data):
    """Under the caches of which a query is never later where another is left out."""
    due, found = check(instance, data)
    assert late_in(instance, found.order, due) <= set(found.late.tolist())


@settings(max_examples=examples(400))
@given(cached(max_queries=10), st.data())
def test_an_lru_cache_is_as_the_verifier_has_it(instance, data):
    """Where nobody is left out all are on time."""
    due, found = check(instance, data)
    if not len(found.late):
        assert not late_in(instance, found.order, due)


def test_few_are_late():
    """On streams of nine with one deadline for all it comes within one of the fewest."""
    found = []
    for seed in range(40):
        instance = rasq(users=3, per_user=3, load=Decimal("1.1"), cache="unbounded", seed=seed)
        lists = TardyList(instance, 0)
        late = [lists.order(instance.arrival + 9_000, 9, foresight).late for foresight in (0, 4, 8)]
        found.append(min(map(len, late)) - fewest_misses(instance, [9_000] * 9))
    assert min(found) == 0
    assert max(found) <= 1
    assert sum(found) <= 4


def test_who_is_late_is_served_where_others_need_it():
    """The long one of the first four is left out, and served before those who share its prompt."""
    texts = [
        (0, "bbbb"),
        (0, "aaaaaaaaa"),
        (0, "cccc"),
        (0, "d"),
        *((30, "aaaaaaaaa" + x) for x in "ef"),
    ]
    instance = stream(*texts, cache=Cache.UNBOUNDED)
    found = TardyList(instance, 0).order(instance.arrival + 9, 6)
    assert found.late.tolist() == [1]
    assert found.last == 0
    assert found.order.tolist() == [0, 2, 3, 1, 4, 5]


def test_who_is_late_makes_nobody_wait():
    """The long one doesn't fit before the others who share its prompt: it is served last."""
    texts = [(0, "bbbb"), (0, "a" * 9), (0, "cccc"), (0, "d"), *((17, "a" * 9 + x) for x in "ef")]
    instance = stream(*texts, cache=Cache.UNBOUNDED)
    found = TardyList(instance, 0).order(instance.arrival + 11, 6)
    assert (found.late.tolist(), found.last) == ([1], 1)
    assert found.order.tolist() == [0, 2, 3, 4, 5, 1]


@pytest.mark.parametrize("load", ["0.8", "1.3", "2"])
def test_an_lru_cache_with_room_for_all_is_unbounded(load):
    """It is as it was whenever somebody is left out, shortly before or long before."""
    for users in (20, 200):
        roomy = rasq(users=users, per_user=4, load=Decimal(load), cache="lru:9999999", seed=users)
        due = roomy.arrival + 12_000
        unbounded = replace(roomy, cache=Cache.UNBOUNDED, capacity=None)
        found, same = (TardyList(i, 0).order(due, i.n, 4) for i in (roomy, unbounded))
        assert len(found.late) > 0
        assert found.order.tolist() == same.order.tolist()


def test_foresight_minds_those_to_come():
    """Of two as long as each other the one goes whose prompt nobody else has."""
    texts = [(0, "bbbb"), (0, "aaaa"), (4, "aaaac"), (4, "aaaad")]
    instance = stream(*texts, cache=Cache.UNBOUNDED)
    due = np.array([7, 7, 8, 9])
    assert TardyList(instance, 0).order(due, 4, 16).late.tolist() == [0]


def test_a_long_busy_period_is_reviewed_in_part():
    """What was served long before stays, with a cache that has to be as it was."""
    instance = rasq(users=400, per_user=4, load=Decimal("1.3"), cache="lru:30000", seed=2)
    due = instance.arrival + 60_000
    found = TardyList(instance, 0).order(due, instance.n)
    assert instance.n - len(found.late) > 2 * UNDER_REVIEW
    assert late_in(instance, found.order, due) == set(found.late.tolist())


def test_those_without_deadlines_come_last():
    """They are never late."""
    instance = stream((0, "aaaa"), (0, "bb"))
    found = TardyList(instance, 0).order(np.array([NO_DEADLINE, 2]), 0)
    assert found.order.tolist() == [1, 0]


def test_a_table_is_refused():
    """It has no prompts."""
    table = Table(np.zeros(1, dtype=np.int64), np.zeros((1, 1), dtype=np.int64), False)
    with pytest.raises(InputError, match="give a cost by tokens"):
        TardyList(stream((0, "a"), cost=table), 0)

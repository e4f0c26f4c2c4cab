"""Tests of lists with two deadlines: few miss the first one, and nobody the second."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cached, causal, instances, linear, rectangular, stream
from thorough import examples

from prefixsched.heuristics.two_deadline_list import TwoDeadlineList, Way
from prefixsched.model.instance import Cache
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels
prompted = st.one_of(linear, causal, rectangular)


def listed(instance, data):
    """A list of any manner, its deadlines, and how many may miss the first."""
    n = instance.n
    due = instance.arrival + data.draw(st.integers(0, 20))
    latest = due + data.draw(st.integers(0, 30))
    spare = data.draw(st.integers(0, n))
    way = Way(
        data.draw(st.sampled_from([0, 8])),
        data.draw(st.sampled_from([0, 4, 16])),
        data.draw(st.sampled_from([8, 16])),
        data.draw(st.one_of(st.none(), st.permutations(range(n)).map(np.array))),
        data.draw(st.sampled_from([0, 1])),
    )
    return due, latest, spare, TwoDeadlineList(instance, 0).within(due, latest, spare, way)


@settings(max_examples=examples(400))
@given(
    st.one_of(instances(max_queries=9, costs=prompted), cached(max_queries=9, min_queries=1)),
    st.data(),
)
def test_what_is_found_keeps_to_both(instance, data):
    """Completions are the verifier's; with lru who was on time may not stay so."""
    due, latest, spare, found = listed(instance, data)
    if found is None:
        return
    order, ends = found
    assert sorted(order.tolist()) == list(range(instance.n))
    done = np.array(evaluate(instance, order.tolist()).ttft) + instance.arrival
    assert done[order].tolist() == ends.tolist()
    if instance.cache is not Cache.LRU:
        assert (done > due).sum() <= spare
        assert (done <= latest).all()


def test_who_was_put_off_is_served_in_time():
    """The long one waits as long as it may, and then puts off others."""
    texts = [(0, "a" * 10), *((3 * k, "bcdefgh"[k] * 4) for k in range(7))]
    instance = stream(*texts)
    lists = TwoDeadlineList(instance, 0)

    def ends(ceiling, spare):
        due, latest = instance.arrival + 11, instance.arrival + ceiling
        found = lists.within(due, latest, spare, Way(0, 0))
        return None if found is None else dict(zip(*map(np.ndarray.tolist, found), strict=True))

    assert ends(99, 1)[0] == 4 * 7 + 10  # last
    assert ends(38, 1)[0] == 38
    assert ends(37, 1) is None
    assert 11 < ends(37, 2)[0] <= 37
    assert ends(9, 8) is None


def test_nobody_is_put_off_where_all_are_on_time():
    """In order of arrival."""
    instance = stream((0, "aa"), (1, "ab"), (9, "c"))
    order, ends = TwoDeadlineList(instance, 0).within(
        instance.arrival + 9, instance.arrival + 9, 0, Way(8, 8)
    )
    assert (order.tolist(), ends.tolist()) == ([0, 1, 2], [2, 3, 10])

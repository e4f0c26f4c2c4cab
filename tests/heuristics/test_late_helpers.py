"""Tests of late queries that help others: those kept are on time, and fewer are late."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, rectangular, stream
from thorough import examples

from prefixsched.heuristics.late_helpers import LateHelpers, most_alike
from prefixsched.kernels.heuristics.late_helpers import serve
from prefixsched.model.instance import Cache
from prefixsched.runtime.limits import Limits
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels
HEAD = 9 * "a"


def late_in(instance, chosen, due):
    """Who is late in the order, by the verifier."""
    ends = np.array(evaluate(instance, chosen.order.tolist()).ttft) + instance.arrival
    return set(np.flatnonzero(ends > due).tolist())


@settings(max_examples=examples(400))
@given(
    instances(max_queries=10, costs=linear | causal | rectangular, caches=st.just(Cache.LAST)),
    st.data(),
)
def test_only_the_late_are_late(instance, data):
    """After a start, a search, and for other deadlines from there; what is known is up to date."""
    chosen = LateHelpers(instance, instance.by_age, 0)
    for _ in range(2):
        slack = data.draw(st.lists(st.integers(0, 25), min_size=instance.n, max_size=instance.n))
        due = instance.arrival + np.array(slack)
        assert chosen.begin(due, instance.n)
        assert late_in(instance, chosen, due) <= set(chosen.late.tolist())
        had, state = len(chosen.late), chosen.state()
        chosen.reduce(0, Limits(max_nodes=2))
        assert len(chosen.late) <= had
        assert late_in(instance, chosen, due) <= set(chosen.late.tolist())
        assert sorted(chosen.order.tolist()) == list(range(instance.n))
        up_to_date(chosen)
        if data.draw(st.booleans()):
            chosen.restore(state)
            assert len(chosen.late) == had
            up_to_date(chosen)


def up_to_date(chosen):
    """Serving all again finds what is known; helpers are late, and help one each."""
    helped, trial = chosen._helped, chosen._trial
    m, wrong = serve(chosen.stream, helped, trial, 0, len(helped.late))
    assert wrong < 0
    kept = trial.query[:m]
    assert np.array_equal(np.flatnonzero(helped.late == 0), np.sort(kept))
    for name in ("ends", "idle", "before"):
        assert np.array_equal(getattr(helped, name)[kept], getattr(trial, name)[:m]), name
    for j in np.flatnonzero(helped.helper >= 0):
        assert not helped.late[j]
        assert helped.late[helped.helper[j]]
        assert helped.helps[helped.helper[j]] == j
    assert (helped.helps >= 0).sum() == (helped.helper >= 0).sum()
    assert np.array_equal(helped.sequence[helped.place], np.arange(len(helped.late)))


def fewest(instance, due):
    """Over all orders, by the verifier."""
    orders = permutations(range(instance.n))
    ends = (evaluate(instance, list(o)).ttft + instance.arrival for o in orders)
    return min(int((np.array(end) > due).sum()) for end in ends)


def test_one_that_is_late_saves_another():
    """It waits until the server idles before the next turn, which then goes first of its batch."""
    turns = stream((0, HEAD + "b"), (0, 6 * "e"), (100, 7 * "c"), (100, HEAD + "d"))
    due = np.array([10, 10, 109, 109])
    chosen = LateHelpers(turns, turns.by_age, 0)
    assert chosen.begin(due, 4)
    assert len(chosen.late) == 2
    assert chosen.reduce(1, Limits(max_nodes=100))
    assert chosen.order.tolist() == [1, 0, 3, 2]
    assert fewest(turns, due) == 1


def test_who_shares_most_comes_first():
    """Only of those that arrive before; nobody who shares nothing."""
    turns = stream((0, "aab"), (1, "aaab"), (2, "aaac"), (2, "aaad"), (3, "b"))
    alike = most_alike(turns)
    assert alike[:, :2].tolist() == [[-1, -1], [0, -1], [1, 0], [1, 0], [-1, -1]]

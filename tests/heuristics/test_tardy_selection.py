"""Tests of the choice of late queries: those kept are on time, and few are late."""

from decimal import Decimal

import numpy as np
import pytest
from every_order import fewest_misses
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, rectangular
from thorough import examples

from prefixsched.generate.rasq import rasq
from prefixsched.heuristics.tardy_selection import TardySelection
from prefixsched.kernels.heuristics.kept_sequence import Kept, look_again
from prefixsched.model.instance import Cache
from prefixsched.runtime.limits import Limits
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels
prompted = st.one_of(linear, causal, rectangular)


def late_in(instance, chosen, due):
    """Who is late in the order, by the verifier."""
    ends = np.array(evaluate(instance, chosen.order.tolist()).ttft) + instance.arrival
    return set(np.flatnonzero(ends > due).tolist())


@settings(max_examples=examples(400))
@given(instances(max_queries=10, costs=prompted), st.data())
def test_only_the_late_are_late(instance, data):
    """After the rule alone, after local search, and for other deadlines with the same late ones."""
    chosen = TardySelection(instance, instance.by_age, 0)
    for most in (instance.n, 2):
        slack = data.draw(st.lists(st.integers(0, 25), min_size=instance.n, max_size=instance.n))
        due = instance.arrival + np.array(slack)
        before = set(chosen.late.tolist())
        few = chosen.begin(due, most)
        assert before <= set(chosen.late.tolist())
        assert few == (len(chosen.late) <= most)
        if not few:
            chosen.begin(due, instance.n)
        assert late_in(instance, chosen, due) <= set(chosen.late.tolist())
        had = len(chosen.late)
        chosen.reduce(0, Limits(max_nodes=30))
        assert len(chosen.late) <= had
        assert late_in(instance, chosen, due) <= set(chosen.late.tolist())
        assert sorted(chosen.order.tolist()) == list(range(instance.n))


@settings(max_examples=examples(200))
@given(instances(max_queries=16, min_queries=8, costs=prompted), st.integers(1, 12))
def test_what_is_brought_up_to_date_is_what_a_new_look_finds(instance, ttft):
    """Places before, idling, completions, and who is first below each node."""
    chosen = TardySelection(instance, instance.by_age, 0)
    chosen.begin(instance.arrival + ttft, instance.n)
    while len(chosen.late) and chosen.rng.integers(5):
        chosen.reduce(0, Limits(max_nodes=10))
        again = Kept(*(column.copy() for column in chosen._kept))
        kept_on_time = look_again(chosen.stream, chosen.sequence, again)
        assert kept_on_time
        there = again.late == 0
        for name in ("before", "idle", "ends"):
            column, fresh = getattr(chosen._kept, name), getattr(again, name)
            assert np.array_equal(column[there], fresh[there]), name
        if instance.cache is Cache.UNBOUNDED:
            assert np.array_equal(chosen._kept.first[1:], again.first[1:])
            assert np.array_equal(chosen._kept.users[1:], again.users[1:])
        assert not chosen._run.below.any()


def test_few_are_late():
    """On streams of nine with one deadline for all it comes within one of the fewest."""
    found = []
    for seed in range(40):
        instance = rasq(users=3, per_user=3, load=Decimal("1.1"), cache="unbounded", seed=seed)
        due = instance.arrival + 9_000
        chosen = TardySelection(instance, instance.by_age, 0)
        chosen.begin(due, instance.n)
        chosen.reduce(0, Limits(max_nodes=200))
        found.append(len(chosen.late) - fewest_misses(instance, [9_000] * 9))
    assert min(found) == 0
    assert max(found) <= 1
    assert sum(found) <= 2


def test_it_ends_with_the_limits_and_where_the_target_is_met():
    """Rounds count as nodes."""
    instance = rasq(users=30, per_user=4, load=Decimal("1.1"), cache="unbounded")
    chosen = TardySelection(instance, instance.by_age, 0)
    chosen.begin(instance.arrival + 9_000, instance.n)
    limits = Limits(max_nodes=7)
    assert not chosen.reduce(0, limits)
    assert limits.nodes == 7
    assert chosen.reduce(instance.n, limits)
    assert limits.nodes == 7

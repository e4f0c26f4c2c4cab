"""Tests of the search on cuts into batches: exact in its own terms, never worse, and good."""

import time
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, rectangular, stream
from thorough import examples

import prefixsched as ps
from prefixsched.arrays import INFINITY
from prefixsched.generate.rasq import rasq
from prefixsched.heuristics.family_batches import family_batches, improve_family_batches
from prefixsched.heuristics.family_orders import families, family_batch_orders
from prefixsched.kernels.heuristics import family_batches as kernel
from prefixsched.kernels.heuristics.family_batches import (
    search_batches,
    serve_batches,
    split_long_batches,
    unit_of,
    update_batches,
)
from prefixsched.model.instance import Cache

with_prompts = instances(
    max_queries=9, costs=st.one_of(linear, causal, rectangular), caches=st.just(Cache.LAST)
)


def visits_of(groups):
    """The queries of each visit, by arrival."""
    places = np.flatnonzero(groups.cut).tolist()
    return [groups.queries[a:b].tolist() for a, b in pairwise(places)]


@pytest.mark.kernels
@settings(max_examples=examples(200))
@given(
    with_prompts,
    st.integers(1, 5),
    st.integers(0, 30),
    st.integers(0, 30),
    st.sampled_from((2, 64)),
)
def test_what_is_served_is_what_the_verifier_finds(instance, shared, span, target, nearest):
    """Order, largest TTFT and tardiness, with batches in either order of their queries."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            kernel, "NEAREST_NEIGHBOUR_UP_TO", nearest
        )  # of effect where kernels run as Python
        groups = family_batches(instance, instance.cost, shared, span)
        order = np.empty(instance.n, dtype=np.int64)
        total, worst = serve_batches(groups, target, INFINITY, order)
    schedule = ps.evaluate(instance, order.tolist())
    assert worst == schedule.max_ttft
    late = np.maximum(np.array(schedule.ttft) - target, 0) // unit_of(target)
    assert total == (late**2).sum()
    assert serve_batches(groups, target, total - 1, order)[0] >= total or total == 0


@pytest.mark.kernels
@settings(max_examples=examples(200))
@given(with_prompts, st.integers(1, 5), st.integers(0, 30), st.integers(0, 5))
def test_moves_leave_visits_in_order(instance, shared, target, seed):
    """Cuts stay where families meet, and what follows from them is as if made anew."""
    groups = family_batches(instance, instance.cost, shared, target)
    joints = np.flatnonzero(groups.saved > 0)
    if not len(joints):
        return
    family = families(instance, instance.cost, shared).family[groups.queries]
    best = np.arange(instance.n)
    worst = ps.evaluate(instance, best.tolist()).max_ttft
    rng = np.random.default_rng(seed)
    found = search_batches(groups, joints, target, 30, rng, best.copy(), best, worst)
    assert found == ps.evaluate(instance, best.tolist()).max_ttft <= worst
    assert groups.cut[1:-1][family[1:] != family[:-1]].all()
    release = instance.arrival
    assert all(release[v].max() - release[v].min() <= target for v in visits_of(groups))
    kept = [groups.head.copy(), groups.listed.copy(), groups.urgency[np.unique(groups.head)]]
    update_batches(groups, 0, instance.n)
    again = [groups.head, groups.listed, groups.urgency[np.unique(groups.head)]]
    assert all(np.array_equal(a, b) for a, b in zip(kept, again, strict=True))


@pytest.mark.kernels
@given(with_prompts, st.integers(1, 5), st.integers(0, 30), st.integers(0, 30))
def test_long_visits_are_cut_again(instance, shared, before, span):
    """And only where the arrivals are too far apart, with the neighbours of the same family."""
    groups = family_batches(instance, instance.cost, shared, before)
    old = visits_of(groups)
    split_long_batches(groups, span)
    release = instance.arrival
    assert all(release[v].max() - release[v].min() <= span for v in visits_of(groups))
    if before <= span:
        assert visits_of(groups) == old


@pytest.mark.kernels
def test_a_query_that_waits_makes_room():
    """The server is free at once, and a is there; but b fills the time until a's relative comes."""
    instance = stream((0, "aaaa"), (0, "bbbb"), (3, "aaac"), (40, "dd"))
    groups = family_batches(instance, instance.cost, 3, 10)
    order = np.empty(4, dtype=np.int64)
    serve_batches(groups, 0, INFINITY, order)
    assert order.tolist() == [1, 0, 2, 3]


@pytest.mark.kernels
def test_the_server_waits_where_that_loses_less():
    """For a's relative, which comes one tick later; for c's it would wait too long."""
    instance = stream((0, "aaaaaaab"), (0, "cccccccd"), (9, "aaaaaaac"), (40, "cccccccc"))
    order = np.empty(4, dtype=np.int64)
    serve_batches(family_batches(instance, instance.cost, 3, 40), 0, INFINITY, order)
    assert order.tolist() == [0, 2, 1, 3]
    assert ps.evaluate(instance, order.tolist()).makespan == 41


@pytest.mark.kernels
@settings(max_examples=examples(100))
@given(instances(max_queries=9), st.randoms(use_true_random=False))
def test_never_worse_and_repeatable(instance, random):
    """Whatever the cost and the cache."""
    order = random.sample(range(instance.n), instance.n)
    if instance.cache is Cache.LRU:
        return
    found = improve_family_batches(instance, order, max_moves=30, seed=3)
    assert sorted(found.tolist()) == list(range(instance.n))
    before = ps.evaluate(instance, order).max_ttft
    assert ps.evaluate(instance, found.tolist()).max_ttft <= before
    assert np.array_equal(found, improve_family_batches(instance, order, max_moves=30, seed=3))


def test_overload_is_served_with_less_work():
    """Below what batches of one span give, by a fair part of what is between."""
    instance = rasq(users=120, per_user=5, load=Decimal("1"), seed=1)
    *_, order = family_batch_orders(instance, ps.simulate(instance, "fcfs").max)
    before = ps.evaluate(instance, order.tolist()).max_ttft
    found = improve_family_batches(instance, order, max_moves=9000, enough=before * 3 // 4)
    assert ps.evaluate(instance, found.tolist()).max_ttft < before * 97 // 100


def test_the_budget_is_kept():
    """No moves, a deadline that is over, and a value that need not be bettered."""
    instance = rasq(users=40, per_user=4, load=Decimal("0.8"), seed=1)
    order = np.argsort(instance.arrival, kind="stable")
    worst = ps.evaluate(instance, order.tolist()).max_ttft
    assert improve_family_batches(instance, order, max_moves=0).tolist() == order.tolist()
    past = time.monotonic() - 1
    assert improve_family_batches(instance, order, deadline=past).tolist() == order.tolist()
    assert improve_family_batches(instance, order, enough=worst).tolist() == order.tolist()
    assert improve_family_batches(instance, order, deadline=time.monotonic() + 0.2) is not order

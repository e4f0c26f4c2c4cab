"""Tests of orders for the mean with the cache ``lru``: exact in their own terms, and good."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cached, stream
from thorough import examples

import prefixsched as ps
from prefixsched.generate.rasq import rasq
from prefixsched.heuristics.lru_mean import LruAnnealing, Rule, improve_lru_mean
from prefixsched.heuristics.lru_stream import LruSource
from prefixsched.model.cost import Potential
from prefixsched.model.instance import Cache
from prefixsched.runtime.limits import Limits, in_seconds, now


def busy_stream(capacity, users=40, seed=1, load="1.3"):
    """Conversations that share prefixes, at a load that makes reuse matter."""
    made = rasq(users=users, per_user=5, load=Decimal(load), seed=seed)
    return replace(made, cache=Cache.LRU, capacity=capacity)


def total(instance, order):
    """The sum of TTFTs by the verifier."""
    return sum(ps.evaluate(instance, list(map(int, order))).ttft)


def check_times(search):
    """What the search believes of its order is what the verifier finds."""
    instance, order = search.source.instance, search.order
    schedule = ps.evaluate(instance, order.tolist())
    assert search.ends.tolist() == [schedule.completion[j] for j in order]
    assert search.place[order].tolist() == list(range(instance.n))
    assert search.total == sum(schedule.ttft)


@pytest.mark.kernels
@settings(max_examples=examples(200))
@given(cached(max_queries=12, min_queries=2), st.randoms(use_true_random=False), st.data())
def test_moves_keep_the_verifiers_times(instance, random, data):
    """Moves and windows that are replayed in part leave the times of a full replay."""
    order = np.array(random.sample(range(instance.n), instance.n))
    limits = Limits(seed=random.randrange(99), max_nodes=10_000)
    search = LruAnnealing(LruSource(instance), order, limits, lambda order: None)
    check_times(search)
    for width in (2, 5, 12):
        search.sweep(width, heat=data.draw(st.sampled_from([0, 3, 50])))
        check_times(search)


@pytest.mark.parametrize("load", ["0.4", "1.3"])
@pytest.mark.parametrize("capacity", [0, 500, 5_000, 20_000, 10**6])
def test_many_moves_keep_the_verifiers_times(capacity, load):
    """So on a long stream, where most moves end long before the stream does."""
    instance = busy_stream(capacity, load=load)
    limits = Limits(seed=capacity, max_nodes=10**6)
    search = LruAnnealing(LruSource(instance), instance.by_age.copy(), limits, lambda order: None)
    for width, heat in ((8, 0), (64, 10_000), (32, 0)):
        search.sweep(width, heat)
        check_times(search)


@pytest.mark.kernels
@settings(max_examples=examples(100))
@given(cached(max_queries=9, min_queries=2), st.randoms(use_true_random=False))
def test_ever_better_and_repeatable(instance, random):
    """Each order is at least as good as the one before; a second run yields the same."""
    first = random.sample(range(instance.n), instance.n)
    runs = []
    for _ in range(2):
        runs.append([])
        take = runs[-1].append
        improve_lru_mean(
            instance, first, Limits(seed=3, max_nodes=2_000), lambda o, take=take: take(o.tolist())
        )
    values = [total(instance, order) for order in (first, *runs[0])]
    assert values == sorted(values, reverse=True)
    assert runs[0] == runs[1]


def test_a_query_is_held_for_the_next_user_of_its_prefix():
    """Served first as the shortest, "aaaa" would be gone when "aaab" comes."""
    queries = ((0, "aaaa"), (0, "xyzuv"), (0, "vwstrq"), (15, "aaab"))
    instance = stream(*queries, cache=Cache.LRU, capacity=9, cost=Potential(1))
    search = LruAnnealing(
        LruSource(instance), instance.by_age.copy(), Limits(max_nodes=100), lambda order: None
    )
    for rule, order in (
        (Rule(), [0, 1, 2, 3]),
        (Rule(weight=5.0, decline=0.0, reach=0.5), [1, 2, 0, 3]),
    ):
        found = search._pass(rule, search.limits)
        assert search.order.tolist() == order
        assert found == total(instance, order)


def test_policies_are_bettered():
    """On a busy stream."""
    instance = busy_stream(15_000, users=60)
    policies = ("fcfs", "lpm", "shortest-prefill-first", "hrrn")
    runs = [ps.simulate(instance, policy) for policy in policies]
    best, found = min(sum(run.ttft.tolist()) for run in runs), []
    improve_lru_mean(instance, instance.by_age, Limits(max_nodes=200_000), found.append)
    assert total(instance, found[-1]) < 0.97 * best


def test_limits_are_heeded():
    """A deadline, also one that is past."""
    instance = busy_stream(15_000, users=60)
    improve_lru_mean(instance, instance.by_age, Limits(max_nodes=2_000), lambda order: None)
    began = now()
    improve_lru_mean(
        instance, instance.by_age, Limits(deadline=in_seconds(0.3)), lambda order: None
    )
    assert 0.2 < now() - began < 2
    found = []
    improve_lru_mean(instance, instance.by_age, Limits(deadline=now()), found.append)
    assert not found

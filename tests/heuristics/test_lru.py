"""Tests of searches for orders with the cache ``lru``: exact in their own terms, and good."""

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
from prefixsched.heuristics import lru
from prefixsched.heuristics.lru import improve_lru
from prefixsched.heuristics.lru_list_scheduling import Rule, list_schedule
from prefixsched.heuristics.lru_local_search import LruLocalSearch
from prefixsched.heuristics.lru_stream import LruSource
from prefixsched.model.cost import Potential
from prefixsched.model.instance import Cache
from prefixsched.runtime import interrupt
from prefixsched.runtime.limits import in_seconds, now

FAR = 2**40
"""Later than all these instances take."""


def busy_stream(capacity, users=40, seed=1):
    """Conversations that share prefixes, at a load that makes reuse matter."""
    made = rasq(users=users, per_user=5, load=Decimal("1.3"), seed=seed)
    return replace(made, cache=Cache.LRU, capacity=capacity)


def rules(k):
    """Rules of any kind for k segments."""
    return st.builds(
        Rule,
        allowance=st.integers(0, 60),
        reach=st.floats(0, 2).map(lambda reach: np.full(k, reach)),
        idling=st.floats(0, 2).map(lambda idling: np.full(k, idling)),
        noise=st.sampled_from([0.0, 0.5]),
        matching=st.booleans(),
    )


@pytest.mark.kernels
@settings(max_examples=examples(300))
@given(cached(max_queries=12), st.data())
def test_a_pass_serves_everybody_once(instance, data):
    """Whatever the rule, the capacity and the ties."""
    order = list_schedule(LruSource(instance), data.draw(rules(1)))
    assert sorted(order.tolist()) == list(range(instance.n))


def test_a_pass_holds_back_what_is_shared_soon():
    """Served at once, "aaab" would find nothing left of "aaaa"."""
    queries = ((0, "aaaa"), (0, "xyzu"), (3, "vwst"), (9, "aaab"))
    instance = stream(*queries, cache=Cache.LRU, capacity=8, cost=Potential(1))
    rule = Rule(allowance=12, reach=np.array([0.5]), idling=np.array([0.0]))
    order = list_schedule(LruSource(instance), rule)
    assert order.tolist() == [1, 2, 0, 3]
    assert ps.evaluate(instance, order.tolist()).reused[3] == 3


def check_times(search):
    """What the search believes of its order is what the verifier finds."""
    order, instance = search.plan.order, search.source.instance
    schedule = ps.evaluate(instance, order.tolist())
    assert search.plan.completion.tolist() == [schedule.completion[j] for j in order]
    assert search.plan.place[order].tolist() == list(range(instance.n))
    late = np.maximum(search.plan.completion - search.plan.due[order], 0)
    assert search.plan.tardiness.tolist() == [0, *np.cumsum(late).tolist()]
    assert search.plan.edited[0] == 0


@pytest.mark.kernels
@settings(max_examples=examples(200))
@given(cached(max_queries=12, min_queries=2), st.randoms(use_true_random=False), st.data())
def test_moves_keep_the_verifiers_times(instance, random, data):
    """Moves that are replayed in part leave the times of a full replay, and none is too late."""
    order = random.sample(range(instance.n), instance.n)
    search = LruLocalSearch(LruSource(instance), order, seed=random.randrange(99))
    check_times(search)
    aim = data.draw(st.integers(0, 10))
    late = search.aim(instance.arrival + aim)
    most = late + data.draw(st.sampled_from([0, 3, FAR]))
    search.run(most, data.draw(st.sampled_from([0, 5, FAR])), moves=150)
    check_times(search)
    assert sorted(search.plan.order.tolist()) == list(range(instance.n))
    assert search.worst - aim <= max(most, 0)


@pytest.mark.parametrize("capacity", [0, 500, 5_000, 20_000, 10**6])
def test_many_moves_keep_the_verifiers_times(capacity):
    """So on a long stream, where most moves end long before the stream does."""
    instance = busy_stream(capacity)
    search = LruLocalSearch(LruSource(instance), instance.by_age, seed=4)
    for round_ in range(6):
        aim = search.worst - max(1, search.worst // (3 + round_))
        late = search.aim(instance.arrival + aim)
        search.run(late if round_ % 2 else FAR, allowed=FAR if round_ == 4 else 10, moves=500)
        check_times(search)


@pytest.mark.kernels
@settings(max_examples=examples(100))
@given(cached(max_queries=9), st.randoms(use_true_random=False))
def test_ever_better_and_repeatable(instance, random):
    """Each order is better than the one before by the verifier; a second run yields the same."""
    given_order = random.sample(range(instance.n), instance.n)
    orders = [o.tolist() for o in improve_lru(instance, given_order, max_moves=600, seed=3)]
    values = [ps.evaluate(instance, order).max_ttft for order in (given_order, *orders)]
    assert values == sorted(set(values), reverse=True)
    assert orders == [o.tolist() for o in improve_lru(instance, given_order, max_moves=600, seed=3)]


@settings(max_examples=examples(150))
@given(cached(max_queries=6), st.randoms(use_true_random=False))
def test_small_instances_end_at_the_optimum(instance, random):
    """With six queries some thousand moves find a best order."""
    best = ps.solve(instance, backend="brute").ttft
    given_order = random.sample(range(instance.n), instance.n)
    found = [given_order, *improve_lru(instance, given_order, max_moves=4_000, enough=best)]
    assert ps.evaluate(instance, list(map(int, found[-1]))).max_ttft == best


def test_policies_are_bettered():
    """On a busy stream, with two threads."""
    instance = busy_stream(15_000, users=60)
    runs = [ps.simulate(instance, policy) for policy in ("fcfs", "lpm", "k-lpm:4")]
    start = min(runs, key=lambda run: run.max)
    found = list(improve_lru(instance, start.order, max_moves=20_000, threads=2))
    assert ps.evaluate(instance, found[-1].tolist()).max_ttft < 0.99 * start.max


def test_limits_are_heeded(monkeypatch):
    """A deadline, a value that is enough, and a request to stop; with one thread and with two."""
    instance = busy_stream(15_000, users=60)
    list(improve_lru(instance, instance.by_age, max_moves=1_000))  # compiled
    for threads in (1, 2):
        began = now()
        list(improve_lru(instance, instance.by_age, deadline=in_seconds(0.3), threads=threads))
        assert 0.2 < now() - began < 3
        assert not list(improve_lru(instance, instance.by_age, enough=10**9, threads=threads))
        with monkeypatch.context() as patch:
            patch.setattr(lru, "expired", lambda _: True)
            assert not list(improve_lru(instance, instance.by_age, threads=threads))
    assert not interrupt.stopped()

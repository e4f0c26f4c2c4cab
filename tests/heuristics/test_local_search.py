"""Tests of local search: never worse, exact in its own terms, and good."""

from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances, stream
from thorough import examples

import prefixsched as ps
from prefixsched.generate.rasq import rasq
from prefixsched.heuristics import local_search
from prefixsched.heuristics.local_search import improve
from prefixsched.heuristics.setup_times import costs_of
from prefixsched.heuristics.windows import TimedOrder
from prefixsched.model.problem import Problem


@contextmanager
def narrow():
    """Windows of a few queries, so that short orders are searched as long ones are."""
    with pytest.MonkeyPatch.context() as patch:
        small = replace(local_search.LAST, whole=5, window=4)
        patch.setattr(local_search, "LAST", small)
        patch.setattr(local_search, "UNBOUNDED", small)
        yield


@pytest.mark.kernels
@settings(max_examples=examples(150))
@given(instances(max_queries=9), st.randoms(use_true_random=False))
def test_never_worse_and_repeatable(instance, random):
    """The result is a permutation, no worse by the verifier, and the same in a second run."""
    given_order = random.sample(range(instance.n), instance.n)
    order = improve(instance, given_order, max_moves=40, seed=3)
    assert sorted(order.tolist()) == list(range(instance.n))
    before = ps.evaluate(instance, given_order).max_ttft
    assert ps.evaluate(instance, order.tolist()).max_ttft <= before
    assert order.tolist() == improve(instance, given_order, max_moves=40, seed=3).tolist()


@pytest.mark.kernels
@settings(max_examples=examples(150))
@given(instances(max_queries=6), st.randoms(use_true_random=False))
def test_tiny_instances_end_at_the_optimum(instance, random):
    """With six queries a few hundred moves find a best order, whatever the cost and cache."""
    best = ps.solve(instance, backend="brute").ttft
    order = improve(instance, random.sample(range(instance.n), instance.n), max_moves=600)
    assert ps.evaluate(instance, order.tolist()).max_ttft == best


@pytest.mark.kernels
@settings(max_examples=examples(100))
@given(instances(max_queries=12, min_queries=6), st.randoms(use_true_random=False))
def test_windows_are_never_worse(instance, random):
    """So too where the order is searched window by window."""
    given_order = random.sample(range(instance.n), instance.n)
    with narrow():
        order = improve(instance, given_order, max_moves=60)
    assert sorted(order.tolist()) == list(range(instance.n))
    before = ps.evaluate(instance, given_order).max_ttft
    assert ps.evaluate(instance, order.tolist()).max_ttft <= before


@pytest.mark.kernels
@settings(max_examples=examples(200))
@given(instances(max_queries=8), st.randoms(use_true_random=False))
def test_a_line_has_the_verifiers_times(instance, random):
    """Completions from the costs, with or without a matrix, are the verifier's."""
    order = random.sample(range(instance.n), instance.n)
    schedule = ps.evaluate(instance, order)
    problem = Problem.of(instance)
    timed = TimedOrder(costs_of(problem), np.array(order))
    assert (problem.origin + problem.tick * timed.ends).tolist() == [
        schedule.completion[j] for j in order
    ]
    if not isinstance(instance.cost, ps.Table):
        timed = TimedOrder(costs_of(instance), np.array(order))
        assert timed.ends.tolist() == [schedule.completion[j] for j in order]
        assert costs_of(instance).least().tolist() == [
            min(
                timed.costs.between(np.array([i]), np.array([j]))[0, 0]
                for i in range(instance.n)
                if i != j
            )
            if instance.n > 1
            else timed.setup[0]
            for j in range(instance.n)
        ]


@pytest.mark.kernels
@settings(max_examples=examples(200))
@given(instances(max_queries=8), st.data())
def test_a_stretch_is_assessed_in_its_surroundings(instance, data):
    """A rearranged window's largest lateness is that of the whole order from there on."""
    order = np.array(data.draw(st.permutations(range(instance.n))))
    begin = data.draw(st.integers(0, instance.n - 1))
    end = data.draw(st.integers(begin + 1, instance.n))
    problem = Problem.of(instance)
    timed = TimedOrder(costs_of(problem), order)
    search = timed.window(begin, end, 0)
    search.best = np.array(data.draw(st.permutations(range(end - begin))))
    search.refresh()
    order[begin:end] = order[begin:end][search.best]
    after = TimedOrder(costs_of(problem), order).lateness[begin:].max()
    idle = timed.lateness[end:].max(initial=0)  # what is late in any case plays no part
    assert max(search.worst, idle) == max(after, idle)


def test_a_known_optimum_is_found():
    """48 queries at load 1.2, from the best policy: 67,000 is the proven optimum."""
    instance = rasq(users=12, per_user=4, load=Decimal("1.2"))
    order = improve(instance, ps.simulate(instance, "lpm").order, enough=67_000, max_moves=20_000)
    assert ps.evaluate(instance, order.tolist()).max_ttft == 67_000


def test_long_orders_get_better_too():
    """A stream of several windows falls below its policies."""
    instance = rasq(users=30, per_user=4, load=Decimal("0.9"))
    start = ps.simulate(instance, "lpm")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_search, "LAST", replace(local_search.LAST, whole=50, window=40))
        order = improve(instance, start.order, max_moves=4_000)
    assert ps.evaluate(instance, order.tolist()).max_ttft < start.max


def test_deadlines_are_met():
    """A decision is searched for lateness: 20 queries can all have 32,000, and no less."""
    instance = rasq(users=5, per_user=4, load=Decimal("1.2"))
    problem = Problem.of(instance).within(32_000)
    order = improve(problem, ps.simulate(instance, "lpm").order, max_moves=20_000)
    assert (problem.completions(order.tolist()) <= problem.due).all()


def test_budgets_end_the_search():
    """No moves, a past deadline and a value that is enough leave the order as it is."""
    instance = stream((0, "aaab"), (1, "bbba"), (2, "aaac"), (3, "bbbc"))
    order = [0, 1, 2, 3]
    worst = ps.evaluate(instance, order).max_ttft
    for limits in ({"max_moves": 0}, {"deadline": 0.0}, {"enough": worst}):
        assert improve(instance, order, **limits).tolist() == order
    assert ps.evaluate(instance, improve(instance, order).tolist()).max_ttft < worst


def test_bad_arguments_are_named():
    """Not a permutation, or a negative budget."""
    instance = stream((0, "a"), (1, "b"))
    for order in ([0, 0], [0], [0, 2], [[0, 1]]):
        with pytest.raises(ps.InputError, match="order: not a permutation of 2 queries"):
            improve(instance, order)
    with pytest.raises(ps.InputError, match="max moves: -1; give 0 or more"):
        improve(instance, [0, 1], max_moves=-1)

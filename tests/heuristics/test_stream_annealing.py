"""Tests of the annealing of long orders: what it counts, and what it finds."""

import numpy as np
import pytest
from every_order import outcomes
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, rectangular, stream
from thorough import examples

import prefixsched as ps
from prefixsched.heuristics import stream_annealing
from prefixsched.heuristics.stream_annealing import Loss, anneal_stream
from prefixsched.kernels.heuristics.anneal_stream import anneal_places, serve_all
from prefixsched.model.cost import Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache
from prefixsched.runtime.limits import Limits, in_seconds
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels
prompted = st.one_of(linear, causal, rectangular)


def measure(instance, order, loss):
    """The sum, by the verifier."""
    ends = np.array(evaluate(instance, order.tolist()).ttft) + instance.arrival
    late = np.maximum(0, ends - loss.due)
    return int(np.where(late > 0, loss.step + np.minimum(late, loss.cap), 0).sum())


@st.composite
def losses(draw, instance):
    """Dues, steps and caps of all kinds."""

    def column(most):
        numbers = draw(st.lists(st.integers(0, most), min_size=instance.n, max_size=instance.n))
        return np.array(numbers, dtype=np.int64)

    return Loss(instance.arrival + column(20), column(9), column(12))


@settings(max_examples=examples(400))
@given(st.data())
def test_the_sum_that_it_keeps_is_that_of_the_verifier(data):
    """After many accepted moves, hot ones too; and the best order is no worse than the first."""
    instance = data.draw(instances(max_queries=14, min_queries=4, costs=prompted))
    loss = data.draw(losses(instance))
    seed = data.draw(st.integers(0, 99))
    limits = Limits(seed=seed, max_nodes=400)
    first = instance.by_age
    run = stream_annealing.Annealing(instance, first.copy(), loss, limits, lambda order: None)
    assert run.total == measure(instance, first, loss)
    for heat in (50, 0):
        run.sweep(3, heat)
        assert sorted(run.order) == list(range(instance.n))
        assert run.total == measure(instance, run.order, loss)
        again = [column.copy() for column in run.present]
        serve_all(run.stream, *again)
        assert all(map(np.array_equal, again, run.present))  # costs, completions and places
        assert run.least == measure(instance, run.best, loss) <= measure(instance, first, loss)
    assert limits.nodes <= 400 + instance.n


def test_whoever_comes_next_may_cost_more_though_it_begins_as_before():
    """Of the cache of the last prompt: an exchange of two that leaves no time free."""
    instance = stream((0, "ab"), (0, "cb"), (0, "ca"))
    for seed in range(20):
        loss = Loss.flow_time(instance)
        run = stream_annealing.Annealing(instance, np.arange(3), loss, Limits(seed=seed), print)
        served = np.zeros(len(run.stream.parent), dtype=np.int64)
        change = anneal_places(run.stream, *run.present, served, 0, 1, 2, 1, 50, run.rng)
        assert run.total + change == measure(instance, run.order, loss)


def test_small_streams_end_with_the_best_order():
    """Sums of TTFTs of 7 queries, against every order; nearly all are found."""
    found = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        texts = [(int(rng.integers(9)), "".join(rng.choice(list("ab"), size=5))) for _ in range(7)]
        instance = stream(*texts, cache=(Cache.LAST, Cache.UNBOUNDED)[seed % 2])
        orders = [instance.by_age]
        anneal_stream(
            instance, orders[0], Loss.flow_time(instance), Limits(max_nodes=2_000), orders.append
        )
        sums = [sum(evaluate(instance, order.tolist()).ttft) for order in orders]
        assert sums == sorted(sums, reverse=True)
        found += sums[-1] == min(map(sum, outcomes(instance)))
    assert found >= 10


def test_limits_are_heeded():
    """Time, moves, and what there is nothing to gain from."""
    instance = ps.generate("rasq", users=300, per_user=4, load=1.2, seed=0)
    limits = Limits(in_seconds(0.3))
    anneal_stream(instance, instance.by_age, Loss.flow_time(instance), limits, lambda _: None)
    assert limits.expired
    never = Loss(instance.arrival + 10**9, instance.arrival * 0, instance.arrival * 0)
    anneal_stream(instance, instance.by_age, never, Limits(), lambda _: None)


def test_what_it_cannot_count_is_refused():
    """A table has no prompts, and ``lru`` no set of queries that says what is cached."""
    lru = stream((0, "ab"), (0, "ac"), cache=Cache.LRU, capacity=3)
    zeros = np.zeros((2, 2), dtype=np.int64)
    table = stream((0, "ab"), (0, "ac"), cost=Table(zeros[0], zeros))
    for instance in (lru, table):
        with pytest.raises(InputError):
            anneal_stream(instance, [0, 1], Loss.flow_time(instance), Limits(), lambda _: None)

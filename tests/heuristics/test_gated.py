"""Tests of gated service: its rule, and its theorem against exact optima."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, stream
from thorough import examples

import prefixsched as ps
from prefixsched.heuristics.gated import gated, gated_orders
from prefixsched.model.cost import Rectangular
from prefixsched.model.instance import Cache

pytestmark = pytest.mark.kernels

speeds = st.sampled_from([Fraction(9, 8), Fraction(3, 2), Fraction(2), Fraction(3), Fraction(16)])


def streams(most):
    """Instances that gated service takes."""
    return instances(max_queries=most, costs=st.one_of(linear, causal), caches=st.just(Cache.LAST))


def ticks(instance, previous, j):
    """The cost of ``j`` after ``previous``, or after nothing."""
    pair = np.array([j if previous is None else previous]), np.array([j])
    overlap = instance.trie.overlap(*pair) * (previous is not None)
    return int(instance.cost.prefill(instance.length[j : j + 1], overlap)[0])


def batches(instance, run):
    """A run by the rule, in exact fractions: (gate, queries, their completions) of each batch."""
    found, now, left, previous = [], Fraction(0), run.order.tolist(), None
    while left:
        gate = now = max(now, Fraction(min(int(instance.arrival[j]) for j in left)))
        count = sum(instance.arrival[j] <= gate for j in left)
        ends = []
        for j in left[:count]:
            assert instance.arrival[j] <= gate
            now += ticks(instance, previous, j) / run.speed
            ends.append(now)
            previous = j
        found.append((gate, left[:count], ends))
        left = left[count:]
    return found


def work(instance, queries):
    """The weight w(S) of the theorem: sorted prompts from an empty cache."""
    inside = sorted(queries, key=lambda j: instance.trie.position[j])
    return sum(ticks(instance, i, j) for i, j in pairwise([None, *inside]))


@settings(max_examples=examples(300))
@given(streams(10), st.one_of(speeds, st.just(Fraction(1)), st.just(Fraction(2, 3))))
def test_the_rule_and_its_clock(instance, speed):
    """Each batch is all that waits at its gate, no dearer than from cold; times are exact."""
    run = gated(instance, speed)
    assert sorted(run.order.tolist()) == list(range(instance.n))
    longest = Fraction(0)
    for gate, queries, ends in batches(instance, run):
        assert (ends[-1] - gate) * speed <= work(instance, queries)
        longest = max(
            longest, *(e - int(instance.arrival[j]) for j, e in zip(queries, ends, strict=True))
        )
    assert run.max_ttft == longest


@settings(max_examples=examples(400))
@given(streams(7), speeds)
def test_the_theorem_holds(instance, speed):
    """The optimum T* at speed 1 bounds gated service at speed s by 2 (T* + K) / (s - 1)."""
    best = ps.solve(instance, backend="brute").ttft
    run = gated(instance, speed)
    assert run.max_ttft <= Fraction(2 * (best + run.shared)) / (speed - 1)
    assert not run.refutes(best)


@settings(max_examples=examples(300))
@given(streams(7))
def test_the_work_of_an_interval_is_bounded(instance):
    """Step 2 of the proof, for all intervals of arrivals: w(S) ≤ b - a + T* + K."""
    best = ps.solve(instance, backend="brute").ttft
    shared = gated(instance).shared
    times = sorted(set(instance.arrival.tolist()))
    for i, a in enumerate(times):
        for b in times[i:]:
            inside = [j for j in range(instance.n) if a <= instance.arrival[j] <= b]
            assert work(instance, inside) <= b - a + best + shared


@settings(max_examples=examples(200))
@given(streams(7))
def test_shared_is_the_heaviest_prefix_with_an_earlier_query(instance):
    """K against all pairs."""
    heaviest = 0
    for j in range(instance.n):
        for i in range(instance.n):
            if instance.arrival[i] < instance.arrival[j]:
                shared = instance.trie.shared(np.array([i]), np.array([j]))
                heaviest = max(heaviest, int(instance.cost.potential(shared)[0]))
    assert gated(instance).shared == heaviest


def test_infeasible_bounds_are_refuted():
    """Six long prompts at once can't be done in 30 ticks, as even a fast server shows."""
    instance = stream(*((0, letter * 40) for letter in "abcdef"))
    run = gated(instance, 4)
    assert run.shared == 0
    assert run.max_ttft == 60
    assert run.refutes(80)
    assert not run.refutes(90)
    assert ps.solve(instance, ttft=89).status is ps.Status.INFEASIBLE


def test_the_shared_prefix_cant_be_left_out():
    """A conversation grows to 1,000 tokens; a short query comes just before its last step."""
    steps = [(10 * i, "x" * 10 * (i + 1)) for i in range(100)]
    instance = stream(*steps, (1001, "z"), (1005, "x" * 1010))
    patient = ps.evaluate(instance, [*range(100), 101, 100])
    run = gated(instance, 2)
    assert patient.max_ttft == 15
    assert run.max_ttft > 2 * 15
    assert run.max_ttft <= run.guarantee(15)


@settings(max_examples=examples(100))
@given(instances(max_queries=8))
def test_start_orders_get_better(instance):
    """Each order beats the one before and the bound, by the verifier."""
    ttft = ps.simulate(instance, "fcfs").max
    values = [ps.evaluate(instance, o.tolist()).max_ttft for o in gated_orders(instance, ttft)]
    assert all(b < a for a, b in pairwise([ttft, *values]))


def test_bad_arguments_are_named():
    """Other costs and caches, speeds of 0 and of huge terms, and a guarantee without speed."""
    instance = stream((0, "a"), (1, "b"))
    for other in (
        stream((0, "a"), cache=Cache.UNBOUNDED),
        stream((0, "a"), cost=Rectangular()),
    ):
        with pytest.raises(ps.InputError, match="gated: it needs the cost model linear or causal"):
            gated(other)
    with pytest.raises(ps.InputError, match="speed: 0; give more than 0"):
        gated(instance, 0)
    with pytest.raises(ps.InputError, match="give a rounder number"):
        gated(instance, Fraction(2**61 + 1, 2**61))
    with pytest.raises(ps.InputError, match="speed: 1; the guarantee needs more than 1"):
        gated(instance).guarantee(5)

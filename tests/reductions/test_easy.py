"""Theorems about easy cases, against brute force, with the examples that bound them."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, rectangular, stream
from thorough import examples

import prefixsched as ps
from reductions.easy import depth_first, equal_arrivals, least_work, no_reuse

potentials = st.one_of(linear, causal, st.builds(ps.Potential, st.just(Fraction(1, 3))))


def optimum(instance):
    """The least largest TTFT, by brute force."""
    return ps.solve(instance, backend="brute").ttft


@st.composite
def strangers(draw):
    """Up to five queries whose prompts begin with labels of their own; any cost but a table."""
    instance = draw(instances(5, costs=st.one_of(linear, causal, rectangular)))
    prompts = [[(f"own{j}", 1), *instance.prompts.segments(j)] for j in range(instance.n)]
    return replace(instance, prompts=ps.Prompts.from_segments(prompts))


@st.composite
def fixed_setups(draw):
    """Up to five queries under a table whose rows are all alike."""
    n = draw(st.integers(1, 5))
    times = np.array(draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)))
    instance = draw(instances(min_queries=n, max_queries=n, costs=linear))
    return replace(instance, cost=ps.Table(times, np.tile(times, (n, 1))))


@settings(max_examples=examples(250), deadline=None)
@given(st.one_of(strangers(), fixed_setups()))
def test_without_reuse_fcfs_is_optimal(instance):
    """Where no set-up depends on what came before, nobody beats first come, first served."""
    assert ps.simulate(instance, "fcfs").max == optimum(instance)


def test_with_reuse_it_is_not():
    """One shared token is enough to beat it."""
    instance = stream((0, "xa"), (0, "b"), (0, "xc"))
    assert (ps.simulate(instance, "fcfs").max, optimum(instance)) == (5, 4)


together = instances(5, costs=potentials).map(
    lambda instance: replace(instance, arrival=np.full(instance.n, 7))
)


@settings(max_examples=examples(250), deadline=None)
@given(together)
def test_of_equal_arrivals_depth_first_is_optimal(instance):
    """Its largest TTFT is the least work of the trie, and brute force finds none below."""
    found = ps.evaluate(instance, depth_first(instance).tolist()).max_ttft
    assert found == least_work(instance) == optimum(instance)


def continues(instance, i, j):
    """Whether prompt j properly continues prompt i, from the trie's depths."""
    overlap = instance.trie.overlap_matrix()
    length = instance.length
    return length[i] < length[j] and overlap[i, j] == length[i]


def prefixes_first(instance):
    """The same queries, shorter prompts first: so each comes before those that continue it."""
    return instance.select(np.argsort(instance.length, kind="stable"))


@settings(max_examples=examples(250), deadline=None)
@given(together)
def test_of_equal_arrivals_lpm_is_optimal_if_prefixes_come_first(instance):
    """With each prompt before those that continue it, LPM has the least work, twins included."""
    ordered = prefixes_first(instance)
    assert ps.simulate(ordered, "lpm").max == optimum(ordered)


@st.composite
def ended(draw):
    """Queries that arrive together, whose prompts end in tokens of their own, but for twins."""
    instance = draw(together)
    texts = [instance.prompts.segments(j) for j in range(instance.n)]
    prompts = [[*text, (f"end{texts.index(text)}", 1)] for text in texts]
    return replace(instance, prompts=ps.Prompts.from_segments(prompts))


@settings(max_examples=examples(250), deadline=None)
@given(ended())
def test_lpm_is_optimal_where_no_prompt_continues_another(instance):
    """Then any order of ties will do."""
    pairs = [(i, j) for i in range(instance.n) for j in range(instance.n)]
    assert not any(continues(instance, i, j) for i, j in pairs)
    assert ps.simulate(instance, "lpm").max == optimum(instance)


@settings(max_examples=examples(250), deadline=None)
@given(together)
def test_what_lpm_can_lose_otherwise(instance):
    """At most the last token of each prompt that another continues."""
    cost, n = instance.cost, instance.n
    continued = {
        (int(instance.trie.node[i]), int(instance.length[i]))
        for i in range(n)
        if any(continues(instance, i, j) for j in range(n))
    }
    loss = sum(cost.worst(length) - cost.worst(length - 1) for _, length in continued)
    assert ps.simulate(instance, "lpm").max <= least_work(instance) + loss


def test_lpm_loses_where_a_prompt_comes_after_its_continuation():
    """Of "ab" and then "a", the second pays its only token again: the bound is met."""
    instance = stream((0, "ab"), (0, "a"))
    assert (ps.simulate(instance, "lpm").max, optimum(instance)) == (3, 2)


def test_lpm_loses_where_arrivals_differ():
    """What matches is served first even if it can wait and another can't."""
    instance = stream((0, "xa"), (1, "b"), (1, "xccc"), (3, "xddd"))
    assert ps.simulate(instance, "lpm").max > optimum(instance)


def test_depth_first_orders_differ_under_the_rectangular_cost():
    """Reuse is worth more to a long prompt, so it should not be first."""
    cost = ps.Rectangular(Fraction(1), Fraction(1))
    instance = stream((0, "abcdef"), (0, "abx"), cost=cost)
    assert ps.evaluate(instance, [0, 1]).max_ttft == 46
    assert ps.evaluate(instance, [1, 0]).max_ttft == 40
    with pytest.raises(TypeError, match="the cost is no potential"):
        least_work(instance)


@pytest.mark.parametrize("cache", ["last", "unbounded"])
def test_the_generators_make_easy_queues(cache):
    """FCFS and LPM are optimal on them, as the exact backend confirms."""
    for seed in range(3):
        apart = no_reuse(queries=9, seed=seed, cache=cache)
        assert ps.simulate(apart, "fcfs").max == ps.solve(apart).ttft
        batch = equal_arrivals(queries=40, seed=seed, cache=cache)
        assert set(batch.arrival.tolist()) == {0}
        assert ps.simulate(batch, "lpm").max == least_work(batch)


def test_the_trie_of_equal_arrivals_is_deep():
    """Prompts branch off within segments and continue whole ones."""
    batch = equal_arrivals(queries=60, seed=1)
    n = batch.n
    assert any(continues(batch, i, j) for i in range(n) for j in range(n))
    assert len(batch.trie.depth) > n + 1
    assert max(len(batch.prompts.segments(j)) for j in range(n)) > 3


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (no_reuse, {"queries": 0}, "queries: 0 is too small; give 1 or more"),
        (no_reuse, {"tokens": 0}, "tokens: 0 is too small; give 1 or more"),
        (no_reuse, {"cv": -1}, "cv: -1 is out of range"),
        (equal_arrivals, {"queries": 0}, "queries: 0 is too small; give 1 or more"),
        (equal_arrivals, {"tokens": 0}, "tokens: 0 is too small; give 1 or more"),
        (equal_arrivals, {"cache": "mru"}, "cache: 'mru' is unknown"),
    ],
)
def test_bad_options(make, options, message):
    """Each is named, with what will do."""
    with pytest.raises(ps.InputError) as caught:
        make(**options)
    assert str(caught.value).startswith(message)

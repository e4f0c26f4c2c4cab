"""Tests of the bound on the sum of TTFTs against every order."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, stream
from thorough import examples

from prefixsched.bounds.flow_time import flow_time_bound
from prefixsched.model.instance import Cache
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels


def least_sum(instance):
    """By the verifier, over all orders."""
    orders = permutations(range(instance.n))
    return min(sum(evaluate(instance, list(order)).ttft) for order in orders)


@settings(max_examples=examples(1000))
@given(instances(max_queries=5))
def test_the_bound_never_passes_the_least_sum(instance):
    """Over all costs, ties, repeats and prefixes."""
    assert flow_time_bound(instance) <= least_sum(instance)


@settings(max_examples=examples(1000))
@given(instances(max_queries=5, costs=linear | causal, caches=st.sampled_from(list(Cache))))
def test_the_bound_of_potential_costs(instance):
    """Each cache, with room for nothing or for all: edges count for the first below them."""
    assert flow_time_bound(instance) <= least_sum(instance)


def test_jobs_are_interrupted_for_shorter_ones():
    """The long one is left at 1 for the short one; a schedule has to wait for it instead."""
    instance = stream((0, "aaaaa"), (1, "b"), cache=Cache.UNBOUNDED)
    assert flow_time_bound(instance) == 6 + 1
    assert least_sum(instance) == 7 + 1


def test_an_edge_counts_for_the_first_to_arrive_and_a_last_token_for_all_others():
    """Whichever is greater: each query's least cost, or edges shared out, counts."""
    shared = stream((0, "aaaaaaaab"), (9, "aaaaaaaac"), (9, "aaaaaaaac"), cache=Cache.UNBOUNDED)
    assert flow_time_bound(shared) == least_sum(shared) == 9 + 1 + 2
    assert flow_time_bound(stream((0, "aa"), (0, "a"))) == 3


def test_what_lies_deeper_than_the_capacity_is_computed_each_time():
    """Of a cache of 2 tokens a prompt of 6 can reuse 2."""
    texts = (0, "abcdef"), (10, "abcdeg")
    small = stream(*texts, cache=Cache.LRU, capacity=2)
    assert flow_time_bound(small) == least_sum(small) == 6 + 4
    assert flow_time_bound(stream(*texts, cache=Cache.UNBOUNDED)) == 6 + 1

"""Tests of parts: what refutes a part refutes the whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, stream
from thorough import examples

from prefixsched.exact.brute import Brute
from prefixsched.exact.dp.backend import Dp
from prefixsched.exact.relaxation.sub_instance import sub_instance
from prefixsched.model.instance import Cache
from prefixsched.model.problem import Problem
from prefixsched.model.status import Status
from prefixsched.runtime.limits import Limits


def feasible(problem):
    """By brute force."""
    return Brute().solve(problem, Limits()).status is Status.FEASIBLE


def check(instance, data):
    """Every part of a feasible decision is feasible."""
    problem = Problem.of(instance)
    best = Brute().solve(problem, Limits()).lower
    at = problem.within(best * problem.tick)
    size = data.draw(st.integers(1, instance.n))
    queries = np.array(data.draw(st.permutations(range(instance.n)))[:size])
    assert feasible(sub_instance(at, queries))


@settings(max_examples=examples(400))
@given(instances(max_queries=6, costs=linear | causal, caches=st.just(Cache.LAST)), st.data())
def test_parts_of_what_is_feasible_are_feasible_under_potential_costs(instance, data):
    """Others may warm the cache: the part allows for it by the triangle inequality."""
    check(instance, data)


@settings(max_examples=examples(300))
@given(instances(max_queries=6), st.data())
def test_parts_of_what_is_feasible_are_feasible(instance, data):
    """Under every cost and cache."""
    check(instance, data)


def test_queries_outside_may_help():
    """Alone, the second query of a family is late; with a warm-up before it arrives it isn't."""
    instance = stream((0, "aaaa"), (10, "aaab"))
    problem = Problem.of(instance).within(4)
    assert feasible(problem)
    alone = Problem.of(instance.select(np.array([1]))).within(3)
    assert not feasible(alone)
    assert feasible(sub_instance(problem.within(3), np.array([1])))


def test_the_sub_instance_of_all_is_the_problem():
    """Nobody is left outside to help."""
    problem = Problem.of(stream((0, "aa"), (1, "ab"), (2, "b"))).within(2)
    part = sub_instance(problem, np.array([2, 0, 1]))
    assert not part.anticipatory
    assert part.release.tolist() == problem.release[[2, 0, 1]].tolist()


@pytest.mark.parametrize("cache", [Cache.LAST, Cache.UNBOUNDED])
def test_a_part_too_late_by_itself_is_refuted(cache):
    """Three prompts with nothing in common can't all be served within the time of two."""
    instance = stream((0, "aaa"), (0, "bbb"), (0, "ccc"), (50, "d"), cache=cache)
    problem = Problem.of(instance).within(8)
    assert not feasible(sub_instance(problem, np.array([0, 1, 2])))
    assert feasible(sub_instance(problem, np.array([0, 1])))


@settings(max_examples=examples(600))
@given(instances(max_queries=7, costs=linear | causal, caches=st.just(Cache.LAST)), st.data())
def test_dp_decides_parts_as_brute_force_does(instance, data):
    """Its bounds on the tree and its rules hold where others may warm the cache."""
    problem = Problem.of(instance)
    best = Brute().solve(problem, Limits()).lower
    at = problem.within(data.draw(st.integers(0, best)) * problem.tick)
    size = data.draw(st.integers(1, instance.n))
    queries = np.array(data.draw(st.permutations(range(instance.n)))[:size])
    part = sub_instance(at, queries)
    assert (Dp().solve(part, Limits()).status is Status.FEASIBLE) == feasible(part)

"""Tests of long streams."""

from decimal import Decimal
from importlib import import_module

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, stream

import prefixsched as ps
from prefixsched.exact.backend import Run
from prefixsched.exact.brute import Brute
from prefixsched.exact.problem import Problem
from prefixsched.exact.stream import stretch_bound
from prefixsched.generate.rasq import rasq
from prefixsched.instance import Cache

facade = import_module("prefixsched.solve")  # the package's name for it is the function


@settings(max_examples=300)
@given(instances(max_queries=6, costs=linear | causal, caches=st.just(Cache.LAST)), st.data())
def test_a_stretch_bounds_the_optimum(instance, data):
    """From whatever schedule the stretch was taken."""
    order = data.draw(st.permutations(range(instance.n)))
    problem = Problem.of(instance)
    best = Brute().solve(problem, Run()).lower * problem.tick
    found = stretch_bound(instance, order, 0, Run())
    assert found is None or 0 < found.ticks <= best


def test_other_costs_have_no_stretch():
    """The argument needs a potential cost and the last prompt alone cached."""
    instance = stream((0, "ab"), (0, "cd"), cache=Cache.UNBOUNDED)
    assert stretch_bound(instance, [0, 1], 0, Run()) is None


def test_streams_are_bracketed_as_if_they_were_long(monkeypatch):
    """What ``auto`` does past the size of a matrix, on a stream whose optimum is known."""
    instance = rasq(users=16, per_user=4, load=Decimal("1.2"), seed=0)
    best = ps.solve(instance).ttft
    monkeypatch.setattr(facade, "MAX_MATRIX", 5)
    result = ps.solve(instance, max_nodes=20_000)
    assert result.backend == "stretch"
    assert result.lower_bound <= best <= result.upper_bound
    assert result.gap < 0.05


def test_a_quiet_stream_is_solved():
    """A burst in a long quiet stream decides its optimum."""
    texts = [(20 * k, f"{k % 7}{k}" * 2) for k in range(3000)]
    texts += [(30_000, letter * 40) for letter in "abcd"]
    result = ps.solve(stream(*texts))
    assert result.status is ps.Status.OPTIMAL
    assert result.ttft == np.max(ps.evaluate(stream(*texts), result.schedule.order).ttft)

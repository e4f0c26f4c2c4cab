"""Tests of long streams."""

from decimal import Decimal
from importlib import import_module

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, stream
from thorough import examples

import prefixsched as ps
from prefixsched.exact.brute import Brute
from prefixsched.generate.rasq import rasq
from prefixsched.model.instance import Cache
from prefixsched.model.problem import Problem
from prefixsched.offline.critical_stretch import stretch_bound
from prefixsched.runtime.limits import Limits

max_ttft = import_module("prefixsched.offline.max_ttft")


@settings(max_examples=examples(300))
@given(instances(max_queries=6, costs=linear | causal, caches=st.just(Cache.LAST)), st.data())
def test_a_stretch_bounds_the_optimum(instance, data):
    """From whatever schedule the stretch was taken."""
    order = data.draw(st.permutations(range(instance.n)))
    problem = Problem.of(instance)
    best = Brute().solve(problem, Limits()).lower * problem.tick
    found = stretch_bound(instance, order, 0, Limits())
    assert found is None or 0 < found.ticks <= best


def test_other_costs_have_no_stretch():
    """The argument needs a potential cost and the last prompt alone cached."""
    instance = stream((0, "ab"), (0, "cd"), cache=Cache.UNBOUNDED)
    assert stretch_bound(instance, [0, 1], 0, Limits()) is None


def test_streams_are_bracketed_as_if_they_were_long(monkeypatch):
    """What ``auto`` does past the size of a matrix, on a stream whose optimum is known."""
    instance = rasq(users=50, per_user=4, load=Decimal("0.3"), arrivals="poisson", seed=1)
    best = ps.solve(instance)
    assert best.status is ps.Status.OPTIMAL
    monkeypatch.setattr(max_ttft, "MAX_MATRIX", 5)
    result = ps.solve(instance)
    assert result.lower_bound <= best.ttft <= result.upper_bound
    assert result.gap < 0.05


def test_a_burst_in_a_quiet_stream_decides():
    """The stretch around it is all that matters, and closes the bracket to within 2 %."""
    texts = [(20 * k, f"{k % 7}{k}" * 2) for k in range(2040)]
    texts += [(30_000, letter * 40) for letter in "abcd"]
    instance = stream(*texts)
    result = ps.solve(instance, max_nodes=2_000)
    assert result.ttft == np.max(ps.evaluate(instance, result.schedule.order).ttft)
    assert result.gap < 0.02
    refuted = ps.solve(instance, ttft=result.lower_bound - 1)
    assert refuted.status is ps.Status.INFEASIBLE
    assert 0 < len(refuted.core) < 400

"""Tests of infeasible cores."""

import numpy as np
from hypothesis import given, settings
from strategies import instances, stream

import prefixsched as ps
from prefixsched.exact.backend import Run
from prefixsched.exact.brute import Brute
from prefixsched.exact.core import infeasible_core
from prefixsched.exact.part import part_of
from prefixsched.exact.problem import Problem
from prefixsched.result import Status


@settings(max_examples=150)
@given(instances(max_queries=6))
def test_a_core_refutes(instance):
    """What is left can't meet T* - 1 by itself, whatever the others do."""
    problem = Problem.of(instance)
    best = Brute().solve(problem, Run()).lower
    if best == 0:
        return
    below = problem.within((best - 1) * problem.tick)
    core = infeasible_core(below, Run(), 60.0)
    assert len(set(core.tolist())) == len(core) > 0
    assert Brute().solve(part_of(below, core), Run()).status is Status.INFEASIBLE
    alone = Problem.of(instance.select(core)).within((best - 1) * problem.tick)
    assert Brute().solve(alone, Run()).status is Status.INFEASIBLE


def test_a_core_leaves_out_what_does_not_matter():
    """A burst among quiet queries is the reason, and it alone."""
    quiet = [(100 * k, f"{k}x") for k in range(6)]
    burst = [(250, letter * 5) for letter in "abcd"]
    instance = stream(*quiet, *burst)
    core = infeasible_core(Problem.of(instance).within(17), Run(), 60.0)
    assert sorted(core.tolist()) == [6, 7, 8, 9]


def test_a_known_core_is_cut_down():
    """The work bound's interval is where it begins."""
    instance = stream(*[(0, letter * 5) for letter in "abcdef"])
    core = infeasible_core(Problem.of(instance).within(12), Run(), 60.0, np.arange(6))
    assert len(core) == 3


def test_refuted_decisions_come_with_a_core():
    """The facade finds one where the search had to refute, and limits end it in time."""
    instance = stream((0, "aaab"), (1, "bbba"), (2, "aaac"), (3, "bbbc"), (4, "aaad"), (5, "bbbd"))
    best = ps.solve(instance).ttft
    result = ps.solve(instance, ttft=best - 1, backend="dp")
    assert (result.status, result.backend) == (Status.INFEASIBLE, "dp")
    assert result.core
    repeated = [ps.solve(instance, ttft=best - 1, backend="dp", max_nodes=10**6) for _ in range(2)]
    assert repeated[0].core == repeated[1].core

"""Tests of what deadlines imply, against all orders that meet them."""

from itertools import pairwise, permutations

import numpy as np
from hypothesis import given, settings
from strategies import instances

import prefixsched as ps
from prefixsched.exact.problem import Problem
from prefixsched.exact.windows import Windows
from prefixsched.tsptw import tsptw_instance


def meeting(problem):
    """Each order that meets all deadlines, with its completions."""
    for order in permutations(range(problem.n)):
        ends = problem.completions(order)
        if (ends <= problem.due).all():
            yield order, ends


@settings(max_examples=300)
@given(instance=instances(max_queries=5, allowances=True))
def test_every_schedule_in_time_meets_the_conditions(instance):
    """Bounds, precedences and arcs hold for every order that meets its deadlines."""
    problem = Problem.of(instance).within(instance.allowance)
    windows = Windows.of(problem, problem.due, [])
    for order, ends in meeting(problem):
        assert windows.consistent
        assert (windows.earliest <= ends).all()
        assert (ends <= windows.latest).all()
        place = np.argsort(order)
        assert not windows.before[place[:, None] > place[None, :]].any()
        for i, j in pairwise((problem.n, *order, problem.n)):
            assert windows.arcs[i, j]


def test_a_closing_depot_is_known_to_be_last():
    """No query can follow it in time, so that all precede it, and their work does."""
    far = [[0, 5, 5, 5], [5, 0, 5, 5], [5, 5, 0, 5], [5, 5, 5, 0]]
    instance = tsptw_instance(far, [[0, 100], [0, 90], [0, 90], [0, 90]])
    problem = Problem.of(instance).within(instance.allowance)
    windows = Windows.of(problem, problem.due, [])
    assert windows.before[:-1, -1].all()
    assert windows.earliest[-1] * problem.tick == 5 + 5 + 5 + 5
    assert ps.evaluate(instance, [0, 1, 2, 3]).completion[-1] == 20

"""Tests of normalisation and of the precedences of twins."""

from dataclasses import replace
from itertools import permutations

import numpy as np
from decisions import matrices
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances, stream
from thorough import examples

from prefixsched.exact.brute import Brute
from prefixsched.model.problem import NO_DEADLINE, Problem
from prefixsched.runtime.limits import Limits
from prefixsched.verifier.schedule import evaluate


@given(instances(max_queries=7), st.randoms(use_true_random=False))
def test_normalised_times_are_the_verifiers(instance, random):
    """Shift and scale undone, every completion is what the verifier finds."""
    order = random.sample(range(instance.n), instance.n)
    problem = Problem.of(instance)
    ends = problem.origin + problem.tick * problem.completions(order)
    schedule = evaluate(instance, order)
    assert ends.tolist() == list(schedule.completion)
    assert problem.max_flow(order) * problem.tick == schedule.max_ttft
    assert problem.completions(order).max() <= problem.horizon


def test_times_are_shifted_and_divided():
    """A common divisor and a late first arrival go, and the answer stays."""
    instance = stream((1000, "a" * 40), (1400, "b" * 80))
    problem = Problem.of(instance)
    assert (problem.origin, problem.tick) == (1000, 40)
    assert problem.release.tolist() == [0, 10]
    assert problem.within(119).due.tolist() == [2, 12]
    assert problem.within(np.array([-1, 80])).due.tolist() == [NO_DEADLINE, 12]


def test_equal_prompts_are_twins_and_go_by_arrival():
    """A class of twins makes a chain."""
    instance = stream((5, "ax"), (0, "by"), (3, "ax"), (4, "ax"))
    assert set(Problem.of(instance).precedences) == {(2, 3), (3, 0)}


def ordered(problem):
    """The least largest flow time among orders that keep the precedences."""
    best, n = NO_DEADLINE, problem.n

    def extend(order):
        nonlocal best
        if len(order) == n:
            best = min(best, problem.max_flow(order))
        for j in range(n):
            if j not in order and all(i in order for i, k in problem.precedences if k == j):
                extend([*order, j])

    extend([])
    return best


@settings(max_examples=examples(300))
@given(instances(max_queries=5))
def test_precedences_keep_a_best_schedule(instance):
    """Twins in order of arrival lose nothing, under every cost and cache."""
    problem = Problem.of(instance)
    assert ordered(problem) == Brute().solve(problem, Limits()).lower


@settings(max_examples=examples(200))
@given(instances(max_queries=5, allowances=True))
def test_precedences_keep_a_feasible_schedule(instance):
    """The same with deadlines of their own, where these agree with the arrivals."""
    problem = Problem.of(instance).within(instance.allowance)
    feasible = Brute().solve(problem, Limits()).order is not None
    found = [False]

    def extend(order):
        if found[0]:
            return
        if len(order) == problem.n:
            found[0] = bool((problem.completions(order) <= problem.due).all())
        for j in range(problem.n):
            if j not in order and all(i in order for i, k in problem.precedences if k == j):
                extend([*order, j])

    extend([])
    assert found[0] == feasible


def test_twins_of_a_part_go_by_what_is_left_at_arrival_too():
    """Someone outside may have warmed the cache for the later of two, but not for the earlier."""
    problem = Problem.of(stream((0, "ax"), (3, "ax")))
    assert problem.precedences == [(0, 1)]
    part = replace(problem, residual_setup=np.array([2, 1]))
    assert part.precedences == []
    assert replace(problem, residual_setup=np.array([1, 1])).precedences == [(0, 1)]


def test_who_may_miss_leaves_the_other_twins_in_order():
    """Between two with deadlines comes one without: the second still follows the first."""
    problem = Problem.of(stream((0, "ax"), (3, "ax"), (4, "ax")))
    due = np.array([5, NO_DEADLINE, 9])
    assert set(replace(problem, due=due).precedences) == {(0, 1), (0, 2)}


@settings(max_examples=examples(300))
@given(matrices(max_queries=5), st.booleans(), st.data())
def test_all_precedences_hold_at_once(problem, unbounded, data):
    """Whatever set of queries can be on time can be so in an order that keeps them."""
    problem = replace(problem, unbounded=unbounded)
    orders = [np.array(order) for order in permutations(range(problem.n))]
    order = data.draw(st.sampled_from(orders))
    free = data.draw(st.sets(st.integers(0, problem.n - 1)))
    due = problem.completions(order.tolist()) + data.draw(st.integers(0, 2))
    due[list(free)] = NO_DEADLINE
    problem = replace(problem, due=due)
    pairs = problem.precedences
    met = [order for order in orders if (problem.completions(order.tolist()) <= due).all()]
    places = [np.argsort(order) for order in met]
    assert any(all(place[i] < place[j] for i, j in pairs) for place in places)

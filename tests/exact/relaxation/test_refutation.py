"""Tests of the relaxation: it refutes nothing that a schedule meets."""

from decimal import Decimal

import numpy as np
import pytest
from decisions import check_windows, decisions, least_flow, matrices, schedules
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances, stream
from thorough import examples

from prefixsched.exact.relaxation.refutation import Relaxation, _cycles
from prefixsched.generate.rasq import rasq
from prefixsched.model.instance import Cache
from prefixsched.model.problem import Problem
from prefixsched.runtime.limits import Limits

pytestmark = pytest.mark.kernels

ARCS = st.sampled_from([1, 8, 32, 10**5])
ROUNDS = st.sampled_from([0, 1, 5, 60])


def check_bounds(bounds, orders):
    """Each of ``orders`` can be followed to its end within the cost of a schedule."""
    for order in orders:
        v, paid = len(bounds.query) - 1, np.zeros(len(bounds.schedule_cost), dtype=np.int64)
        assert (bounds.bound[:, v] <= bounds.schedule_cost).all()
        for j in order:
            ways = bounds.arc_head[bounds.arc_start[v] : bounds.arc_start[v + 1]]
            (v,) = ways[bounds.query[ways] == j].tolist()
            paid += bounds.multipliers[:, j]
            assert (paid + bounds.bound[:, v] <= bounds.schedule_cost).all()


def check(problem, due, answer):
    """The answer agrees with all schedules."""
    orders = list(schedules(problem, due))
    if answer.refuted:
        assert not orders
        assert answer.order is None
    elif answer.order is not None:
        assert sorted(answer.order) == list(range(problem.n))
        assert (problem.completions(answer.order) <= due).all()
    else:
        for order in orders:
            check_windows(answer.windows, order)
        if answer.bounds is not None:
            check_bounds(answer.bounds, orders)


@settings(max_examples=examples(200))
@given(decisions(caches=st.sampled_from([Cache.LAST, Cache.UNBOUNDED])), ARCS, ROUNDS)
def test_answers_agree_with_all_schedules(problem, arcs, rounds):
    """Refuted, met or left open, over all costs and both caches, with little effort or much."""
    answer = Relaxation(problem).check(problem.due, Limits(), arcs, rounds)
    check(problem, problem.due, answer)


@settings(max_examples=examples(60))
@given(
    st.one_of(matrices(5), instances(max_queries=5, caches=st.just(Cache.LAST)).map(Problem.of)),
    st.lists(st.tuples(st.integers(-3, 3), ARCS, ROUNDS), min_size=2, max_size=6),
)
def test_what_was_learnt_refutes_no_other_deadlines(problem, asked):
    """One relaxation asked again and again, at tighter and at wider bounds."""
    relaxation, best = Relaxation(problem), least_flow(problem)
    for slack, arcs, rounds in asked:
        due = problem.release + max(0, best + slack)
        check(problem, due, relaxation.check(due, Limits(), arcs, rounds))


@settings(max_examples=examples(60))
@given(decisions(max_queries=4))
def test_with_much_effort_small_ones_are_decided(problem):
    """ng-sets of all queries leave schedules alone: multipliers or labels settle the question."""
    answer = Relaxation(problem).check(problem.due, Limits(), 10**6, 10**4)
    if answer.bounds is None and not answer.refuted and answer.order is None:
        return  # free set-ups in a circle: no graph
    assert answer.refuted == (not list(schedules(problem, problem.due)))


def test_multipliers_refute_what_windows_do_not():
    """RASQ of 16 just below its optimum; the multipliers are kept, and refute at once again."""
    problem = Problem.of(rasq(users=4, per_user=4, load=Decimal("1.2"), seed=0))
    relaxation, best = Relaxation(problem), 23_000 // problem.tick
    first, again = Limits(), Limits()
    due = problem.release + best - 1
    assert relaxation.check(due, first, 10**6, 10**4).refuted
    assert first.nodes > 0
    assert relaxation.check(due, again, 10**6, 10**4).refuted
    assert 0 < again.nodes <= first.nodes
    assert not relaxation.check(problem.release + best, Limits(), 10**6, 500).refuted


def test_no_budget_means_no_paths():
    """Only what the windows say; nothing is charged."""
    problem = Problem.of(stream((0, "aab"), (0, "aac"), (1, "bbb"))).within(9)
    budget = Limits(max_nodes=0)
    answer = Relaxation(problem).check(problem.due, budget, 10**5, 100)
    assert (answer.refuted, answer.order, answer.bounds, budget.nodes) == (False, None, None, 0)


@pytest.mark.parametrize("nodes", [1, 3, 20])
def test_paths_priced_are_charged_within_the_budget(nodes):
    """A node is a path."""
    problem = Problem.of(rasq(users=4, per_user=4, load=Decimal("1.2"), seed=0))
    budget = Limits(max_nodes=nodes)
    Relaxation(problem).check(problem.release + 23_000 // problem.tick, budget, 10**5, 10**4)
    assert 0 < budget.nodes <= nodes


@given(st.lists(st.lists(st.integers(0, 3), max_size=8), max_size=3))
def test_cycles_lie_between_two_visits(found):
    """As many as there are repeated visits; each begins with what comes again after it."""
    cycles = list(_cycles(found))
    assert len(cycles) == sum(len(path) - len(set(path)) for path in found)
    for cycle in cycles:
        assert cycle.count(cycle[0]) == 1
        assert any(
            path[k : k + len(cycle) + 1] == [*cycle, cycle[0]]
            for path in found
            for k in range(len(path))
        )

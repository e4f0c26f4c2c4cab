"""All exact backends against brute force, on instances of every kind.

Hypothesis prints the instance of a failure and the blob that reproduces it.
"""

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from incumbents import known
from strategies import instances
from thorough import examples

from prefixsched.exact.brute import Brute
from prefixsched.model.problem import Problem
from prefixsched.model.status import Status
from prefixsched.plugins.registry import create
from prefixsched.runtime.limits import Limits

BACKENDS = ("cpsat", "dp", "didp", "milp")


def check(problem, backend, limits=Limits, incumbent=lambda: None):
    """The backend minimises and decides at T* and T* - 1 as brute force does."""
    best = Brute().solve(problem, Limits())
    found = backend.solve(problem, limits(), incumbent())
    assert (found.status, found.lower) == (Status.OPTIMAL, best.lower)
    assert problem.max_flow(found.order) == best.lower
    at = problem.within(best.lower * problem.tick)
    decided = backend.solve(at, limits(), incumbent())
    assert decided.status is Status.FEASIBLE
    assert (at.completions(decided.order) <= at.due).all()
    if best.lower:
        below = problem.within((best.lower - 1) * problem.tick)
        assert backend.solve(below, limits(), incumbent()).status is Status.INFEASIBLE


@pytest.mark.slow
@pytest.mark.parametrize("block", range(3))
@pytest.mark.parametrize("backend", [name for name in BACKENDS if name != "dp"])
def test_backends_agree_with_brute_force(backend, block):
    """300 instances over all costs, both caches, n ≤ 7, nothing known beforehand; dp has more.

    In three blocks of their own seeds, so that workers share what takes MILP minutes.
    """

    @seed(block)
    @settings(max_examples=examples(100))
    @given(instance=instances(max_queries=7))
    def agree(instance):
        check(Problem.of(instance), create("backends", backend), Limits)

    agree()


@settings(max_examples=40)
@given(instance=instances(max_queries=6))
def test_cbc_agrees_with_brute_force(instance):
    """Fewer: CBC is a process of its own each time."""
    check(Problem.of(instance), create("backends", "milp:solver=cbc"), Limits)


@pytest.mark.parametrize("backend", BACKENDS)
@settings(max_examples=40)
@given(instance=instances(max_queries=6), data=st.data())
def test_what_is_known_beforehand_changes_nothing(backend, instance, data):
    """A start, a lower bound, two threads: the same answers."""
    problem = Problem.of(instance)
    start = data.draw(st.permutations(range(instance.n)))
    lower = data.draw(st.integers(0, Brute().solve(problem, Limits()).lower))
    check(
        problem,
        create("backends", backend),
        lambda: Limits(threads=2),
        lambda: known(problem, start, lower),
    )


@pytest.mark.parametrize("backend", BACKENDS)
@settings(max_examples=examples(60))
@given(instance=instances(max_queries=6, allowances=True))
def test_own_allowances_are_decided_alike(backend, instance):
    """Deadlines of all sorts, and queries without any."""
    problem = Problem.of(instance).within(instance.allowance)
    expected = Brute().solve(problem, Limits())
    found = create("backends", backend).solve(problem, Limits())
    assert found.status is expected.status
    if found.order is not None:
        assert (problem.completions(found.order) <= problem.due).all()


@pytest.mark.slow
@settings(max_examples=examples(2000))
@given(instance=instances(max_queries=8, allowances=True), threads=st.integers(1, 2))
def test_dp_equals_brute_force(instance, threads):
    """Our own search on many more: minimise, decide, and own allowances.

    Brute force need only show that nothing is better: the order itself shows the rest.
    """
    problem = Problem.of(instance)
    dp = create("backends", "dp")
    found = dp.solve(problem, Limits(threads=threads))
    assert found.status is Status.OPTIMAL
    assert problem.max_flow(found.order) == found.lower
    at = problem.within(found.lower * problem.tick)
    assert dp.solve(at, Limits(threads=threads)).status is Status.FEASIBLE
    if found.lower:
        below = problem.within((found.lower - 1) * problem.tick)
        assert Brute().solve(below, Limits()).status is Status.INFEASIBLE
        assert dp.solve(below, Limits(threads=threads)).status is Status.INFEASIBLE
    own = problem.within(instance.allowance)
    assert dp.solve(own, Limits(threads=threads)).status is Brute().solve(own, Limits()).status


@pytest.mark.slow
def test_dp_equals_cpsat_past_brute_force():
    """Half of the instances of n = 10 to 16, all costs, both caches, are settled; work is limited.

    More are drawn: where the optimum is 0 there is nothing to refute, and CP-SAT
    runs out of its limit on some.
    """
    dp, cpsat = (create("backends", name) for name in ("dp", "cpsat"))
    settled = []

    @settings(max_examples=examples(200))
    @given(instance=instances(min_queries=10, max_queries=16))
    def agree(instance):
        problem = Problem.of(instance)
        found = dp.solve(problem, Limits(max_nodes=5_000))
        assert problem.max_flow(found.order) >= found.lower
        if found.lower == 0:
            return
        below = problem.within((found.lower - 1) * problem.tick)
        proved = cpsat.solve(below, Limits(max_nodes=100)).status
        assert proved is not Status.FEASIBLE
        best = problem.max_flow(found.order) == found.lower
        settled.append(best and proved is Status.INFEASIBLE)

    agree()
    assert sum(settled) >= examples(200) // 2

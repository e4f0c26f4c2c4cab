"""Tests of the layered search's parts."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import causal, instances, linear, stream
from thorough import examples

import prefixsched as ps
from prefixsched.exact.brute import Brute
from prefixsched.exact.dp import Dp
from prefixsched.exact.dp.layered_search import search
from prefixsched.exact.dp.recomputation import chains
from prefixsched.exact.dp.search_context import SearchContext
from prefixsched.exact.dp.value_grid import Grid
from prefixsched.exact.relaxation.time_windows import Windows
from prefixsched.generate.rasq import rasq
from prefixsched.model.instance import Cache
from prefixsched.model.problem import Problem
from prefixsched.model.status import Status
from prefixsched.runtime.limits import Limits, in_seconds

pytestmark = pytest.mark.kernels


@settings(max_examples=examples(250))
@given(instances(max_queries=6))
def test_the_optimum_lies_on_the_grid(instance):
    """Flow times are differences of releases modulo the set-ups' common divisor."""
    problem = Problem.of(instance)
    grid, best = Grid.of(problem), Brute().solve(problem, Limits()).lower
    assert grid.down(best) == grid.up(best) == best


def test_grid_steps():
    """Down and up give the nearest values of the grid."""
    grid = Grid(10, np.array([3, 7]))
    assert [grid.down(x) for x in (2, 3, 6, 7, 12, 13)] == [-3, 3, 3, 7, 7, 13]
    assert [grid.up(x) for x in (2, 3, 4, 7, 8, 13)] == [3, 3, 7, 7, 13, 13]


@settings(max_examples=examples(300))
@given(instances(max_queries=6, costs=linear | causal))
def test_deadlines_and_idling(instance):
    """Potential costs, where rules for idling and for better states are on."""
    problem = Problem.of(instance)
    found = Dp().solve(problem, Limits())
    assert (found.status, found.lower) == (Status.OPTIMAL, Brute().solve(problem, Limits()).lower)


def test_a_warm_up_run_is_not_useless():
    """Serving a query late can be right: it warms the cache for one that comes later.

    The first query fits into the gap before the second and delays it by nothing;
    but served between second and third it saves the third most of its prompt,
    which the burst behind it needs.
    """
    texts = [(0, "a" * 6), (10, "b" * 3), (30, "a" * 5 + "x")] + [(30, c * 6) for c in "cdef"]
    problem = Problem.of(stream(*texts))
    best = Brute().solve(problem, Limits()).lower
    assert Dp().solve(problem, Limits()).lower == best
    early = problem.max_flow([0, 1, 2, 3, 4, 5, 6])
    late = problem.max_flow([1, 0, 2, 3, 4, 5, 6])
    assert (late, early) == (25, 30)


@pytest.mark.slow
def test_windows_wider_than_a_word_are_searched():
    """More than 64 queries may wait at once."""
    instance = rasq(users=40, per_user=2, load=Decimal(9), seed=1)
    result = ps.solve(instance, backend="dp", max_nodes=20_000)
    assert result.ttft == max(ps.evaluate(instance, result.schedule.order).ttft)
    equal = stream(*[(0, f"{chr(97 + j % 5)}{j % 97:02}") for j in range(130)])
    found = Dp().solve(Problem.of(equal), Limits(max_nodes=50_000))
    assert found.order is not None


@pytest.mark.slow
def test_two_threads_give_the_same_answer():
    """Sharing layers changes nothing of what is proved."""
    instance = rasq(users=7, per_user=4, load=Decimal("1.2"), seed=3)
    one, two = (ps.solve(instance, backend="dp", threads=k) for k in (1, 2))
    assert one.status is two.status is Status.OPTIMAL
    assert one.ttft == two.ttft


def test_recomputations_are_counted():
    """Two queries of one family whose windows lie apart force a second visit, or idling."""
    instance = stream((0, "aaaab"), (100, "aaaac"), (0, "ddd"))
    problem = Problem.of(instance)
    order = np.argsort(problem.release, kind="stable")
    tree = type(problem.tree)(
        problem.tree.parent, problem.tree.edge, problem.tree.token, problem.tree.node[order]
    )
    release = problem.release[order]

    def total(ttft, at_arrival=problem.at_arrival):
        return chains(tree, release, release + ttft, at_arrival).total()

    assert [total(10), total(99), total(100)] == [4, 1, 0]
    # The last of its five tokens may be computed before it arrives: then it idles less.
    assert [total(98), total(98, np.array([5, 5, 0]))] == [2, 1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("users", "per_user", "load", "optimum"),
    [(5, 4, "1.2", 32_000), (8, 4, "1.2", 49_000), (10, 4, "0.9", 42_667)],
)
def test_reference_instances(users, per_user, load, optimum):
    """RASQ of the sizes that the README tells of, seed 0."""
    instance = rasq(users=users, per_user=per_user, load=Decimal(load), seed=0)
    result = ps.solve(instance)
    assert (result.status, result.ttft) == (Status.OPTIMAL, optimum)
    assert ps.solve(instance, ttft=optimum - 1).status is Status.INFEASIBLE


def test_last_tokens_are_no_idling():
    """Between two recomputations a query that ends at the node itself takes counted time."""
    problem = Problem.of(stream((0, "a"), (1, "a"), (2, "a")))
    assert Dp().solve(problem.within(1), Limits()).status is Status.FEASIBLE


def test_a_last_token_is_not_an_entry_too():
    """Who enters anew and ends there pays the edge, its last token with it, but once."""
    texts = [(4, "baaa"), (0, "a"), (0, "a"), (0, "a"), (0, "a"), (5, "a")]
    problem = Problem.of(stream(*texts))
    assert Dp().solve(problem.within(4), Limits()).status is Status.FEASIBLE
    assert Dp().solve(problem, Limits()).lower == 4


def test_an_unbounded_cache_is_a_state_of_its_set():
    """With everything cached, the last query doesn't matter."""
    instance = rasq(users=4, per_user=4, load=Decimal("1.2"), seed=0, cache="unbounded")
    assert instance.cache is Cache.UNBOUNDED
    result = ps.solve(instance, backend="dp")
    assert result.ttft == ps.solve(instance, backend="cpsat").ttft


def test_a_layer_of_few_states_with_many_choices_is_left_in_time():
    """With everything cached each choice is compared with all that could make it cheaper."""
    prompts = ["ab"[: 1 + k % 2] + chr(33 + k) * (1 + k % 3) for k in range(60)]
    crowd = stream(*[(0, prompt) for prompt in prompts], cache=Cache.UNBOUNDED)
    problem = Problem.of(crowd)
    due = problem.release + 122  # the work of all
    windows = Windows.of(problem, due, problem.precedences)
    data = SearchContext.of(problem).decision_data(windows, None)
    asked = []

    def over():
        asked.append(data.halt[0])
        return True

    found = search(data, 1_000, 2**30, lambda _nodes, width: width > 200, over)
    assert asked
    assert (found.order, found.complete) == (None, False)


def test_time_that_proofs_have_no_use_for_is_searched_in(monkeypatch):
    """Local search goes on until the limit, not only until the last level would take too long."""
    rivals = rasq(users=20, per_user=4, load=Decimal("1.2"), seed=1)
    monkeypatch.setattr("prefixsched.exact.dp.bisection.EFFORTS", ())
    for threads in (1, 2):
        limits = Limits(in_seconds(0.5), threads)
        Dp().solve(Problem.of(rivals), limits)
        assert limits.expired
    limits = Limits(max_nodes=1)  # without a deadline none is left
    Dp().solve(Problem.of(rivals), limits)

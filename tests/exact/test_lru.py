"""Tests of exact search with the cache lru."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cached, stream
from thorough import examples

import prefixsched as ps
from prefixsched.bounds.caches import with_cache
from prefixsched.exact.brute import Brute
from prefixsched.exact.dp import Dp
from prefixsched.exact.lru import MAX_QUERIES
from prefixsched.exact.lru_problem import LruProblem
from prefixsched.generate.rasq import rasq
from prefixsched.heuristics.local_search import improve
from prefixsched.heuristics.setup_times import costs_of
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache
from prefixsched.model.problem import Problem
from prefixsched.model.status import Status
from prefixsched.runtime.limits import Limits
from prefixsched.verifier.schedule import evaluate


@settings(max_examples=examples(200))
@given(cached(max_queries=7), st.randoms())
def test_the_search_serves_as_the_verifier_does(instance, random):
    """Sets of edges in eviction order cost what the plain cache over segments says."""
    edges = LruProblem(instance).edges
    order = random.sample(range(instance.n), instance.n)
    now, runs, completion = 0, (), [0] * instance.n
    for j in order:
        now = max(now, edges.release[j]) + edges.cost(j, sum(runs))
        completion[j] = now
        runs = edges.serve(runs, j)
        assert edges.tokens(sum(runs)) <= instance.capacity
    assert tuple(completion) == evaluate(instance, order).completion


@settings(max_examples=examples(60))
@given(cached(max_queries=5))
def test_brute_force_is_the_best_of_all_orders(instance):
    """As the verifier finds them, one by one."""
    best = min(evaluate(instance, order).max_ttft for order in permutations(range(instance.n)))
    found = Brute().solve_lru(LruProblem(instance), Limits())
    assert (found.status, found.lower) == (Status.OPTIMAL, best)
    assert evaluate(instance, found.order).max_ttft == best


def agree(instance):
    """Minimise, decide at and below the optimum, and decide own allowances."""
    problem = LruProblem(instance)
    expected, found = (each.solve_lru(problem, Limits()) for each in (Brute(), Dp()))
    assert found.status is expected.status is Status.OPTIMAL
    assert found.lower == expected.lower == evaluate(instance, found.order).max_ttft
    at = Dp().solve_lru(problem.within(found.lower), Limits())
    assert at.status is Status.FEASIBLE
    assert evaluate(instance, at.order).max_ttft == found.lower
    if found.lower:
        below = Dp().solve_lru(problem.within(found.lower - 1), Limits())
        assert below.status is Status.INFEASIBLE
    own = problem.within(instance.allowance)
    expected, found = (each.solve_lru(own, Limits()) for each in (Brute(), Dp()))
    assert found.status is expected.status
    assert found.order is None or evaluate(instance, found.order).meets(instance)


@settings(max_examples=examples(100))
@given(cached(max_queries=5, allowances=True))
def test_the_search_equals_brute_force(instance):
    """On few queries: minimise, decide, and own allowances."""
    agree(instance)


@pytest.mark.slow
@settings(max_examples=examples(500))
@given(cached(min_queries=4, max_queries=7, allowances=True))
def test_the_search_equals_brute_force_on_more(instance):
    """500 instances of up to 7 queries."""
    agree(instance)


@settings(max_examples=25)
@given(cached(max_queries=6))
def test_solve_brackets_and_closes(instance):
    """The facade's answer is the optimum, between that of the unbounded cache and any policy's."""
    found = ps.solve(instance)
    assert found.status is Status.OPTIMAL
    assert found.ttft == Brute().solve_lru(LruProblem(instance), Limits()).lower
    assert (
        ps.solve(with_cache(instance, Cache.UNBOUNDED)).ttft
        <= found.ttft
        <= ps.simulate(instance, "lpm").max
    )
    assert ps.solve(instance, ttft=found.ttft).status is Status.FEASIBLE
    if found.ttft:
        assert ps.solve(instance, ttft=found.ttft - 1).status is Status.INFEASIBLE


@settings(max_examples=40)
@given(cached(max_queries=6))
def test_the_limits_of_the_capacity(instance):
    """C = 0 is no cache at all, and room for the whole trie the unbounded one."""
    trie = instance.trie
    tokens = int((trie.depth - trie.depth[trie.parent]).sum())
    roomy = ps.solve(replace(instance, capacity=tokens), backend="dp")
    assert roomy.ttft == ps.solve(with_cache(instance, Cache.UNBOUNDED)).ttft
    nothing = ps.solve(replace(instance, capacity=0), backend="dp")
    assert nothing.ttft == ps.simulate(replace(instance, capacity=0), "fcfs").max


def test_without_a_cache_first_come_is_optimal():
    """The order changes no work then, and the oldest first has the least worst wait."""
    instance = stream((0, "aaaa"), (1, "b"), (1, "aaab"), cache=Cache.LRU, capacity=0)
    assert ps.solve(instance).ttft == ps.simulate(instance, "fcfs").max == 8


def test_a_stream_too_long_for_the_search_is_bracketed():
    """auto says what orders are known to reach and no cache can beat; dp refuses."""
    instance = rasq(users=18, per_user=4, seed=1, load=Decimal("1.1"), cache="lru:9000")
    found = ps.solve(instance, time_limit=3)
    assert found.status is Status.FEASIBLE
    assert 0 < found.lower_bound < found.ttft == evaluate(instance, found.schedule.order).max_ttft
    assert found.lower_bound >= ps.solve(with_cache(instance, Cache.UNBOUNDED)).lower_bound
    message = f"72 queries; exact search takes at most {MAX_QUERIES}, use auto for a bracket"
    with pytest.raises(InputError, match=message):
        ps.solve(instance, backend="dp")


def test_a_bound_beyond_any_cache_is_refuted():
    """What the unbounded cache can't meet, lru can't either, at any length."""
    instance = rasq(users=6, per_user=4, seed=1, cache="lru:9000")
    least = ps.solve(with_cache(instance, Cache.UNBOUNDED)).ttft
    assert ps.solve(instance, ttft=least - 1, time_limit=20).status is Status.INFEASIBLE


def test_a_search_that_runs_out_says_what_it_proved():
    """Under a node limit: the schedule known before, and a bound that holds."""
    instance = rasq(users=4, per_user=3, seed=1, cache="lru:9000")
    best = ps.solve(instance)
    assert best.status is Status.OPTIMAL
    cut = ps.solve(instance, backend="dp", max_nodes=20)
    assert cut.status in (Status.FEASIBLE, Status.OPTIMAL)
    assert cut.lower_bound <= best.ttft <= cut.ttft
    small = ps.solve(instance, backend="dp", memory=10_000)
    assert small.lower_bound <= best.ttft <= small.ttft
    undecided = ps.solve(instance, ttft=best.ttft, backend="dp", max_nodes=1)
    assert undecided.status in (Status.UNKNOWN, Status.FEASIBLE)


@pytest.mark.parametrize("backend", ["cpsat", "milp"])
def test_other_backends_refuse_in_one_line(backend):
    """They work from set-up times between two queries."""
    instance = stream((0, "a"), (0, "b"), cache=Cache.LRU, capacity=1)
    with pytest.raises(InputError) as caught:
        ps.solve(instance, backend=backend)
    assert str(caught.value) == f"backend {backend}: it can't search with the cache lru; use auto"


def test_no_matrix_is_made_of_it():
    """Whoever asks for set-up times from query to query is told that there are none."""
    instance = stream((0, "a"), (0, "b"), cache=Cache.LRU, capacity=1)
    for ask in (Problem.of, costs_of):
        with pytest.raises(InputError, match="cache: lru has no set-up times"):
            ask(instance)


@pytest.mark.kernels
@settings(max_examples=examples(60))
@given(cached(max_queries=7), st.randoms(), st.integers(0, 30))
def test_local_search_never_makes_it_worse_and_repeats(instance, random, moves):
    """An order again, whose largest TTFT is no more than before."""
    order = random.sample(range(instance.n), instance.n)
    found = improve(instance, order, seed=1, max_moves=moves)
    assert evaluate(instance, found.tolist()).max_ttft <= evaluate(instance, order).max_ttft
    assert improve(instance, order, seed=1, max_moves=moves).tolist() == found.tolist()


def test_local_search_comes_close():
    """From far above to within a tenth of the optimum, in some thousand moves."""
    instance = rasq(users=5, per_user=3, seed=1, load=Decimal("1.2"), cache="lru:14000")
    best, start = ps.solve(instance).ttft, ps.simulate(instance, "fcfs")
    found = improve(instance, start.order, seed=0, max_moves=5000, enough=best)
    worst = evaluate(instance, found.tolist()).max_ttft
    assert 10 * worst <= 11 * best < 10 * start.max

"""Tests of the first stage of ``dp`` against brute force and the stages after it."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from decisions import decisions
from hypothesis import given, settings
from hypothesis import strategies as st
from incumbents import known
from strategies import causal, instances, linear, stream
from thorough import examples

import prefixsched as ps
from prefixsched.exact.brute import Brute
from prefixsched.exact.dp import Dp, backend, bitset_stage
from prefixsched.exact.dp.bitset_stage import solve_by_bitsets
from prefixsched.exact.dp.value_grid import Grid
from prefixsched.exact.relaxation.sub_instance import sub_instance
from prefixsched.generate.rasq import rasq
from prefixsched.kernels.dp.bitset_problem import down, lowest
from prefixsched.model.instance import NO_ALLOWANCE, Cache
from prefixsched.model.problem import Problem
from prefixsched.model.status import Status
from prefixsched.runtime.limits import Limits

caches = st.sampled_from([Cache.LAST, Cache.UNBOUNDED])
few = pytest.mark.kernels


def numbered(problem):
    """The problem with its queries numbered by release, then deadline."""
    due = problem.release if problem.due is None else problem.due
    return problem.permuted(np.lexsort((np.arange(problem.n), due, problem.release)))


def check_minimum(problem):
    """The first stage alone finds the optimum of a small problem, and proves it."""
    best = Brute().solve(problem, Limits()).lower
    problem = numbered(problem)
    found = solve_by_bitsets(problem, Limits())
    assert (found.status, found.lower) == (Status.OPTIMAL, best)
    assert problem.max_flow(found.order) == best
    return best


def check_decision(problem):
    """The first stage alone decides a small problem, and its order keeps the deadlines."""
    expected = Brute().solve(problem, Limits()).status
    problem = numbered(problem)
    found = solve_by_bitsets(problem, Limits())
    assert found.status is expected
    if expected is Status.FEASIBLE:
        assert (problem.completions(found.order) <= problem.due).all()


def check_around(problem):
    """The optimum, and the decisions at it and just below it."""
    best = check_minimum(problem)
    for bound in range(max(0, best - 1), best + 1):
        check_decision(problem.within(bound * problem.tick))


@few
@settings(max_examples=examples(200))
@given(instances(max_queries=6, caches=caches))
def test_all_costs_and_caches(instance):
    """Minimise, and decide at the optimum and below it, as brute force does."""
    check_around(Problem.of(instance))


@settings(max_examples=examples(700))
@given(instances(max_queries=7, min_queries=3, costs=linear | causal))
def test_potentials(instance):
    """Where all rules are on: bounds by the tree, useless idling, better states, twins."""
    check_around(Problem.of(instance))


@settings(max_examples=examples(500))
@given(decisions(max_queries=7, caches=caches))
def test_decisions(problem):
    """Deadlines just met or missed, each query's own, and matrices with twins."""
    check_decision(problem)
    check_minimum(replace(problem, due=None))


@settings(max_examples=examples(300))
@given(decisions(max_queries=6, caches=caches), st.data())
def test_parts(problem, data):
    """Parts of a decision, where some of the set-up may be done before a query is there."""
    some = data.draw(st.sets(st.integers(0, problem.n - 1), min_size=1))
    check_decision(sub_instance(problem, np.array(sorted(some))))


def many_prompts(rng, n):
    """A stream over few short prompts: equal ones, prefixes of others, ties in time."""
    spread = int(rng.choice([0, 5, 15, 30]))
    texts = ["a", "ab", "abb", "abc", "b", "ba", "bab", "bac", "baca", "c"]
    return stream(*[(int(rng.integers(spread + 1)), str(rng.choice(texts))) for _ in range(n)])


def test_equal_prompts_and_prefixes():
    """Thousands of small streams that repeat prompts and prefixes of prompts."""
    rng = np.random.default_rng(7)
    for _ in range(examples(4000)):
        instance = many_prompts(rng, int(rng.integers(2, 7)))
        cache = Cache.UNBOUNDED if rng.random() < 0.3 else Cache.LAST
        check_around(Problem.of(replace(instance, cache=cache)))


def test_twins_with_deadlines_of_their_own():
    """Queries with equal prompts, of which the later may be due sooner."""
    rng = np.random.default_rng(11)
    for _ in range(examples(3000)):
        problem = Problem.of(many_prompts(rng, int(rng.integers(2, 7))))
        best = Brute().solve(problem, Limits()).lower * problem.tick
        allowance = rng.integers(max(0, best - 5), best + 9, size=problem.n)
        allowance[rng.random(problem.n) < 0.2] = NO_ALLOWANCE
        check_decision(problem.within(allowance))


def test_twins_with_different_help():
    """Queries with equal prompts, of which the earlier may have more left to do at its arrival."""
    rng = np.random.default_rng(13)
    for _ in range(examples(3000)):
        problem = Problem.of(many_prompts(rng, int(rng.integers(2, 7))))
        residual = rng.integers(0, 4, size=problem.n)
        problem = replace(problem, tree=None, residual_setup=residual)
        best = Brute().solve(problem, Limits()).lower
        for bound in range(max(0, best - 1), best + 1):
            check_decision(replace(problem, due=problem.release + bound))


@few
def test_the_grid_is_that_of_the_other_stages():
    """The kernel's own grid of flow times gives what ``Grid`` gives."""
    rng = np.random.default_rng(3)
    for _ in range(300):
        instance = many_prompts(rng, int(rng.integers(2, 7)))
        scaled = replace(instance, cost=ps.Potential(int(rng.integers(1, 9))))
        problem = numbered(Problem.of(scaled))
        grid, small = Grid.of(problem), bitset_stage._bitset_problem(problem)
        for value in range(30):
            assert down(small.step, small.residues, value) == grid.down(value)


@few
def test_lowest_bits():
    """Each bit of a word is found, whatever is above it."""
    for k in range(64):
        assert lowest(np.uint64(1 << k)) == k
        assert lowest(np.uint64((2**64 - 1) ^ ((1 << k) - 1))) == k


def larger():
    """Streams of 10 to 24 queries, which brute force can't do."""
    rng = np.random.default_rng(5)
    for seed in range(60):
        yield many_prompts(rng, int(rng.integers(10, 15)))
        load = Decimal(str(rng.choice(["0.6", "0.9", "1.2", "1.6"])))
        cache = str(rng.choice(["last", "last", "unbounded"]))
        users, per_user = rng.choice([(3, 4), (4, 4), (5, 4), (6, 4), (4, 3), (10, 2)])
        yield rasq(
            users=int(users), per_user=int(per_user), load=load, seed=seed, cache=cache, u=700, d=90
        )


def test_larger_streams_agree_with_the_other_stages(monkeypatch):
    """The same optimum without the first stage, and the same answer just below it."""
    problems = [Problem.of(instance) for instance in larger()]
    found = [solve_by_bitsets(numbered(problem), Limits()) for problem in problems]
    monkeypatch.setattr(backend, "solve_by_bitsets", lambda *_: None)
    for problem, ours in zip(problems, found, strict=True):
        theirs = Dp().solve(problem, Limits())
        assert theirs.status is Status.OPTIMAL
        below = problem.within((theirs.lower - 1) * problem.tick)
        assert ours.lower <= theirs.lower
        if ours.status is Status.OPTIMAL:
            assert ours.lower == theirs.lower
            assert solve_by_bitsets(numbered(below), Limits()).status is Status.INFEASIBLE
    assert sum(ours.status is Status.OPTIMAL for ours in found) > len(found) * 3 // 4


@few
def test_it_gives_up_honestly(monkeypatch):
    """Past its share of the work it claims nothing, and what it found is the next stage's start."""
    problem = Problem.of(rasq(users=5, per_user=4, load=Decimal("1.2"), seed=2))
    best = Dp().solve(problem, Limits())
    monkeypatch.setattr(bitset_stage, "MAX_NODES", 40)
    found = solve_by_bitsets(problem, Limits(), known(problem, lower=3))
    assert (found.status, found.lower) == (Status.FEASIBLE, 3)
    assert best.lower < problem.max_flow(found.order) < problem.max_flow(range(20))
    assert solve_by_bitsets(problem.within(1), Limits()).status is Status.INFEASIBLE
    tight = problem.within(best.lower * problem.tick - 1)
    assert solve_by_bitsets(tight, Limits()).status is Status.UNKNOWN
    again = Dp().solve(problem, Limits(max_nodes=100_000))
    assert (again.status, again.lower) == (Status.OPTIMAL, best.lower)


def test_a_beam_proves_nothing(monkeypatch):
    """Where the last beam leaves states out too, it says so."""
    problem = Problem.of(rasq(users=5, per_user=4, load=Decimal("1.2"), seed=2))
    tight = problem.within(Dp().solve(problem, Limits()).lower * problem.tick - 1)
    monkeypatch.setattr(bitset_stage, "NARROW_BEAMS", np.array([1, 1, 2]))
    assert solve_by_bitsets(problem, Limits()).status is Status.FEASIBLE
    assert solve_by_bitsets(tight, Limits()).status is Status.UNKNOWN


def test_limits_are_kept():
    """Nodes are counted, no time is no search, and runs under a node limit repeat."""
    instance = rasq(users=7, per_user=4, load=Decimal("1.2"), seed=3)
    problem = Problem.of(instance)
    for most in (0, 1, 100, 1_000):
        found = solve_by_bitsets(problem, Limits(max_nodes=most))
        assert found.nodes <= most
        assert found.status is Status.FEASIBLE
        assert found.order == solve_by_bitsets(problem, Limits(max_nodes=most)).order
    start = Dp().solve(problem, Limits()).order
    assert (
        solve_by_bitsets(problem, Limits(max_nodes=0), known(problem, start=start)).order == start
    )
    assert solve_by_bitsets(problem, Limits(memory=0), known(problem, start=start)).order == start
    none = ps.solve(instance, backend="dp", time_limit=0)
    assert (none.status, none.nodes) == (Status.FEASIBLE, 0)


def test_start_and_bound_are_used_at_once():
    """A start that meets the proven bound is the answer, with no state expanded."""
    problem = Problem.of(rasq(users=4, per_user=4, load=Decimal("1.2"), seed=0))
    best = Dp().solve(problem, Limits())
    found = solve_by_bitsets(problem, Limits(), known(problem, start=best.order, lower=best.lower))
    assert (found.status, found.order, found.nodes) == (Status.OPTIMAL, best.order, 0)


@pytest.mark.parametrize("users", [5, 7])
def test_a_callback_sees_the_bracket_close(users):
    """Bounds that it hears of are monotone and end with the answer's."""
    seen = []
    instance = rasq(users=users, per_user=4, load=Decimal("1.2"), seed=1)
    result = ps.solve(instance, backend="dp", on_progress=seen.append)
    uppers = [news.upper_bound for news in seen if news.upper_bound is not None]
    assert uppers == sorted(uppers, reverse=True)
    assert len(set(uppers)) > 1
    assert (seen[-1].lower_bound, seen[-1].upper_bound) == (result.ttft, result.ttft)
    assert all(news.lower_bound <= result.ttft for news in seen)


def test_workers_make_no_difference():
    """One worker and two give the same order."""
    instance = rasq(users=5, per_user=4, load=Decimal("1.2"), seed=4)
    one, two = (ps.solve(instance, backend="dp", threads=k) for k in (1, 2))
    assert one.status is two.status is Status.OPTIMAL
    assert (one.schedule, one.nodes) == (two.schedule, two.nodes)


def test_a_whole_word_is_used():
    """64 queries have a bit each; one more is too many."""
    texts = [(3 * j, f"{'ab'[j % 2]}{'xyz'[j % 3]}") for j in range(65)]
    problem = Problem.of(stream(*texts[:64]))
    found = solve_by_bitsets(problem, Limits())
    assert found.status is Status.OPTIMAL
    assert problem.max_flow(found.order) == found.lower
    assert solve_by_bitsets(problem.within(found.lower - 1), Limits()).status is Status.INFEASIBLE
    assert solve_by_bitsets(Problem.of(stream(*texts)), Limits()) is None

"""Percentiles, goodput and mean against every schedule of small instances."""

from fractions import Fraction
from itertools import permutations
from math import ceil

import numpy as np
import pytest
from every_order import fewest_misses, outcomes
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cached, instances, stream
from thorough import examples

import prefixsched as ps
from prefixsched.model.instance import NO_ALLOWANCE, Cache
from prefixsched.model.status import Status


def check_percentile(instance, share):
    """Proven, had by the schedule, and nothing less can be had."""
    rank = -int(-share * instance.n // 100)
    spare, n = instance.n - rank, instance.n
    found = ps.solve(instance, objective=f"percentile:{float(share)}", threads=1)
    best = found.ttft
    assert (found.status, found.lower_bound, found.upper_bound) == (Status.OPTIMAL, best, best)
    assert sorted(found.schedule.ttft)[rank - 1] == best
    assert fewest_misses(instance, [best - 1] * n) > spare


def check_goodput(instance, ttft):
    """The most TTFTs within the bound over all schedules, proven, and had by the schedule."""
    if ttft == "own":
        allowed = [10**9 if a == NO_ALLOWANCE else a for a in instance.allowance.tolist()]
    else:
        allowed = [ttft] * instance.n
    best = instance.n - fewest_misses(instance, allowed)
    found = ps.solve(instance, objective="goodput", ttft=ttft, threads=1)
    assert (found.status, found.value, found.value_bounds) == (Status.OPTIMAL, best, (best, best))
    assert sum(map(int.__le__, found.schedule.ttft, allowed)) == best


shares = st.sampled_from([Fraction(25), Fraction(50), Fraction(75), Fraction(87.5), Fraction(1, 2)])


@settings(max_examples=examples(60))
@given(instances(max_queries=6), shares)
def test_percentiles_equal_brute_force(instance, share):
    """Over all costs and caches."""
    check_percentile(instance, share)


@settings(max_examples=30)
@given(instances(max_queries=6, allowances=True), st.integers(0, 30))
def test_goodput_equals_brute_force(instance, ttft):
    """With one bound, and with own allowances where there are any."""
    check_goodput(instance, ttft)
    if instance.has_allowances:
        check_goodput(instance, "own")


def check_relaxed(instance, ttft, relax):
    """As many as ⌈(1 - relax) n⌉ are on time in the schedule, or in none; never undecided."""
    n = instance.n
    own = [10**9 if a == NO_ALLOWANCE else a for a in instance.allowance.tolist()]
    allowed = own if ttft == "own" else [ttft] * n
    enough = ceil((1 - relax) * n)
    best = n - fewest_misses(instance, allowed)
    found = ps.solve(instance, ttft=ttft, relax=relax, threads=1)
    assert found.enough == enough
    if best < enough:
        assert (found.status, found.schedule) == (Status.INFEASIBLE, None)
    else:
        assert found.status in (Status.RELAXED, Status.FEASIBLE)
        assert sum(map(int.__le__, found.schedule.ttft, allowed)) >= enough
    if enough < n:
        lower, upper = found.value_bounds
        assert lower <= best <= upper


relaxations = st.fractions(0, 1, max_denominator=6)


@settings(max_examples=examples(60))
@given(instances(max_queries=6, allowances=True), st.integers(0, 30), relaxations)
def test_relaxed_decisions_equal_brute_force(instance, ttft, relax):
    """With one bound, and with own allowances where there are any, over all costs."""
    check_relaxed(instance, ttft, relax)
    if instance.has_allowances:
        check_relaxed(instance, "own", relax)


@settings(max_examples=30)
@given(cached(max_queries=4), st.integers(0, 20), relaxations)
def test_relaxed_decisions_with_an_lru_cache_are_right_or_open(instance, ttft, relax):
    """What is said holds for every order of the queries."""
    most = max(
        ps.evaluate(instance, order).on_time(instance, ttft)
        for order in permutations(range(instance.n))
    )
    found = ps.solve(instance, ttft=ttft, relax=relax, threads=1)
    if found.status is Status.INFEASIBLE:
        assert most < found.enough
    elif found.answered:
        assert found.schedule.on_time(instance, ttft) >= found.enough


@pytest.mark.slow
@settings(max_examples=examples(500))
@given(instances(max_queries=8, allowances=True), st.integers(0, 30), relaxations)
def test_relaxed_decisions_equal_brute_force_on_many(instance, ttft, relax):
    """500 instances of up to eight queries."""
    check_relaxed(instance, "own" if instance.has_allowances and ttft % 2 else ttft, relax)


def check_lru(instance, ttft, **limits):
    """What is proven holds, and the schedule is one of its own; closed where there is no limit."""
    schedules = [ps.evaluate(instance, order) for order in permutations(range(instance.n))]
    asked = [("p25", None), ("p50", None), ("p75", None), ("mean", None), ("goodput", ttft)]
    if instance.has_allowances:
        asked.append(("goodput", "own"))
    for name, bound in asked:
        found = ps.solve(instance, objective=name, ttft=bound, threads=1, **limits)
        counted = None if bound == "own" else bound
        values = [found.objective.measure(instance, schedule, counted) for schedule in schedules]
        best = max(values) if name == "goodput" else min(values)
        lower, upper = found.value_bounds
        assert lower <= best <= upper
        if not limits:
            assert (found.status, found.value, lower, upper) == (Status.OPTIMAL, best, best, best)


@settings(max_examples=40)
@given(cached(max_queries=4, allowances=True), st.integers(0, 20))
def test_an_lru_cache_equals_brute_force(instance, ttft):
    """Few queries are proven; where a limit comes first what is proven is a bracket."""
    check_lru(instance, ttft)
    check_lru(instance, ttft, max_nodes=5)


@pytest.mark.slow
@settings(max_examples=examples(300))
@given(cached(min_queries=4, max_queries=6, allowances=True), st.integers(0, 20))
def test_an_lru_cache_equals_brute_force_on_more(instance, ttft):
    """300 instances of up to six queries."""
    check_lru(instance, ttft)


def test_late_twins_with_an_lru_cache_are_not_ordered():
    """Two of one prompt are late in order of arrival, and one where the second comes first."""
    texts = [(5, "aabbb"), (4, "aabbb"), (0, "aabbb"), (0, "b")]
    for ttft in range(12):
        check_lru(stream(*texts, cache=Cache.LRU, capacity=3), ttft)


def test_an_lru_cache_holds_absurdly_little_memory():
    """A bracket, and an end."""
    instance = stream(*[(k, "ab"[k % 2] * 3) for k in range(8)], cache=Cache.LRU, capacity=4)
    found = ps.solve(instance, objective="mean", memory=1)
    assert found.value_bounds[0] <= found.value


@pytest.mark.slow
@settings(max_examples=examples(500))
@given(instances(max_queries=8), shares)
def test_percentiles_equal_brute_force_on_many(instance, share):
    """500 instances of up to eight queries."""
    check_percentile(instance, share)


@pytest.mark.slow
@settings(max_examples=examples(500))
@given(instances(max_queries=8, allowances=True), st.integers(0, 30))
def test_goodput_equals_brute_force_on_many(instance, ttft):
    """500 instances of up to eight queries."""
    check_goodput(instance, "own" if instance.has_allowances and ttft % 2 else ttft)


@settings(max_examples=40)
@given(instances(max_queries=7))
def test_the_mean_equals_brute_force(instance):
    """The least sum of TTFTs; the mean is what is shown."""
    best = min(map(sum, outcomes(instance)))
    found = ps.solve(instance, objective="mean", threads=1)
    assert (found.status, found.value, found.value_bounds) == (Status.OPTIMAL, best, (best, best))
    assert sum(found.schedule.ttft) == best
    assert found.as_dict()["value"] == best / instance.n


@st.composite
def crowds(draw, max_queries):
    """Queries of one or two prompts that come at few times: most have equals."""
    n = draw(st.integers(3, max_queries))
    texts = draw(st.lists(st.sampled_from(["a", "aa", "ab", "bbb"]), min_size=1, max_size=2))
    times = draw(st.lists(st.integers(0, 6), min_size=1, max_size=3))
    queries = [(draw(st.sampled_from(times)), draw(st.sampled_from(texts))) for _ in range(n)]
    due = draw(st.lists(st.integers(2, 14), min_size=1, max_size=2))  # whenever one came
    own = [max(0, draw(st.sampled_from(due)) - release) for release, _ in queries]
    allowance = np.array([draw(st.sampled_from([a, a, 4, NO_ALLOWANCE])) for a in own])
    cache = draw(st.sampled_from([Cache.LAST, Cache.UNBOUNDED]))
    return stream(*queries, cache=cache, allowance=allowance)


@settings(max_examples=examples(60))
@given(crowds(max_queries=7), shares, st.integers(0, 12))
def test_equal_queries_are_interchangeable(instance, share, ttft):
    """Of those with the same prompt and arrival it is not asked who misses; of others it is."""
    check_percentile(instance, share)
    check_goodput(instance, "own" if instance.has_allowances else ttft)


def test_twins_that_arrive_apart_are_not():
    """Due at the same time, two miss of whom the others are not in time to take the place."""
    queries = [(0, "a"), (0, "a"), (3, "a"), (3, "a")]
    check_goodput(stream(*queries, allowance=np.array([4, 4, 1, 1])), "own")
    queries = [(2, "a"), (6, "a"), (2, "bbb")]
    check_goodput(stream(*queries, allowance=np.array([4, 0, 4])), "own")


@pytest.mark.slow
@settings(max_examples=examples(1500))
@given(crowds(max_queries=9), shares, st.integers(0, 16))
def test_equal_queries_are_interchangeable_in_many(instance, share, ttft):
    """1,500 instances of up to nine queries."""
    check_percentile(instance, share)
    check_goodput(instance, "own" if instance.has_allowances and ttft % 4 else ttft)


def test_twelve_equal_prompts():
    """Sets of six that may miss are 924; those that differ by more than names are few."""
    instance = stream(*[(k % 3, "aaaa") for k in range(12)])
    found = ps.solve(instance, objective="p50", max_nodes=60_000, threads=1)
    assert found.status is Status.OPTIMAL


def test_a_percentile_of_few_is_the_largest_ttft():
    """P99 of 60 queries has their largest, and is searched as such: this one is proven."""
    few = ps.generate("rasq", users=8, per_user=4, load="0.9", seed=0)
    largest = ps.solve(few, max_nodes=10**6, threads=1)
    found = ps.solve(few, objective="p99", max_nodes=10**6, threads=1)
    assert found.status is largest.status is Status.OPTIMAL
    assert (found.value, found.nodes) == (largest.value, largest.nodes)
    assert str(found.objective) == "percentile:99"


@pytest.mark.parametrize(
    "asked",
    [
        {"objective": "p99"},
        {"objective": "p90", "ceiling": 100_000},
        {"objective": "goodput", "ttft": 60_000},
    ],
)
def test_the_time_given_is_used(asked):
    """Nothing gives up before the limit while the bracket is open, with the cache lru as well."""
    rivals = ps.generate("rasq", users=40, per_user=4, load="0.7", cache="lru:50000", seed=1)
    found = ps.solve(rivals, **asked, time_limit=2.0)
    assert not found.answered
    assert found.seconds + found.compile_seconds > 1.7

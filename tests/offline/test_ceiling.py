"""Percentiles under a ceiling against every schedule of small instances."""

from itertools import permutations

import pytest
from every_order import outcomes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import cached, causal, instances, linear, stream
from thorough import examples

import prefixsched as ps
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache
from prefixsched.model.status import Status
from prefixsched.offline import objectives
from prefixsched.verifier.objective import Objective

shares = st.sampled_from(["p25", "p50", "p75", "p87.5"])


def every_ttft(instance):
    """The TTFTs of each way to serve all queries, the plainly worse left out."""
    if instance.cache is not Cache.LRU:
        return outcomes(instance)
    return [ps.evaluate(instance, order).ttft for order in permutations(range(instance.n))]


def ceilings(had):
    """One that nobody can keep to, the least, and others up to where none is felt."""
    least = min(map(max, had))
    most = max(map(max, had))
    return sorted({max(0, least - 1), least, least + 1, (least + most) // 2, most, 10**9})


def check(instance, share, **limits):
    """Under each ceiling the least percentile of the schedules within it, or that there is none."""
    had = every_ttft(instance)
    rank = Objective.parse(share).rank(instance.n)
    before = None
    for ceiling in ceilings(had):
        within = [sorted(ttfts)[rank - 1] for ttfts in had if max(ttfts) <= ceiling]
        found = ps.solve(instance, objective=share, ceiling=ceiling, threads=1, **limits)
        lower, upper = found.value_bounds
        if found.schedule is not None:
            assert found.schedule.max_ttft <= ceiling
            assert sorted(found.schedule.ttft)[rank - 1] == upper
        if not within:
            assert (found.schedule, upper) == (None, None)
            continue
        best = min(within)
        assert before is None or best <= before
        before = best
        if limits:
            assert found.status is not Status.INFEASIBLE
            assert (lower or 0) <= best <= (best if upper is None else upper)
        else:
            assert (found.status, lower, upper) == (Status.OPTIMAL, best, best)
    bare = ps.solve(instance, objective=share, threads=1)
    assert before == bare.value or limits


@settings(max_examples=examples(150))
@given(instances(max_queries=6), shares)
def test_a_ceiling_equals_brute_force(instance, share):
    """Over all costs."""
    check(instance, share)


@settings(max_examples=40)
@given(cached(max_queries=5), shares)
def test_a_ceiling_with_an_lru_cache_equals_brute_force(instance, share):
    """Those that a search of all orders closes."""
    check(instance, share)


@pytest.mark.slow
@settings(max_examples=examples(500))
@given(st.one_of(instances(max_queries=7), cached(max_queries=6)), shares)
def test_a_ceiling_equals_brute_force_on_many(instance, share):
    """500 instances of up to seven queries."""
    check(instance, share)


@settings(max_examples=20)
@given(st.one_of(instances(max_queries=5), cached(max_queries=4)), shares)
def test_a_limit_leaves_a_bracket(instance, share):
    """What is proven holds, the schedule keeps to the ceiling, and nothing else is said."""
    check(instance, share, max_nodes=3)


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        instances(min_queries=2, costs=st.one_of(linear, causal)),
        cached(min_queries=2, max_queries=5),
    ),
    st.sampled_from(["p50", "p75"]),
)
def test_streams_of_any_length_are_bracketed(monkeypatch, instance, share):
    """As those of thousands are, two queries being many."""
    monkeypatch.setattr(objectives, "MAX_MATRIX", 1)
    check(instance, share, max_nodes=30)


def test_more_queries_than_are_searched_in_every_order():
    """Twelve with an lru cache: lists and local search, bounded by what no cache beats."""
    queries = [(k // 2, "abc"[k % 3] * (1 + k % 4)) for k in range(12)]
    instance = stream(*queries, cache=Cache.LRU, capacity=4)
    least = ps.solve(instance, threads=1, max_nodes=20_000).upper_bound
    found = ps.solve(instance, objective="p75", ceiling=least + 2, threads=1, max_nodes=3_000)
    assert found.schedule.max_ttft <= least + 2
    assert found.lower_bound <= found.value == sorted(found.schedule.ttft)[8]


def test_the_rest_does_not_wait_for_ever():
    """One in nine may be late; with less time it puts others off."""
    texts = [(0, "a" * 30), *((k, letter * 3) for k, letter in enumerate("bcdebcde"))]
    instance = stream(*texts)
    bare = ps.solve(instance, objective="p80")
    assert (bare.value, bare.schedule.max_ttft) == (13, 47)
    had = [ps.solve(instance, objective="p80", ceiling=c).value for c in (47, 46, 42, 41)]
    assert had == [13, 39, 39, None]


def test_a_start_above_the_ceiling_is_no_answer():
    """It is no upper bound, and where nobody can keep to the ceiling there is no schedule."""
    instance = stream((0, "aaaa"), (0, "bb"), (0, "c"))
    start = [0, 1, 2]
    found = ps.solve(instance, objective="p50", ceiling=7, start=start)
    assert (found.status, found.value) == (Status.OPTIMAL, 3)
    found = ps.solve(instance, objective="p50", ceiling=6, start=start)
    assert (found.status, found.schedule, found.value_bounds) == (
        Status.INFEASIBLE, None, (None, None),
    )  # fmt: skip
    assert (found.core, found.core_alone, found.answered) == ((0, 1, 2), True, True)
    assert str(found).startswith("stream: infeasible with every TTFT ≤ 6 tick (bounds")


def test_what_was_asked_is_written_down():
    """In the object for programs and in the schedule file, and only where it was asked."""
    instance = stream((0, "aaaa"), (0, "bb"), (0, "c"))
    found = ps.solve(instance, objective="p50", ceiling=7)
    assert found.as_dict()["ceiling"] == 7
    assert found.schedule_file().meta == {"objective": "percentile:50", "value": 3, "ceiling": 7}
    assert "ceiling" not in ps.solve(instance, objective="p50").as_dict()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({}, "ceiling: it goes with a percentile below 100, and the objective is max"),
        ({"objective": "p100"}, "and the objective is max"),
        ({"objective": "mean"}, "and the objective is mean; leave it out"),
        ({"objective": "goodput", "ttft": 5}, "and the objective is goodput; leave it out"),
        ({"objective": "p50", "ttft": 5}, "it decides no ttft; leave that out, give a ceiling"),
        ({"objective": "p50", "promise": True}, "promise: it goes with a share"),
        ({"objective": "p50", "ceiling": -1}, "ceiling: -1; give a number of ticks from 0"),
        ({"objective": "p50", "ceiling": 2.5}, "ceiling: 2.5 is not a whole number"),
        ({"objective": "p50", "backend": "cpsat"}, "backend cpsat has the largest TTFT alone"),
    ],
)
def test_what_does_not_go_together_is_refused(asked, says):
    """One line each."""
    with pytest.raises(InputError, match=says):
        ps.solve(stream((0, "a")), **{"ceiling": 3} | asked)

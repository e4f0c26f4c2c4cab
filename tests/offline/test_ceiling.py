"""Percentiles under a ceiling against every schedule of small instances."""

from every_order import outcomes
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cached, instances
from thorough import examples

import prefixsched as ps
from prefixsched.model.instance import Cache
from prefixsched.model.status import Status
from prefixsched.verifier.objective import Objective

shares = st.sampled_from(["p25", "p50", "p75", "p87.5"])


def every_ttft(instance):
    """The TTFTs of each way to serve all queries, the plainly worse left out."""
    if instance.cache is not Cache.LRU:
        return outcomes(instance)
    from itertools import permutations

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

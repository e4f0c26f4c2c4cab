"""Tests of the deletion bound under a ceiling, against every schedule of small instances."""

from decimal import Decimal
from itertools import permutations

import numpy as np
import pytest
from every_order import outcomes
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cached, instances, stream
from thorough import examples

from prefixsched.bounds import ceiling_deletion
from prefixsched.bounds.ceiling_deletion import CeilingDeletion
from prefixsched.bounds.deletion import deletion_bound
from prefixsched.generate.rasq import rasq
from prefixsched.model.instance import Cache
from prefixsched.runtime.limits import Limits
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels


def check(instance, allowance, ceiling):
    """No more are late than in some schedule within the ceiling, if there is any."""
    n = instance.n
    if instance.cache is Cache.LRU:
        had = [evaluate(instance, order).ttft for order in permutations(range(n))]
    else:
        had = outcomes(instance)
    late = [sum(t > allowance for t in ttfts) for ttfts in had if max(ttfts) <= ceiling]
    found = CeilingDeletion(instance, Limits()).fewest(allowance, ceiling, n)
    assert found <= min(late, default=n + 1)
    return found, min(late, default=n + 1)


@settings(max_examples=examples(800))
@given(st.one_of(instances(max_queries=7), cached(max_queries=5)), st.integers(0, 12), st.data())
def test_no_schedule_has_fewer(instance, allowance, data):
    """Over all costs and caches, and ceilings from the allowance on."""
    check(instance, allowance, allowance + data.draw(st.integers(0, 15)))


@settings(max_examples=examples(300))
@given(instances(max_queries=7), st.integers(0, 20), st.integers(0, 20))
def test_a_pause_makes_no_difference(instance, allowance, more):
    """Query by query it comes to the same."""
    search = CeilingDeletion(instance, Limits())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ceiling_deletion, "USES_AT_ONCE", 0)
        paused = search.fewest(allowance, allowance + more, instance.n)
    assert paused == search.fewest(allowance, allowance + more, instance.n)


def test_who_is_late_is_so_again_and_again():
    """A backlog that lasts has late ones every so often, where it would have a few at once."""
    texts = [(4 * k if k else 0, f"{'abcdefgh'[k % 8]}" * 4) for k in range(24)]
    texts = [(0, "xyzw" * 2), (0, "uv" * 4), *texts]
    instance = stream(*texts)
    fewest = CeilingDeletion(instance, Limits()).fewest
    had = [fewest(8, ceiling, 26) for ceiling in (10**6, 40, 30, 20)]
    assert had == sorted(had)
    assert had[0] < had[-1]


def test_without_a_ceiling_it_is_the_deletion_bound():
    """The same number, where that counts an edge once, on streams whose allowances are one."""
    for seed in range(4):
        for cache in ("unbounded", "lru:20000"):
            instance = rasq(users=8, per_user=6, load=Decimal("1.2"), cache=cache, seed=seed)
            upper = int(np.max(evaluate(instance, instance.by_age.tolist()).ttft))
            for spare in (1, 5, 10):
                bound, _ = deletion_bound(instance, spare, 0, upper)
                rising = CeilingDeletion(instance, Limits()).rising(spare, 10**9, 0, upper)
                assert max(rising, default=0) >= bound


def test_a_ceiling_raises_it():
    """By half and more, on a stream with too much work."""
    instance = rasq(users=8, per_user=6, load=Decimal("1.2"), seed=0)
    search = CeilingDeletion(instance, Limits())
    bounds = [max(search.rising(5, c, 0, c), default=0) for c in (10**9, 200_000, 100_000, 80_000)]
    assert bounds == sorted(bounds)
    assert bounds[-1] > 1.5 * bounds[0]


def test_no_time_proves_nothing():
    """It ends at once."""
    instance = rasq(users=3, per_user=3, load=Decimal("1.2"), seed=0)
    assert CeilingDeletion(instance, Limits(deadline=0.0)).fewest(0, 0, 9) == 0

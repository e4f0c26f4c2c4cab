"""Tests of the work bound against brute force."""

import pytest
from hypothesis import given, settings
from optima import optimum
from strategies import causal, instances, linear, stream
from thorough import examples

from prefixsched.bounds.work import work_bound
from prefixsched.model.instance import Cache

pytestmark = pytest.mark.kernels


@settings(max_examples=examples(1500))
@given(instances())
def test_the_bound_never_passes_the_optimum(instance):
    """Over all costs, caches, ties, repeats and prefixes."""
    assert work_bound(instance).ticks <= optimum(instance)


@settings(max_examples=examples(1000))
@given(instances(costs=linear | causal))
def test_the_bound_never_passes_the_optimum_of_potential_costs(instance):
    """The trie's bounds, where they apply."""
    assert work_bound(instance).ticks <= optimum(instance)


def test_the_others_can_warm_the_cache():
    """Dropping queries from a schedule can delay the rest, so a subset alone proves too much.

    Alone, the last query needs 6 ticks. With the first before it, 5 are enough:
    the first computes their shared prefix before the last arrives.
    """
    instance = stream((11, "abcd"), (12, "abcdef"))
    alone = instance.select(instance.by_age[1:])
    assert optimum(alone) == 6
    assert optimum(instance) == 5
    assert work_bound(instance).ticks <= 5


def test_equal_arrivals_make_the_bound_tight():
    """With all queries there at once the least work is the optimum: depth-first order has it."""
    instance = stream((3, "aax"), (3, "b"), (3, "aay"), (3, "aa"), (3, "b"))
    assert work_bound(instance).ticks == optimum(instance) == 6


def test_the_interval_is_the_proof():
    """The bound names the burst, not the quiet queries before and after it."""
    instance = stream((0, "x"), (100, "abc"), (100, "def"), (100, "ghi"), (300, "y"))
    bound = work_bound(instance)
    assert (bound.ticks, bound.queries) == (9, (1, 2, 3))


def test_an_unbounded_cache_may_hold_what_came_before():
    """Edges of earlier queries count for nothing, those of later ones do."""
    texts = (0, "aaaab"), (100, "aaaac"), (100, "aaaad")
    assert work_bound(stream(*texts, cache=Cache.UNBOUNDED)).ticks == 5
    assert work_bound(stream((0, "aaaa"), *texts[1:], cache=Cache.UNBOUNDED)).ticks == 4
    assert work_bound(stream(*texts[1:], cache=Cache.UNBOUNDED)).ticks == 6


def test_one_path_may_be_warm_with_the_last_prompt_cached():
    """The longest path shared with an earlier query is left out, once."""
    texts = (0, "aaab"), (100, "aaac"), (100, "bbbb"), (100, "bbbc")
    assert work_bound(stream(*texts)).ticks == 6  # 4 + 5 less the three tokens of a

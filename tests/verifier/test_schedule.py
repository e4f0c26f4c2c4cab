"""Tests of the verifier against schedules worked out by hand."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import instances, stream

from prefixsched.model.cost import Potential, Rectangular, Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import NO_ALLOWANCE, Cache
from prefixsched.verifier.schedule import evaluate


def test_a_worked_example_with_the_last_prompt_cached():
    """Reuse comes from the prompt just before, and idle time from arrivals."""
    instance = stream((0, "aaaab"), (3, "cc"), (20, "aaaad"))
    schedule = evaluate(instance, [0, 1, 2])
    assert schedule.start == (0, 5, 20)
    assert schedule.completion == (5, 7, 25)
    assert schedule.ttft == (5, 4, 5)
    assert schedule.reused == (0, 0, 0)
    assert (schedule.max_ttft, schedule.makespan) == (5, 25)
    assert evaluate(instance, [0, 2, 1]).reused == (0, 0, 4)


def test_a_worked_example_with_everything_cached():
    """The longest match may be with any prompt before."""
    instance = stream((0, "aaaab"), (3, "cc"), (20, "aaaad"), cache=Cache.UNBOUNDED)
    assert evaluate(instance, [0, 1, 2]).completion == (5, 7, 21)


@pytest.mark.parametrize("cache", [Cache.LAST, Cache.UNBOUNDED])
def test_equal_prompts_and_prefixes_pay_their_last_token(cache):
    """An engine computes the last token at least; a longer prompt reuses all of its prefix."""
    instance = stream((0, "aaa"), (0, "aaa"), (0, "aa"), (0, "aaab"), cache=cache)
    schedule = evaluate(instance, [0, 1, 2, 3])
    assert schedule.reused == (0, 2, 1, 2 if cache is Cache.LAST else 3)
    assert evaluate(instance, [2, 0, 1, 3]).reused == (2, 2, 0, 3)


def test_segments_share_while_labels_and_lengths_agree():
    """A label names one unbounded sequence; a shorter segment of it ends the shared part."""
    from prefixsched.model.instance import Instance
    from prefixsched.model.prompts import Prompts

    texts = [[("a", 5), ("b", 2)], [("a", 3), ("b", 2)], [("a", 3), ("b", 4)], [("a", 3), ("c", 1)]]
    for cache in (Cache.LAST, Cache.UNBOUNDED):
        instance = Instance(
            "t", list("wxyz"), np.zeros(4, np.int64), Prompts.from_segments(texts), cache=cache
        )
        assert evaluate(instance, [0, 1, 2, 3]).reused == (0, 3, 5, 3)


def test_costs_round_half_up():
    """The potential is rounded, not the difference; the rectangular cost as a whole."""
    text = (0, "aaa"), (0, "aab")
    half = Potential(Fraction("0.5"))  # F = 0, 1, 1, 2
    assert evaluate(stream(*text, cost=half), [0, 1]).completion == (2, 3)
    rectangular = Rectangular(Fraction("0.5"), Fraction("0.1"))  # 3 × 0.8 = 2.4; 1 × 0.8
    assert evaluate(stream(*text, cost=rectangular), [0, 1]).completion == (2, 3)


TABLE = Table(np.array([4, 1, 5]), np.array([[9, 2, 7], [3, 9, 8], [1, 6, 9]]))
LATE = ((0, "a"), (10, "b"), (11, "c"))


def test_tables_read_rows_as_the_query_before():
    """Row the previous query, column the next, start before the first."""
    assert evaluate(stream(*LATE, cost=TABLE), [1, 2, 0]).completion == (20, 11, 19)
    everything = stream(*LATE, cost=TABLE, cache=Cache.UNBOUNDED)
    assert evaluate(everything, [1, 2, 0]).completion == (17, 11, 16)  # start costs 5 < 8


def test_anticipatory_set_up_runs_before_the_arrival():
    """C = max(C' + p, r): the set-up may be over when the query comes."""
    table = Table(TABLE.start, TABLE.matrix, anticipatory=True)
    assert evaluate(stream(*LATE, cost=table), [0, 1, 2]).completion == (4, 10, 18)


@pytest.mark.parametrize("order", [[0, 1], [0, 1, 1], [0, 1, 3], []])
def test_an_order_must_be_a_permutation(order):
    """Missing, doubled and unknown queries are refused."""
    with pytest.raises(InputError, match="not a permutation of the 3 queries"):
        evaluate(stream(*LATE), order)


def test_meets_judges_by_bound_or_by_allowance():
    """A bound holds for all; without one each query's own allowance counts, where it has one."""
    instance = stream((0, "aa"), (0, "bb"), allowance=np.array([2, NO_ALLOWANCE]))
    schedule = evaluate(instance, [0, 1])
    assert schedule.meets(instance, 4)
    assert not schedule.meets(instance, 3)
    assert schedule.meets(instance)
    assert not evaluate(instance, [1, 0]).meets(instance)


@given(instances(), st.randoms(use_true_random=False))
def test_ttft_is_completion_less_arrival_and_queries_never_overlap(instance, random):
    """The server does one thing at a time and nothing before it arrives."""
    order = random.sample(range(instance.n), instance.n)
    schedule = evaluate(instance, order)
    assert schedule.order == tuple(order)
    now = 0
    for j in order:
        assert schedule.start[j] >= now
        now = schedule.completion[j]
        assert now >= schedule.start[j]
        assert schedule.ttft[j] == now - instance.arrival[j] >= 0

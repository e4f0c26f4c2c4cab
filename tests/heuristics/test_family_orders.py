"""Tests of start orders made of family batches."""

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, rectangular, stream
from thorough import examples

import prefixsched as ps
from prefixsched.generate.rasq import rasq
from prefixsched.heuristics.family_orders import family_batch_order, family_batch_orders
from prefixsched.kernels.heuristics.family_service import cut_families

pytestmark = pytest.mark.kernels

with_prompts = instances(max_queries=10, costs=st.one_of(linear, causal, rectangular))


@settings(max_examples=examples(150))
@given(with_prompts, st.integers(1, 6), st.integers(0, 20))
def test_everyone_is_served_once(instance, shared, span):
    """Whatever the parameters, the order is a permutation."""
    order = family_batch_order(instance, shared=shared, span=span)
    assert sorted(order.tolist()) == list(range(instance.n))


@settings(max_examples=examples(150))
@given(with_prompts)
def test_each_order_is_better_than_the_one_before(instance):
    """By the verifier, starting from the bound that is given."""
    ttft = ps.simulate(instance, "fcfs").max
    values = [
        ps.evaluate(instance, o.tolist()).max_ttft for o in family_batch_orders(instance, ttft)
    ]
    assert all(b < a for a, b in pairwise([ttft, *values]))


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8),
    st.integers(0, 9),
)
def test_cuts_lose_the_least_reuse(queries, span):
    """Against all ways to cut one family into runs that arrive within the span."""
    release = np.array(sorted(r for r, _ in queries), dtype=np.int64)
    saved = np.array([0, *(s for _, s in queries[1:])], dtype=np.int64)
    n = len(queries)
    own = np.arange(n)
    batch, count = cut_families(own, np.zeros(n, dtype=np.int64), release, saved, span)
    starts = [k for k in range(n) if k == 0 or batch[k] != batch[k - 1]]
    assert count == len(starts)
    assert all(release[batch == v].max() - release[batch == v].min() <= span for v in range(count))
    least = min(
        sum(int(saved[k]) for k in range(n) if mask >> k & 1)
        for mask in range(1, 2**n, 2)
        if all(
            release[b - 1] - release[a] <= span
            for a, b in pairwise([*(k for k in range(n) if mask >> k & 1), n])
        )
    )
    assert sum(int(saved[k]) for k in starts) == least


def test_a_complete_visit_goes_first():
    """While b's batch lacks a query, a's is served whole; b's then goes in one."""
    instance = stream((0, "xxx"), (1, "bbbc"), (2, "aaac"), (2, "aaad"), (8, "bbbd"))
    order = family_batch_order(instance, shared=3, span=8)
    assert order.tolist() == [0, 2, 3, 1, 4]


def test_visits_beat_policies_on_a_loaded_stream():
    """400 queries at load 0.6 with perfect reuse, more than a server can do without."""
    instance = rasq(users=100, per_user=4, load=Decimal("0.6"))
    best = min(ps.simulate(instance, policy).max for policy in ("fcfs", "lpm", "k-lpm:4"))
    *_, order = family_batch_orders(instance, best)
    assert ps.evaluate(instance, order.tolist()).max_ttft < best * 9 // 10


def test_bad_parameters_are_named():
    """No tokens, a negative span, and a cost without prompts."""
    instance = stream((0, "a"), (1, "b"))
    for shared, span in ((0, 1), (1, -1)):
        with pytest.raises(ps.InputError, match="give at least 1 token and 0 ticks"):
            family_batch_order(instance, shared=shared, span=span)
    zero = np.zeros((2, 2), dtype=np.int64)
    table = ps.Instance(
        "table", ["a", "b"], np.zeros(2, dtype=np.int64), instance.prompts, ps.Table(zero[0], zero)
    )
    with pytest.raises(ps.InputError, match="a table has no prompts"):
        family_batch_order(table, shared=1, span=1)
    assert list(family_batch_orders(table, 5)) == []

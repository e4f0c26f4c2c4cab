"""Tests of the recomputation bound against brute force."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optima import optimum
from strategies import causal, instances, linear, stream
from thorough import examples

from prefixsched.bounds.recomputation import EdgesAbove, recomputation_bound
from prefixsched.bounds.work import work_bound
from prefixsched.generate.rasq import rasq
from prefixsched.kernels.bounds.recomputation import oldest_cached
from prefixsched.model.instance import Cache
from prefixsched.online.simulation import simulate
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels


def spent(instance, order):
    """What the server does over time: (begin, end, edge computed or None, query cached)."""
    trie, potential = instance.trie, instance.cost.potential
    depth = potential(trie.depth).tolist()
    schedule = evaluate(instance, order)
    done, path, now, last = [], {0}, None, None
    for j in order:
        if now is not None and schedule.start[j] > now:
            done.append((now, schedule.start[j], None, last))
        now, up, v = schedule.start[j], [], int(trie.node[j])
        while v:
            up.append(v)
            v = int(trie.parent[v])
        for v in reversed(up):
            if v not in path:
                done.append((now, now + depth[v] - depth[int(trie.parent[v])], v, last))
                now = done[-1][1]
        path, now, last = {0, *up}, schedule.completion[j], j
    return done


@settings(max_examples=examples(800))
@given(instances(costs=linear | causal, caches=st.just(Cache.LAST)), st.randoms())
def test_a_query_sees_its_edges_paid_between_opening_and_deadline(instance, random):
    """What the proof says of each query and edge, in any schedule, with T its largest TTFT."""
    order = list(range(instance.n))
    random.shuffle(order)
    ttft = evaluate(instance, order).max_ttft
    above = EdgesAbove(instance, instance.cost)
    opening = above.openings(ttft)
    done = spent(instance, order)
    parent = instance.trie.parent.tolist()
    for v in np.flatnonzero(above.edge).tolist():
        for k in np.flatnonzero(above.edges == v).tolist():
            due = int(above.release[above.owner[k]]) + ttft
            value = Fraction(0)
            for begin, end, edge, last in done:
                seen = min(end, due) - max(begin, int(opening[k]))
                if seen > 0 and edge == v:
                    value += Fraction(seen, int(above.edge[v]))
                elif seen > 0 and edge is None:
                    u = int(instance.trie.node[last])
                    while u > v:
                        u = parent[u]
                    value += Fraction(seen * (u == v), int(above.reach[v]))
            assert value >= 1


@settings(max_examples=examples(1000))
@given(instances(costs=linear | causal), st.integers(1, 100))
def test_the_bound_never_passes_the_optimum(instance, above):
    """Wherever the bisection looks, over caches, ties, repeats and prefixes."""
    best = optimum(instance)
    assert recomputation_bound(instance, 0, best + above).ticks <= best


@settings(max_examples=examples(500))
@given(instances(costs=linear, caches=st.just(Cache.LAST)), st.randoms())
def test_what_is_cached_at_an_arrival_is_among_the_candidates(instance, random):
    """The query served last before any arrival, in any schedule, with T its largest TTFT."""
    order = list(range(instance.n))
    random.shuffle(order)
    schedule = evaluate(instance, order)
    release = instance.arrival[instance.by_age]
    for first in np.flatnonzero(np.diff(release, prepend=-1)).tolist():
        before = [j for j in order if schedule.start[j] < release[first]]
        if before:
            place = instance.by_age.tolist().index(before[-1])
            assert oldest_cached(release, schedule.max_ttft, first) <= place < first


@settings(max_examples=examples(1000))
@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.sampled_from(["aaaab", "aaaac", "aaaad", "aaaa", "cc"])),
        min_size=2,
        max_size=6,
    )
)
def test_the_bound_holds_where_relatives_are_far_apart(queries):
    """Gaps, idling in a subtree, and queries that pass through its node or end at it."""
    instance = stream(*queries)
    best = optimum(instance)
    assert recomputation_bound(instance, 0, best + 20).ticks <= best


def test_other_costs_have_no_recomputation_bound():
    """An unbounded cache computes nothing again, so the bound stays what it was."""
    instance = stream((0, "aaa"), (9, "bbb"), (18, "aaa"), cache=Cache.UNBOUNDED)
    assert recomputation_bound(instance, 2, 50).ticks == 2


def test_overload_is_seen():
    """On a long RASQ the bound is far above the work bound."""
    instance = rasq(users=50, per_user=4, load=Decimal("0.7"), seed=0)
    upper = simulate(instance, "lpm").max
    lower = work_bound(instance).ticks
    found = recomputation_bound(instance, lower, upper)
    assert 2 * lower < found.ticks <= upper
    assert len(set(found.queries)) > 100


@pytest.mark.parametrize("kept", [1, 64])
def test_no_begin_refutes_the_bound_itself(monkeypatch, kept):
    """However few begins are kept on the way, all are tried where the bisection ends."""
    monkeypatch.setattr("prefixsched.bounds.recomputation.KEPT_BEGINS", kept)
    instance = rasq(users=60, per_user=4, load=Decimal("0.8"), seed=3)
    upper = simulate(instance, "fcfs").max
    ticks = recomputation_bound(instance, 0, upper).ticks
    assert ticks < upper
    assert EdgesAbove(instance, instance.cost).refute(ticks) is None

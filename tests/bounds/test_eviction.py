"""Tests of the dual bound on the sum of TTFTs with the cache ``lru`` against every order."""

import random
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, stream
from thorough import examples

from prefixsched.bounds import eviction
from prefixsched.bounds.eviction import eviction_bound
from prefixsched.bounds.flow_time import flow_time_bound
from prefixsched.kernels.bounds.eviction import SHARES, Gaps, due_by, link, most_paid
from prefixsched.model.cost import Potential, Rectangular
from prefixsched.model.instance import Cache
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels


def least_sum(instance):
    """By the verifier, over all orders."""
    orders = permutations(range(instance.n))
    return min(sum(evaluate(instance, list(order)).ttft) for order in orders)


def taking_turns(rng, n):
    """Prompts of two or three families in turn, some prefixes of others, in about their room."""
    families = [letter * rng.randint(3, 6) for letter in "abc"[: rng.randint(2, 3)]]
    steps = rng.choice([(0, 1, 2, 3), (0, 2, 4, 6), (1, 5, 10), (0, 0, 8), (0, 1, 20)])
    now, family, queries = 0, 0, []
    for _ in range(n):
        now += 1000 * rng.choice(steps)
        family = (family + rng.choice((1, 1, 1, 0))) % len(families)
        head = families[family][: rng.choice((9, 9, 9, 2))]
        queries.append((now, head + rng.choice(("", "", "x", "xy", "y"))))
    if n > 9:  # a gap as long as the stream
        queries[0], queries[-1] = (0, "zzzz"), (now, "zzzz")
    longest = max(len(text) for _, text in queries)
    cost = Potential(rng.choice((1000, 1000, 200)), rng.choice((0, 0, 300)))
    capacity = max(0, longest + rng.randint(-3, 3))
    return stream(*queries, cache=Cache.LRU, capacity=capacity, cost=cost)


@pytest.mark.parametrize("seed", range(examples(40) // 10))
def test_where_it_counts_it_never_passes_the_least_sum(seed):
    """A few instances in a hundred, where it is more than is proven without evictions."""
    rng, counted = random.Random(seed), 0  # noqa: S311
    while counted < 10:
        instance = taking_turns(rng, rng.randint(4, 6))
        bound = eviction_bound(instance)
        if bound > flow_time_bound(instance):
            assert bound <= least_sum(instance)
            counted += 1


@settings(max_examples=examples(300))
@given(instances(max_queries=5, costs=linear | causal, caches=st.just(Cache.LRU)))
def test_it_never_passes_the_least_sum(instance):
    """Over all capacities, ties, repeats and prefixes."""
    assert eviction_bound(instance) <= least_sum(instance)


def gaps_of(dual, price):
    """The rows of a stream with prices."""
    later, total = link(dual.edge, price, dual.nodes)
    return Gaps(
        dual.start, dual.query, dual.edge, dual.before, dual.excess, price,
        dual.heirs, dual.heirs_start, later, total,
    )  # fmt: skip


def paid(dual, price, users, j, t):
    """What ``j`` pays by the rule of the bound if it waits until just after ``t`` arrives."""
    total = 0
    for q, e, p, excess, v in zip(
        dual.query, dual.edge, dual.before, dual.excess, price, strict=True
    ):
        tokens = 0
        if v and p < j < q <= t:
            tokens = dual.tokens[j]
        elif v and j in users[e] and j <= p:
            tokens = dual.tokens[p + 1 : min(q, t + 1)].sum()
        total += -(-v * min(tokens, excess) // excess) if tokens else 0
    return total


@settings(max_examples=examples(200))
@given(st.randoms(use_true_random=False), st.sampled_from([4, 6, 6, 6, 6, 6, 600]))
def test_what_a_query_pays_is_never_taken_for_less(rng, n):
    """However long it waits; on long streams steps are of several arrivals."""
    instance = taking_turns(rng, n)
    dual = eviction._Dual.of(instance, 30)
    price = np.where(dual.excess > 0, [rng.randint(0, 3) * 700 for _ in dual.edge], 0)
    gaps = gaps_of(dual, price.astype(np.int64))
    users = {}
    for q, e, p in zip(dual.query, dual.edge, dual.before, strict=True):
        users.setdefault(e, set()).update((p, q))
    shares = np.array([0, 1, SHARES // 10])
    tokens_by = np.concatenate(([0], np.cumsum(dual.tokens)))
    for j in range(n) if n < 10 else (0, n // 5):
        most = np.zeros(3, dtype=np.int64)
        pointer = np.empty(len(dual.edge), dtype=np.int64)
        most_paid(dual.release, tokens_by, gaps, due_by(gaps, n), shares, j, pointer, most)
        for t in (*range(j + 1, n, 1 + n // 20), n - 1):
            waits = shares * (dual.release[t] - dual.release[j]) // SHARES
            assert (most >= paid(dual, price, users, j, t) - waits).all()


@settings(max_examples=examples(300))
@given(instances(max_queries=7, costs=linear, caches=st.just(Cache.LRU)))
def test_distances_count_distinct_tokens(instance):
    """Those of the queries between two users of an edge, and of the edge's path."""
    dual, trie = eviction._Dual.of(instance, 30), instance.trie
    depth = np.minimum(trie.depth, instance.capacity)

    def path(v):
        return {v, *path(trie.parent[v])} if v else set()

    node = trie.node[instance.by_age]
    shared = {
        (q, e) for q in range(instance.n) for p in range(q) for e in path(node[q]) & path(node[p])
    }
    rows = zip(dual.query, dual.edge, dual.before, dual.excess, strict=True)
    for q, e, p, excess in rows:
        assert e in path(node[p])
        assert not any(e in path(node[x]) for x in range(p + 1, q))
        used = path(e).union(*(path(node[x]) for x in range(p + 1, q)))
        tokens = sum(depth[v] - depth[trie.parent[v]] for v in used)
        assert excess == max(0, tokens - instance.capacity)
    found = set(zip(dual.query, dual.edge, strict=True))
    assert found == {(q, e) for q, e in shared if depth[e] > depth[trie.parent[e]]}


def test_squares_are_exact():
    """Beyond what a product of two lengths in 64 bits holds."""
    lengths = [3, 2**20 - 1, 2**21 + 5, 2**40 + 2**19 + 1]
    assert eviction._sum_of_squares(np.array(lengths)) == sum(length**2 for length in lengths)


def test_what_is_evicted_is_computed_again():
    """Waiting would cost more: the bound lies between that of first computations and the least."""
    queries = ((0, "aaaaaa"), (90_000, "bbbbbb"), (180_000, "aaaaaa"), (270_000, "bbbbbb"))
    instance = stream(*queries, cache=Cache.LRU, capacity=6, cost=Potential(1000))
    assert flow_time_bound(instance) == 14_000
    assert 18_000 <= eviction_bound(instance) <= least_sum(instance) == 24_000


def test_where_it_proves_nothing_it_is_zero():
    """Another cache, a cost without edges, queries that may cost nothing, no gap, and no time."""
    queries = ((0, "aaaaaa"), (50_000, "bbbbbb"), (100_000, "aaaaaa"))
    fields = {"cache": Cache.LRU, "capacity": 6}
    assert eviction_bound(stream(*queries, cost=Potential(1000), **fields)) > 0
    assert eviction_bound(stream(*queries, cost=Potential(1000), cache=Cache.UNBOUNDED)) == 0
    assert eviction_bound(stream(*queries, cost=Rectangular(1000, 0), **fields)) == 0
    assert eviction_bound(stream(*queries, cost=Potential(0), **fields)) == 0
    roomy = {"cache": Cache.LRU, "capacity": 12}
    assert eviction_bound(stream(*queries, cost=Potential(1000), **roomy)) == 0
    assert eviction_bound(stream(*queries, cost=Potential(1000), **fields), lambda: True) == 0

"""Tests of the passes over time graphs, against all paths of small ones."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import examples

from prefixsched.arrays import INFINITY
from prefixsched.kernels.relaxation.time_graph import (
    arcs_within,
    cheapest,
    completion,
    completion_bounds,
)

pytestmark = pytest.mark.kernels

MAX_MULTIPLIER = 2**30


@st.composite
def graphs(draw):
    """Arcs forward among up to 7 nodes, by tail; starts and ends; queries; multipliers."""
    nodes = draw(st.integers(1, 7))
    arcs = [(u, v) for u in range(nodes) for v in range(u + 1, nodes) if draw(st.booleans())]
    some = st.lists(st.integers(0, nodes - 1), max_size=3, unique=True).map(sorted)
    n = draw(st.integers(1, 4))
    query = draw(st.lists(st.integers(0, n - 1), min_size=nodes, max_size=nodes))
    most = draw(st.sampled_from([2, MAX_MULTIPLIER]))
    multiplier = draw(st.lists(st.integers(-most, most), min_size=n, max_size=n))
    tail, head = np.array(arcs, dtype=np.int32).reshape(-1, 2).T.copy()
    first, last = (np.array(draw(some), dtype=np.int32) for _ in range(2))
    return np.array(multiplier), np.array(query), tail, head, first, last


def walks(tail, head, u, last):
    """All ways from node ``u`` to an end."""
    if u in last:
        yield [u]
    for v in head[tail == u].tolist():
        for bound in walks(tail, head, v, last):
            yield [u, *bound]


@settings(max_examples=examples(150))
@given(graphs(), st.integers(-4, 4))
def test_passes_find_what_enumeration_finds(graph, factor):
    """The cheapest path, the least to go, and the arcs within a budget."""
    multiplier, query, tail, head, first, last = graph
    nodes = len(query)
    cost, bound = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    via = np.empty(nodes, np.int32)

    def paid(path):
        return sum(int(multiplier[query[v]]) for v in path)

    everything = [path for u in first.tolist() for path in walks(tail, head, u, last)]
    end = cheapest(multiplier, query, tail, head, first, last, cost, via)
    assert (end < 0) == (not everything)
    if everything:
        assert cost[end] == min(map(paid, everything))
        v, back = int(end), [int(end)]
        while via[v] >= 0:
            assert head[via[v]] == v
            v = int(tail[via[v]])
            back.append(v)
        assert v in first
        assert paid(back) == cost[end]
    completion_bounds(multiplier, query, tail, head, last, bound)
    for u in range(nodes):
        ways = [paid(path[1:]) for path in walks(tail, head, u, last)]
        assert bound[u] == min(ways, default=int(INFINITY))
    budget = factor * max(1, int(np.abs(multiplier).max()))
    cheap = {arc for path in everything if paid(path) <= budget for arc in itertools.pairwise(path)}
    keep = arcs_within(budget, multiplier, query, tail, head, cost, bound)
    assert {(int(tail[a]), int(head[a])) for a in np.flatnonzero(keep)} == cheap


@pytest.mark.parametrize("sign", [-1, 1])
def test_long_paths_of_the_largest_multipliers_do_not_overflow(sign):
    """A line of 20,000 visits at the largest multiplier, to the last tick."""
    nodes = 20_000
    query = np.zeros(nodes, np.int64)
    tail = np.arange(nodes - 1, dtype=np.int32)
    first, last = np.array([0], np.int32), np.array([nodes - 1], np.int32)
    cost, via = np.empty(nodes, np.int64), np.empty(nodes, np.int32)
    multiplier = np.array([sign * MAX_MULTIPLIER])
    assert (
        cheapest(multiplier, query, tail, tail + np.int32(1), first, last, cost, via) == nodes - 1
    )
    assert int(cost[-1]) == sign * MAX_MULTIPLIER * nodes
    completion_bounds(multiplier, query, tail, tail + np.int32(1), last, cost)
    assert int(cost[0]) == sign * MAX_MULTIPLIER * (nodes - 1)


@pytest.mark.parametrize(
    ("residual", "ready", "earliest", "end"),
    [
        (99, 3, 0, 14),  # waits for the arrival, then sets up
        (99, 12, 0, 16),
        (0, 3, 0, 10),  # has set up when the query arrives
        (0, 8, 0, 12),
        (0, 3, 11, 11),
        (99, 3, 15, 15),
        (1, 3, 0, 11),  # someone else has left one tick to do
        (1, 9, 0, 13),
    ],
)
def test_completion(residual, ready, earliest, end):
    """Arrival 10, set-up 4, under both rules and for a sub-instance."""
    assert completion(ready, 10, 4, residual, earliest) == end

"""Tests of hitting sets."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import examples

from prefixsched.offline.hitting_set import hitting_set

cores = st.lists(st.sets(st.integers(0, 6), min_size=1, max_size=4), min_size=1, max_size=6)


@settings(max_examples=examples(100))
@given(cores, st.permutations(range(7)))
def test_the_smallest_of_the_lowest_ranks(cores, rank):
    """Against all subsets: size first, then the sum of ranks."""
    found = hitting_set([np.array(sorted(core)) for core in cores], np.array(rank))
    hits = [
        chosen
        for size in range(8)
        for chosen in combinations(range(7), size)
        if all(core & set(chosen) for core in cores)
    ]
    best = min((len(chosen), sum(rank[j] for j in chosen)) for chosen in hits)
    assert (found.least, sum(rank[j] for j in found.queries)) == best
    assert all(core & set(found.queries) for core in cores)


def test_what_is_known_without_time():
    """Disjoint cores bound the size from below, and the greedy set is one."""
    cores = [np.array(core) for core in ([0, 1], [2, 3], [1, 2], [0, 3])]
    found = hitting_set(cores, np.arange(4), seconds=0.0)
    assert found.least == 2
    assert all(set(core.tolist()) & set(found.queries) for core in cores)


def test_nothing_to_hit():
    """Without cores nobody need miss."""
    assert hitting_set([], np.arange(3)).queries == ()

"""Tests of what paths remember: bits against sets."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import examples

from prefixsched.exact.relaxation.ng_sets import MEMORY_BITS, NgSets


@st.composite
def memories(draw):
    """Memories of up to 8 queries that have learnt from some cycles, in several goes."""
    n = draw(st.integers(1, 8))
    ng_sets = NgSets(n, draw(st.integers(0, n)))
    cycle = st.lists(st.integers(0, n - 1), min_size=1, max_size=n, unique=True)
    for cycles in draw(st.lists(st.lists(cycle, max_size=5), max_size=4)):
        ng_sets.augment(cycles)
    return ng_sets


def apart(ng_sets):
    """Queries that are remembered at one place have different bits."""
    own = ng_sets.masks[2]
    for i in range(len(own)):
        bits = own[ng_sets.member[i]].tolist()
        assert len(set(bits)) == len(bits)
        assert all(bit > 0 and bit.bit_count() == 1 for bit in bits)


@settings(max_examples=examples(300))
@given(memories(), st.data())
def test_bits_say_what_sets_say(ng_sets, data):
    """Along any walk: what is remembered, and where it may not go, by sets and by bits."""
    apart(ng_sets)
    n = len(ng_sets.member)
    blocked, shared, own = ng_sets.masks
    walk = data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=12))
    known, bits = {walk[0]}, int(own[walk[0]])
    for i, j in itertools.pairwise(walk):
        assert bool(bits & int(blocked[i, j])) == (j in known)
        known = {k for k in known if ng_sets.member[j, k]} | {j}
        bits = bits & int(shared[i, j]) | int(own[j])
        assert bits == sum(int(own[k]) for k in known)


@settings(max_examples=examples(200))
@given(memories(), st.data())
def test_augmentation_adds_within_the_size(ng_sets, data):
    """Nothing is forgotten, no place holds more than its size, or itself."""
    n = len(ng_sets.member)
    before, kept = ng_sets.copy(), ng_sets.member.copy()
    cycle = st.lists(st.integers(0, n - 1), min_size=1, max_size=n, unique=True)
    ng_sets.augment(data.draw(st.lists(cycle, max_size=4)))
    assert (before.member <= ng_sets.member).all()
    assert ng_sets.same(before) == (ng_sets.member == before.member).all()
    assert ng_sets.member.diagonal().all()
    assert (ng_sets.member.sum(axis=1) <= max(1, ng_sets.size)).all()
    assert (before.member == kept).all()  # a copy does not learn
    apart(before)


def test_a_cycle_is_learnt_where_there_is_room():
    """The first query is remembered all along, or nowhere."""
    ng_sets = NgSets(4, 2)
    ng_sets.augment([[0, 1, 2]])
    assert np.argwhere(ng_sets.member & ~np.eye(4, dtype=bool)).tolist() == [[1, 0], [2, 0]]
    ng_sets.augment([[3, 0, 1]])  # place 1 is full
    assert not ng_sets.member[0, 3]


def test_shorter_cycles_come_first():
    """They take the room that longer ones would have had."""
    ng_sets = NgSets(4, 2)
    ng_sets.augment([[0, 1, 2], [3, 1]])
    assert ng_sets.member[1].tolist() == [False, True, False, True]
    assert ng_sets.member[2].tolist() == [False, False, True, False]


def test_without_a_free_bit_nothing_is_learnt():
    """All queries remembered at one place need a bit each, and there are only so many."""
    n = MEMORY_BITS + 3
    ng_sets = NgSets(n, n)
    ng_sets.augment([[j, 0] for j in range(1, n)])
    assert ng_sets.member[0].sum() == MEMORY_BITS
    apart(ng_sets)
    assert (ng_sets.masks[0] >= 0).all()

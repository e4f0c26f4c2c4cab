"""Tests of what paths remember: bits against sets."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from prefixsched.exact.relaxation.ng_sets import SLOTS, Memory


@st.composite
def memories(draw):
    """Memories of up to 8 queries that have learnt from some cycles, in several goes."""
    n = draw(st.integers(1, 8))
    memory = Memory(n, draw(st.integers(0, n)))
    cycle = st.lists(st.integers(0, n - 1), min_size=1, max_size=n, unique=True)
    for cycles in draw(st.lists(st.lists(cycle, max_size=5), max_size=4)):
        memory.learn(cycles)
    return memory


def apart(memory):
    """Queries that are remembered at one place have different bits."""
    own = memory.masks[2]
    for i in range(len(own)):
        bits = own[memory.remembers[i]].tolist()
        assert len(set(bits)) == len(bits)
        assert all(bit > 0 and bit.bit_count() == 1 for bit in bits)


@settings(max_examples=300)
@given(memories(), st.data())
def test_bits_say_what_sets_say(memory, data):
    """Along any walk: what is remembered, and where it may not go, by sets and by bits."""
    apart(memory)
    n = len(memory.remembers)
    blocked, shared, own = memory.masks
    walk = data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=12))
    known, bits = {walk[0]}, int(own[walk[0]])
    for i, j in itertools.pairwise(walk):
        assert bool(bits & int(blocked[i, j])) == (j in known)
        known = {k for k in known if memory.remembers[j, k]} | {j}
        bits = bits & int(shared[i, j]) | int(own[j])
        assert bits == sum(int(own[k]) for k in known)


@settings(max_examples=200)
@given(memories(), st.data())
def test_learning_adds_within_the_size(memory, data):
    """Nothing is forgotten, no place holds more than its size, or itself."""
    n = len(memory.remembers)
    before, kept = memory.copy(), memory.remembers.copy()
    cycle = st.lists(st.integers(0, n - 1), min_size=1, max_size=n, unique=True)
    memory.learn(data.draw(st.lists(cycle, max_size=4)))
    assert (before.remembers <= memory.remembers).all()
    assert memory.same(before) == (memory.remembers == before.remembers).all()
    assert memory.remembers.diagonal().all()
    assert (memory.remembers.sum(axis=1) <= max(1, memory.size)).all()
    assert (before.remembers == kept).all()  # a copy does not learn
    apart(before)


def test_a_cycle_is_learnt_where_there_is_room():
    """The first query is remembered all along, or nowhere."""
    memory = Memory(4, 2)
    memory.learn([[0, 1, 2]])
    assert np.argwhere(memory.remembers & ~np.eye(4, dtype=bool)).tolist() == [[1, 0], [2, 0]]
    memory.learn([[3, 0, 1]])  # place 1 is full
    assert not memory.remembers[0, 3]


def test_shorter_cycles_come_first():
    """They take the room that longer ones would have had."""
    memory = Memory(4, 2)
    memory.learn([[0, 1, 2], [3, 1]])
    assert memory.remembers[1].tolist() == [False, True, False, True]
    assert memory.remembers[2].tolist() == [False, False, True, False]


def test_without_a_free_bit_nothing_is_learnt():
    """All queries remembered at one place need a bit each, and there are only so many."""
    n = SLOTS + 3
    memory = Memory(n, n)
    memory.learn([[j, 0] for j in range(1, n)])
    assert memory.remembers[0].sum() == SLOTS
    apart(memory)
    assert (memory.masks[0] >= 0).all()

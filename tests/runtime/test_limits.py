"""Tests of limits on nodes and time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefixsched.runtime.limits import Limits, now


def test_nodes_are_counted_down():
    """What is left falls to 0 and no lower."""
    limits = Limits(max_nodes=10)
    assert (limits.left, limits.at_most(7), limits.at_most(12)) == (10, 7, 10)
    limits.charge(8)
    assert (limits.left, limits.at_most(7), limits.spent) == (2, 2, False)
    limits.charge(3)
    assert (limits.nodes, limits.left, limits.at_most(7), limits.spent) == (11, 0, 0, True)


def test_no_limit_is_never_spent():
    """Nodes are counted all the same."""
    limits = Limits()
    limits.charge(10**9)
    assert (limits.nodes, limits.left, limits.at_most(7), limits.spent) == (10**9, None, 7, False)


def test_time_that_is_up_spends_everything():
    """Whatever nodes are left."""
    limits = Limits(deadline=time.monotonic() - 1, max_nodes=5)
    assert (limits.left, limits.spent) == (5, True)


@given(
    deadline=st.none() | st.floats(0, 100),
    share=st.none() | st.floats(0, 1),
    seconds=st.none() | st.floats(0, 200),
    least=st.floats(0, 20),
)
def test_a_slice_ends_no_later_than_the_whole(deadline, share, seconds, least):
    """And after its share, or its least where the rest allows, or the seconds given."""
    whole = Limits(None if deadline is None else now() + deadline)
    part = whole.slice(share, seconds=seconds, least=least)
    ends = [deadline, seconds]
    if None not in (deadline, share):
        ends.append(max(share * deadline, min(deadline, least)))
    known = [end for end in ends if end is not None]
    assert (part.remaining is None) == (not known)
    if known:
        assert part.remaining == pytest.approx(min(known), abs=0.1)


@given(st.none() | st.integers(0, 9), st.integers(0, 12), st.none() | st.integers(0, 9))
def test_a_slice_counts_from_nothing(most, spent, nodes):
    """It may take what is left of the whole, or fewer; it doesn't charge the whole."""
    whole = Limits(max_nodes=most, threads=3, seed=7, memory=99)
    whole.charge(spent)
    part = whole.slice(nodes=nodes, threads=1)
    limits = [known for known in (whole.left, nodes) if known is not None]
    assert (part.nodes, part.left) == (0, min(limits, default=None))
    assert (part.threads, part.seed, part.memory) == (1, 7, 99)
    part.charge(5)
    assert whole.nodes == spent
    assert whole.slice(counted=False).left is None


def test_a_whole_that_ends_ends_its_slices():
    """Also those of slices, and those without a deadline of their own."""
    whole = Limits()
    inner = whole.slice().slice(seconds=100)
    assert not inner.expired
    whole.end()
    assert inner.expired
    assert inner.remaining == 0

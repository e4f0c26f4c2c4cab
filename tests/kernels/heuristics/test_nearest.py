"""Tests of nearest neighbours and of longest common prefixes of pairs, against sorts and slices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefixsched.kernels.heuristics.nearest import closest, pairwise_minima

pytestmark = pytest.mark.kernels

numbers = st.lists(st.integers(0, 5), min_size=1, max_size=8)


@given(numbers, st.data())
def test_pairwise_minima_are_those_between_two_places(lcp, data):
    """Against slices of the list."""
    places = st.lists(st.integers(0, len(lcp) - 1), min_size=1, max_size=4)
    rows, columns = data.draw(places), data.draw(places)
    found = pairwise_minima(*(np.array(x, dtype=np.int64) for x in (lcp, rows, columns)))
    expected = [
        [0 if p == q else min(lcp[min(p, q) + 1 : max(p, q) + 1]) for q in columns] for p in rows
    ]
    assert found.tolist() == expected


@given(st.integers(1, 6), st.data())
def test_closest_are_the_first_of_a_sort(w, data):
    """By key, then tie, then number; never the query itself."""
    entries = st.lists(st.integers(0, 3), min_size=w * w, max_size=w * w)
    key, tie = (np.array(data.draw(entries)).reshape(w, w) for _ in range(2))
    count = data.draw(st.integers(0, w - 1))
    expected = [
        sorted((j for j in range(w) if j != i), key=lambda j: (key[i, j], tie[i, j], j))[:count]
        for i in range(w)
    ]
    assert closest(key, tie, count).tolist() == expected

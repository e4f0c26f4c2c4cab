"""Tests of the stretch in which most was lost."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from prefixsched.studies.worst_stretch import worst_stretch


@given(st.lists(st.integers(0, 12), min_size=1, max_size=12), st.integers(0, 12))
def test_no_run_of_arrivals_lost_more(ttft, bound):
    """It is the best of all runs, counted one by one, and there is one if any TTFT is above."""
    arrival = 10 * np.arange(len(ttft))
    sums = {
        (i, j): sum(ttft[i : j + 1]) - bound * (j + 1 - i)
        for i in range(len(ttft))
        for j in range(i, len(ttft))
    }
    found = worst_stretch(arrival, np.array(ttft), bound)
    if max(ttft) <= bound:
        assert found is None
        return
    assert found.lost == max(sums.values()) == sums[found.first, found.last]
    assert (found.begin, found.end) == (10 * found.first, 10 * found.last)
    assert found.queries == found.last - found.first + 1

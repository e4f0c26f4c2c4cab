"""Exact scaling of integer columns."""

from fractions import Fraction
from math import floor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from prefixsched.model.scale import scale


@given(
    st.lists(st.integers(0, 2**53), max_size=8),
    st.fractions(0, 2**8),
    st.integers(1, 2**70),
)
def test_scale_rounds_half_up_exactly(values: list[int], factor: Fraction, finer: int) -> None:
    """Each product is floor(x factor + 1/2), also where 64 bits can't hold the steps to it."""
    for exact in (factor, factor / finer):
        got = scale(np.array(values, dtype=np.int64), exact)
        assert got.dtype == np.int64
        assert got.tolist() == [floor(x * exact + Fraction(1, 2)) for x in values]

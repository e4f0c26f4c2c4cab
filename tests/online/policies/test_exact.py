"""Tests of exact comparisons."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import examples

from prefixsched.online.policies.exact import largest_ratio, weighted

numbers = st.one_of(st.integers(0, 6), st.integers(0, 2**62), st.sampled_from([2**53, 2**53 + 1]))


@settings(max_examples=examples(400))
@given(st.lists(st.tuples(numbers, numbers.map(lambda b: b or 1)), min_size=1, max_size=6))
def test_the_largest_ratio_is_exact(pairs):
    """The first of the largest, where floats and 64-bit products would both go wrong."""
    exact = [Fraction(top, bottom) for top, bottom in pairs]
    top, bottom = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
    assert largest_ratio(top, bottom) == exact.index(max(exact))


def test_ratios_that_floats_confuse():
    """Two ratios that round to the same float."""
    top, bottom = np.array([2**53, 2**53 + 1]), np.array([2**53 + 1, 2**53 + 2])
    assert largest_ratio(top, bottom) == 1


@given(st.integers(0, 2**40), st.lists(numbers, min_size=1, max_size=4), st.integers(-9, 2**40))
def test_weighted_sums_are_exact(a, values, b):
    """Equal to Python's integers, whether they fit into 64 bits or not."""
    x = np.array(values, dtype=np.int64)
    y = x[::-1].copy()
    expected = [a * p + b * q for p, q in zip(x.tolist(), y.tolist(), strict=True)]
    assert weighted(a, x, b, y).tolist() == expected

"""Exact scaling of integer columns by rational factors."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from prefixsched.arrays import IntArray


def scale(values: IntArray, factor: Fraction) -> IntArray:
    """Each of ``values`` (0 or more) times ``factor``, rounded half up in integers.

    The products must fit into 64 bits; what leads to them need not.
    """
    top, bottom = 2 * factor.numerator, 2 * factor.denominator
    half = factor.denominator
    if int(values.max(initial=0)) * top + half < 2**63 and bottom < 2**63:
        return (values * top + half) // bottom
    exact = (values.astype(object) * top + half) // bottom
    return exact.astype(np.int64)

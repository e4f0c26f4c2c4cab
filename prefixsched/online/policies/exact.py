"""Exact rational comparison of scores."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray


def largest_ratio(top: IntArray, bottom: IntArray) -> int:
    """The first index at which ``top / bottom`` is largest, by continued fractions.

    Entries of ``top`` are 0 or more and of ``bottom`` 1 or more. Of two ratios
    the one with the larger whole part is the larger; where those agree, the one
    whose remainder over its divisor is larger, so whose reciprocal is smaller,
    which is compared in the same way. Nothing is multiplied, so nothing overflows.
    """
    best = np.arange(len(top))
    while len(best) > 1:
        whole = top // bottom
        keep = whole == whole.max()
        best, rest, bottom = best[keep], (top - whole * bottom)[keep], bottom[keep]
        some = rest > 0
        if not some.any():
            break
        best, rest, bottom = best[some], rest[some], bottom[some]
        whole = bottom // rest  # reciprocals: now the least is wanted
        keep = whole == whole.min()
        best, rest, left = best[keep], rest[keep], (bottom - whole * rest)[keep]
        if not left.all():  # a reciprocal without a remainder is the least of them
            best = best[left == 0]
            break
        top, bottom = rest, left
    return int(best[0])


def weighted(a: int, x: IntArray, b: int, y: IntArray) -> IntArray:
    """``a x + b y``, exactly: in 64 bits where they suffice, else in Python's integers."""
    worst = abs(a) * int(np.abs(x).max(initial=0)) + abs(b) * int(np.abs(y).max(initial=0))
    if worst < 2**63:
        return a * x + b * y
    exact: IntArray = a * x.astype(object) + b * y.astype(object)
    return exact

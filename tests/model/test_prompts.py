"""Tests of the segment table."""

import numpy as np

from prefixsched.model.prompts import Prompts

TEXTS = [[("a", 2), ("b", 3)], [("b", 1)], [], [(7, 1), (7, 1)]]


def test_segments_come_back():
    """What went in comes out, strings and tokens alike."""
    table = Prompts.from_segments(TEXTS)
    assert [table.segments(j) for j in range(4)] == TEXTS
    assert table.length.tolist() == [5, 1, 0, 2]


def test_select_takes_prompts_in_the_order_asked():
    """A selection may reorder and drop prompts."""
    table = Prompts.from_segments(TEXTS).select(np.array([3, 0]))
    assert [table.segments(j) for j in range(2)] == [TEXTS[3], TEXTS[0]]
    assert table.length.tolist() == [2, 5]

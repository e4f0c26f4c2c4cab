"""Prompts built column by column."""

import numpy as np

from prefixsched.generate.columns import Column, prompts_of


def test_columns_become_segments() -> None:
    """Prompt j has the j-th entry of each column, less those of length 0."""
    prompts = prompts_of(
        Column(["s"], np.array([0, 0]), np.array([10, 0])),
        Column(["a", "b"], np.array([1, 0]), np.array([5, 6])),
    )
    assert [prompts.segments(j) for j in range(2)] == [[("s", 10), ("b", 5)], [("a", 6)]]
    assert prompts.length.tolist() == [15, 6]

"""Prompts built column by column, without a Python object per query."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.prompts import Prompts


class Column(NamedTuple):
    """The k-th segment of every prompt.

    Parameters
    ----------
    names
        The labels that the column uses; no other column uses them.
    label
        ``[n]``; each prompt's label, as an index into ``names``.
    length
        ``[n]``; each prompt's tokens under it; 0 leaves the segment out.
    """

    names: Sequence[str]
    label: IntArray
    length: IntArray


def prompts_of(*columns: Column) -> Prompts:
    """The prompts whose k-th segments are the k-th column."""
    bases = np.concatenate(([0], np.cumsum([len(column.names) for column in columns])))
    labels = np.stack([c.label + base for c, base in zip(columns, bases, strict=False)], axis=1)
    lengths = np.stack([column.length for column in columns], axis=1)
    present = lengths > 0
    return Prompts(
        np.concatenate(([0], np.cumsum(present.sum(axis=1)))),
        labels[present],
        lengths[present],
        list(chain.from_iterable(column.names for column in columns)),
    )

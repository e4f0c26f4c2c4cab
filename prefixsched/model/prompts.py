"""Prompts as one ragged, columnar table of segments."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.display import Displayed, Records, query_count, rows_of
from prefixsched.model.errors import InputError
from prefixsched.model.integers import integers

Name = str | int
"""A segment's label: a string, or the token itself where a prompt is a token list."""


@dataclass(frozen=True, eq=False, repr=False)
class Prompts(Displayed):
    """The prompts of n queries, as segments (label, length).

    A label names one unbounded token sequence and a segment is its first
    ``length`` tokens. Two prompts share, segment by segment, the smaller length
    while the labels agree, and go on only where the lengths agree too.

    Parameters
    ----------
    offsets
        ``[n + 1]``; prompt ``j`` owns the segments ``offsets[j]:offsets[j + 1]``.
    labels
        ``[m]``; each segment's label, as an index into ``names``.
    lengths
        ``[m]``; each segment's length in tokens, at least 1.
    names
        What the label codes stand for.

    Raises
    ------
    InputError
        If a number is not whole or out of range, or the columns disagree.
    """

    offsets: IntArray
    labels: IntArray
    lengths: IntArray
    names: Sequence[Name]

    def __post_init__(self) -> None:
        for column in ("offsets", "labels", "lengths"):
            object.__setattr__(self, column, integers(column, getattr(self, column)))
        m = len(self.labels)
        if len(self.lengths) != m:
            raise InputError(f"prompts: {m} labels and {len(self.lengths)} lengths; give one each")
        ends = self.offsets
        if not len(ends) or ends[0] != 0 or ends[-1] != m or (ends[1:] < ends[:-1]).any():
            raise InputError(f"offsets: give rising numbers from 0 to {m}, the number of labels")
        if m and not 0 <= int(self.labels.min()) <= int(self.labels.max()) < len(self.names):
            raise InputError(f"labels: out of range; give 0 to {len(self.names) - 1}")
        if m and int(self.lengths.min()) < 1:
            k = int(self.lengths.argmin())
            raise InputError(f"lengths[{k}]: {self.lengths[k]} tokens; give 1 or more")

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @classmethod
    def from_segments(cls, prompts: Iterable[Sequence[tuple[Name, int]]]) -> Prompts:
        """Build the table from one list of (label, length) pairs per prompt.

        Raises
        ------
        InputError
            If a length is no whole number from 1.
        """
        return cls.from_columns(
            zip(*prompt, strict=True) if prompt else ((), ()) for prompt in prompts
        )

    @classmethod
    def from_columns(cls, prompts: Iterable[Iterable[Any]]) -> Prompts:
        """Build the table from a pair for each prompt: all its labels, and all its lengths.

        No segment becomes a Python object of its own, as files have millions of them.

        Raises
        ------
        InputError
            If a length is no whole number from 1.
        """
        codes = defaultdict[Name, int](count().__next__)
        offsets, labels, lengths = [0], array("q"), list[int]()
        for names, tokens in prompts:
            labels.extend(map(codes.__getitem__, names))
            lengths.extend(tokens)
            offsets.append(len(labels))
        return cls(
            np.array(offsets, dtype=np.int64),
            np.frombuffer(labels, dtype=np.int64),
            integers("lengths", lengths),
            tuple(codes),
        )

    @cached_property
    def length(self) -> IntArray:
        """``[n]``; each prompt's length in tokens."""
        return np.diff(self.cumulative[self.offsets])

    @cached_property
    def cumulative(self) -> IntArray:
        """``[m + 1]``; tokens in all segments before each one."""
        return np.concatenate(([0], np.cumsum(self.lengths)))

    def segments(self, j: int) -> list[tuple[Name, int]]:
        """The segments of prompt ``j``, as (label, length) pairs."""
        own = slice(self.offsets[j], self.offsets[j + 1])
        return [
            (self.names[label], length)
            for label, length in zip(
                self.labels[own].tolist(), self.lengths[own].tolist(), strict=True
            )
        ]

    def reader(self) -> Callable[[int], list[tuple[Name, int]]]:
        """A function that does the same, faster where many prompts are read."""
        ends, name_of = self.offsets.tolist(), self.names.__getitem__
        labels, lengths = self.labels, self.lengths

        def segments(j: int) -> list[tuple[Name, int]]:
            own = slice(ends[j], ends[j + 1])
            return list(zip(map(name_of, labels[own].tolist()), lengths[own].tolist(), strict=True))

        return segments

    def _headline(self) -> str:
        return (
            f"of {query_count(len(self))}: {int(self.lengths.sum()):,} "
            f"tokens in {len(self.labels):,} segments"
        )

    def _records(self, most: int | None) -> Records:
        return rows_of(
            {
                "tokens": self.length[:most].tolist(),
                "segments": np.diff(self.offsets)[:most].tolist(),
            }
        )

    def _size(self) -> int:
        return len(self)

    def select(self, queries: IntArray) -> Prompts:
        """The prompts of ``queries``, in that order."""
        counts = np.diff(self.offsets)[queries]
        offsets = np.concatenate(([0], np.cumsum(counts)))
        rows = np.repeat(self.offsets[queries] - offsets[:-1], counts) + np.arange(offsets[-1])
        return Prompts(offsets, self.labels[rows], self.lengths[rows], self.names)

"""A growing column of block ids, numbers or strings."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Sequence
from itertools import count

import numpy as np

from prefixsched.arrays import IntArray


class BlockColumn:
    """The block ids of one row after another.

    An id is known by its text: 7 and "7" are the same block. Ids that are all
    64-bit integers, as in public traces, are kept as they are, which is much
    faster than a dictionary of texts.
    """

    def __init__(self) -> None:
        self._values = array("q")
        self._codes: defaultdict[str, int] | None = None

    def __len__(self) -> int:
        return len(self._values)

    def add(self, ids: list[int | str]) -> None:
        """Append the ids of a row."""
        if self._codes is None:
            try:
                self._values.fromlist(ids)  # type: ignore[arg-type]  # it refuses strings
            except (TypeError, OverflowError):  # the column is as it was before the call
                self._codes = defaultdict(count().__next__)
                self._values = array("q", self._coded(self._values.tolist()))
            else:
                return
        self._values.extend(self._coded(ids))

    def _coded(self, ids: Sequence[int | str]) -> list[int]:
        assert self._codes is not None
        return list(map(self._codes.__getitem__, map(str, ids)))

    def finish(self) -> tuple[IntArray, Sequence[int | str]]:
        """The column as codes, and the id that each code stands for."""
        values = np.frombuffer(self._values, dtype=np.int64)
        if self._codes is not None:
            return values.copy(), list(self._codes)
        low, high = int(values.min(initial=0)), int(values.max(initial=0))
        if high - low <= 4 * len(values) + 1024:  # dense, as ids given out in sequence are
            present = np.zeros(high - low + 1, dtype=bool)
            present[values - low] = True
            distinct = np.flatnonzero(present) + low
            codes = (np.cumsum(present) - 1)[values - low]
        else:
            distinct, codes = np.unique(values, return_inverse=True)
        return codes.astype(np.int64), distinct.tolist()

"""Transitive closure (Warshall) and composition of relations, as rows of bits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from prefixsched.kernels.jit import kernel

Relation = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.uint64]


@kernel
def _packed(relation: Relation) -> Rows:
    n = relation.shape[0]
    rows = np.zeros((n, (n + 63) >> 6), np.uint64)
    for i in range(n):
        for j in range(n):
            if relation[i, j]:
                rows[i, j >> 6] |= np.uint64(1) << np.uint64(j & 63)
    return rows


@kernel
def _unpacked(rows: Rows) -> Relation:
    n = rows.shape[0]
    relation = np.zeros((n, n), np.bool_)
    for i in range(n):
        for j in range(n):
            relation[i, j] = (rows[i, j >> 6] >> np.uint64(j & 63)) & np.uint64(1) != 0
    return relation


@kernel
def closure(relation: Relation) -> Relation:
    """``[n, n]``; the transitive closure: Warshall's, 64 columns at a time."""
    rows = _packed(relation)
    n, words = rows.shape
    for k in range(n):
        for i in range(n):
            if (rows[i, k >> 6] >> np.uint64(k & 63)) & np.uint64(1) != 0:
                for w in range(words):
                    rows[i, w] |= rows[k, w]
    return _unpacked(rows)


@kernel
def twice(relation: Relation) -> Relation:
    """``[n, n]``; whether some k has (row, k) and (k, column) in the relation."""
    rows = _packed(relation)
    n, words = rows.shape
    out = np.zeros((n, words), np.uint64)
    for i in range(n):
        for k in range(n):
            if relation[i, k]:
                for w in range(words):
                    out[i, w] |= rows[k, w]
    return _unpacked(out)

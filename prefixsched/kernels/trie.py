"""Radix trie construction from sorted prompts, in one pass with a stack."""

from __future__ import annotations

import numpy as np

from prefixsched.kernels.jit import kernel
from prefixsched.prompts import IntArray


@kernel
def build_nodes(length: IntArray, lcp: IntArray) -> tuple[IntArray, ...]:
    """Nodes of the trie over n lexicographically sorted prompts.

    Parameters
    ----------
    length
        ``[n]``; prompt lengths in sorted order.
    lcp
        ``[n]``; tokens that each prompt shares with the one before; 0 for the first.

    Returns
    -------
    tuple of arrays
        ``parent``, ``depth``, ``first``, ``last`` per node, in order of creation
        (children may precede parents), and ``end[n]``, the node where each
        prompt ends. Node 0 is the root.
    """
    n = length.size
    parent = np.zeros(2 * n + 1, np.int64)
    depth = np.zeros(2 * n + 1, np.int64)
    first = np.zeros(2 * n + 1, np.int64)
    last = np.full(2 * n + 1, n, np.int64)
    end = np.zeros(n, np.int64)
    stack = np.zeros(n + 2, np.int64)
    top = 0
    count = 1
    for p in range(n):
        popped = -1
        while depth[stack[top]] > lcp[p]:
            if popped >= 0:
                parent[popped] = stack[top]
            popped = stack[top]
            last[popped] = p
            top -= 1
        if popped >= 0:
            if depth[stack[top]] < lcp[p]:
                depth[count] = lcp[p]
                first[count] = first[popped]
                top += 1
                stack[top] = count
                count += 1
            parent[popped] = stack[top]
        if length[p] > depth[stack[top]]:
            depth[count] = length[p]
            first[count] = p
            top += 1
            stack[top] = count
            count += 1
        end[p] = stack[top]
    while top > 0:
        parent[stack[top]] = stack[top - 1]
        top -= 1
    return parent[:count], depth[:count], first[:count], last[:count], end


@kernel
def overlaps(order: IntArray, length: IntArray, lcp: IntArray) -> IntArray:
    """``[n, n]``; what each query reuses right after each other, capped.

    Parameters
    ----------
    order
        ``[n]``; queries in lexicographic order.
    length
        ``[n]``; prompt lengths, by query.
    lcp
        ``[n]``; tokens that each prompt of ``order`` shares with the one before.
    """
    n = order.size
    most = np.maximum(length - 1, 0)
    overlap = np.empty((n, n), np.int64)
    for p in range(n):
        i = order[p]
        overlap[i, i] = most[i]
        shared = length[i]
        for q in range(p + 1, n):
            j = order[q]
            shared = min(shared, lcp[q])
            overlap[i, j] = min(shared, most[j])
            overlap[j, i] = min(shared, most[i])
    return overlap

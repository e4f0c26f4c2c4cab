"""Radix trie construction: prompts are sorted, then one pass with a stack makes the nodes."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.jit import kernel


@kernel
def _before(offsets: IntArray, labels: IntArray, lengths: IntArray, i: int, j: int) -> bool:
    """Whether prompt ``i`` comes before ``j``: by label, then length, segment by segment."""
    a, b = offsets[i], offsets[j]
    end, stop = offsets[i + 1], offsets[j + 1]
    while a < end and b < stop:
        if labels[a] != labels[b]:
            return labels[a] < labels[b]
        if lengths[a] != lengths[b]:
            return lengths[a] < lengths[b]
        a += 1
        b += 1
    return a == end and b < stop


@kernel
def sort_prompts(
    offsets: IntArray, labels: IntArray, lengths: IntArray
) -> tuple[IntArray, IntArray]:
    """Lexicographic order of the prompts, and the tokens that neighbours share.

    Segments compare by label, then length. So prompts that share the first t
    tokens are neighbours: those whose next segment has the label and at least
    the length that t asks for form one run of the order. Equal prompts keep
    their order: a merge sort, from runs of one prompt up.
    """
    n = offsets.size - 1
    order = np.arange(n)
    merged = np.empty(n, np.int64)
    width = 1
    while width < n:
        for begin in range(0, n, 2 * width):
            middle, end = min(begin + width, n), min(begin + 2 * width, n)
            i, j = begin, middle
            for k in range(begin, end):
                first = i < middle
                if first and j < end:
                    first = not _before(offsets, labels, lengths, order[j], order[i])
                if first:
                    merged[k] = order[i]
                    i += 1
                else:
                    merged[k] = order[j]
                    j += 1
        order, merged = merged, order
        width *= 2
    lcp = np.zeros(n, np.int64)
    for p in range(1, n):
        a, b = offsets[order[p - 1]], offsets[order[p]]
        end, stop = offsets[order[p - 1] + 1], offsets[order[p] + 1]
        while a < end and b < stop and labels[a] == labels[b]:
            lcp[p] += min(lengths[a], lengths[b])
            if lengths[a] != lengths[b]:
                break
            a += 1
            b += 1
    return order, lcp


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

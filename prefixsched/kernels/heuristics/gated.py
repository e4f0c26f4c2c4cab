"""Gated service: all that wait, in depth-first order of the trie, and again."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.jit import kernel
from prefixsched.kernels.model.common_ancestor import common_ancestor


@kernel
def serve_gated(
    release: IntArray,
    by_age: IntArray,
    position: IntArray,
    node: IntArray,
    parent: IntArray,
    potential: IntArray,
    token: IntArray,
    stretch: int,
    shrink: int,
) -> tuple[IntArray, IntArray]:
    """Serve a stream with a cache of the last prompt, ``stretch / shrink`` times as fast.

    Parameters
    ----------
    release
        ``[n]``; arrivals.
    by_age
        ``[n]``; queries by arrival.
    position, node
        ``[n]``; places in the lexicographic order, and trie nodes.
    parent, potential, token
        ``[N]``; of the trie: parents, the work down to each node, and its last token's.
    stretch, shrink
        The speed's numerator and denominator.

    Returns
    -------
    array
        ``[n]``; the order of service.
    array
        ``[n]``; by query, its completion times ``stretch``.
    """
    n = release.size
    order = np.empty(n, np.int64)
    end = np.empty(n, np.int64)
    meeting = np.empty(n, np.int64)
    now = np.int64(0)
    cached = np.int64(0)
    done = 0
    while done < n:
        now = max(now, release[by_age[done]] * stretch)
        gate = done
        while gate < n and release[by_age[gate]] * stretch <= now:
            meeting[gate] = common_ancestor(parent, cached, node[by_age[gate]])
            gate += 1
        # What leaves the cached path deepest goes first; nodes on a path rise with depth.
        batch = by_age[done:gate]
        by_prompt = np.argsort(position[batch])
        deepest = np.argsort(-meeting[done:gate][by_prompt], kind="mergesort")
        for j in batch[by_prompt[deepest]]:
            work = potential[node[j]] - potential[common_ancestor(parent, cached, node[j])]
            now += max(work, token[node[j]]) * shrink
            cached = node[j]
            order[done] = j
            end[j] = now
            done += 1
    return order, end

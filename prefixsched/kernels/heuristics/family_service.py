"""Family batches: families cut, in order of arrival, into batches that are served whole."""

from __future__ import annotations

import heapq

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.jit import kernel


@kernel
def cut_families(
    by_family: IntArray, family: IntArray, release: IntArray, saved: IntArray, span: int
) -> tuple[IntArray, int]:
    """Cut each family, in order of arrival, into batches that arrive within ``span``.

    Among all such cuts the one that separates the least reuse between
    neighbours, by dynamic programming over the place of the last cut, with a
    queue of candidates whose values rise (a sliding minimum): O(n).

    Parameters
    ----------
    by_family
        ``[n]``; queries by family, then arrival.
    family, release
        ``[n]``; by query.
    saved
        ``[n]``; by place, what a query saves right after the one before; 0 for
        the first of a family.
    span
        Ticks between the first and the last arrival of a batch, at most.

    Returns
    -------
    array
        ``[n]``; each query's batch.
    int
        How many there are.
    """
    n = by_family.size
    value = np.empty(n + 1, np.int64)  # the least reuse lost before each place
    cut = np.empty(n + 1, np.int64)  # where the last batch before it begins
    queue = np.empty(n + 1, np.int64)
    head, tail = 0, 0
    value[0] = 0
    for k in range(n):
        j = by_family[k]
        if k == 0 or family[j] != family[by_family[k - 1]]:
            head, tail = 0, 0
        while tail > head and value[queue[tail - 1]] + saved[queue[tail - 1]] > value[k] + saved[k]:
            tail -= 1
        queue[tail] = k
        tail += 1
        while release[j] - release[by_family[queue[head]]] > span:
            head += 1
        cut[k + 1] = queue[head]
        value[k + 1] = value[queue[head]] + saved[queue[head]]
    batch = np.empty(n, np.int64)
    count = 0
    stop = n
    while stop > 0:
        for k in range(cut[stop], stop):
            batch[by_family[k]] = count
        count += 1
        stop = cut[stop]
    return batch, count


@kernel
def serve_family_batches(
    by_batch: IntArray,
    begin: IntArray,
    ready: IntArray,
    release: IntArray,
    position: IntArray,
    node: IntArray,
    parent: IntArray,
    level: IntArray,
    path_start: IntArray,
    path_cost: IntArray,
) -> IntArray:
    """Serve batches whole, in depth-first order, the one that began first among those complete.

    Visits are numbered by their first arrival. While none is complete, the
    server takes what has arrived of the batch with the oldest unserved query.

    Parameters
    ----------
    by_batch
        ``[n]``; queries by batch, then arrival.
    begin
        ``[v + 1]``; batch i owns the entries ``begin[i]:begin[i + 1]`` of ``by_batch``.
    ready
        ``[v]``; batches by their last arrival.
    release, position, node
        ``[n]``; arrivals, places in the lexicographic order, and trie nodes.
    parent, level
        ``[N]``; of the trie.
    path_start, path_cost
        What a query costs with an ancestor cached, as in :mod:`prefixsched.online.simulation`.

    Returns
    -------
    array
        ``[n]``; the order of service.
    """
    n = release.size
    batches = ready.size
    order = np.empty(n, np.int64)
    start = begin[:-1].copy()  # what is unserved of each batch
    # Entries of either heap go stale when their batch is served, in part or in whole.
    complete = [np.int64(batches)]  # with a guard that never leaves
    oldest = [(release[by_batch[begin[v]]], np.int64(v)) for v in range(batches)]
    heapq.heapify(oldest)
    arrived = 0
    count = 0
    time = np.int64(0)
    cached = np.int64(0)
    while count < n:
        while arrived < batches and release[by_batch[begin[ready[arrived] + 1] - 1]] <= time:
            heapq.heappush(complete, ready[arrived])
            arrived += 1
        while complete[0] < batches and start[complete[0]] == begin[complete[0] + 1]:
            heapq.heappop(complete)
        if complete[0] < batches:
            chosen = heapq.heappop(complete)
            stop = begin[chosen + 1]
        else:
            chosen = np.int64(-1)
            while chosen < 0:
                next_arrival, v = heapq.heappop(oldest)
                if start[v] < begin[v + 1] and release[by_batch[start[v]]] == next_arrival:
                    chosen = v
            time = max(time, next_arrival)
            stop = start[chosen]
            while stop < begin[chosen + 1] and release[by_batch[stop]] <= time:
                stop += 1
            if stop < begin[chosen + 1]:
                heapq.heappush(oldest, (release[by_batch[stop]], chosen))
        queries = by_batch[start[chosen] : stop]
        for k in np.argsort(position[queries]):
            j = queries[k]
            common = cached
            other = node[j]
            while common != other:  # preorder: the larger number is the deeper or the later
                if common > other:
                    common = parent[common]
                else:
                    other = parent[other]
            time = max(time, release[j]) + path_cost[path_start[j] + level[common]]
            cached = node[j]
            order[count] = j
            count += 1
        start[chosen] = stop
    return order

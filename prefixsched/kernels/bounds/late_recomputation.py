"""Late queries by the recomputation bound: the fewest over disjoint windows of arrivals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.jit import kernel


class LateWindows(NamedTuple):
    """The best disjoint windows of queries from each age on; filled from the youngest.

    Parameters
    ----------
    least
        ``[n + 1]``; so many queries from each on are late at least.
    end
        ``[n]``; the last query of the window that begins with each; -1 for none.
    work
        ``[n]``; what the server needs for that window, in ticks.
    """

    least: IntArray
    end: IntArray
    work: IntArray


@kernel
def fewest_late_recomputed(
    start: IntArray,
    edges: IntArray,
    opening: IntArray,
    release: IntArray,
    edge: IntArray,
    alone: IntArray,
    ttft: int,
    enough: int,
    low: int,
    high: int,
    most: int,
    windows: LateWindows,
) -> None:
    """The most late queries that windows beginning with ``high`` - 1 down to ``low`` prove.

    Parameters
    ----------
    start, edges, opening
        From :func:`~prefixsched.kernels.bounds.recomputation.steps` and ``openings``.
    release, edge
        ``[n]`` and ``[N]``; arrivals, and the work of the edge above each node.
    alone
        ``[n]``; what each query costs with nothing cached: the most that leaving it out saves.
    ttft
        The bound on all that are on time.
    enough
        Where more than so many are late, it need not be known how many more.
    low, high
        The begins; those from ``high`` on are done.
    most
        Queries in a window at most.
    windows
        What is found.
    """
    n = release.size
    seen = np.full(edge.size, -1, np.int64)  # the begin that an edge's entries below are of
    free = np.empty(edge.size, np.int64)  # when the last span counted ends...
    free_cached = np.empty(edge.size, np.int64)  # ...if the edge may be cached at the begin
    ahead = np.empty(edge.size, np.int64)  # spans counted beyond those
    gain = np.empty(edge.size, np.int64)  # what the edge loses if it is cached at the begin
    work = np.empty(most, np.int64)
    largest = np.empty(enough + 1, np.int64)  # savings, in descending order
    for i in range(high - 1, low - 1, -1):
        windows.least[i], windows.end[i], windows.work[i] = windows.least[i + 1], -1, 0
        if i > 0 and release[i - 1] == release[i]:
            continue  # the first of those who arrive then has all of them in its windows
        begin = release[i]
        stop = min(n, i + most)
        for q in range(i, stop):
            due = release[q] + ttft
            work[q - i] = 0
            for k in range(start[q], start[q + 1]):
                v = edges[k]
                if seen[v] != i:
                    seen[v] = i
                    free[v] = begin
                    free_cached[v] = begin
                    ahead[v] = 0
                    gain[v] = 0
                if max(opening[k], begin) >= free[v]:
                    free[v] = due
                    work[q - i] += edge[v]
                    ahead[v] += 1
                if opening[k] >= free_cached[v]:
                    free_cached[v] = due
                    ahead[v] -= 1
                if ahead[v] > 0:
                    gain[v] = edge[v]
        cached = np.int64(0)
        for q in range(i, stop):
            loss = np.int64(0)
            for k in range(start[q], start[q + 1]):
                loss += gain[edges[k]]
            cached = max(cached, loss)
        total = -cached
        count = 0
        for q in range(i, stop):
            total += work[q - i]
            if count <= enough or alone[q] > largest[enough]:
                place = min(count, enough)
                while place > 0 and largest[place - 1] < alone[q]:
                    largest[place] = largest[place - 1]
                    place -= 1
                largest[place] = alone[q]
                count += 1
            excess = total - (release[q] + ttft - begin)
            late = 0
            while excess > 0 and late < min(count, enough + 1):
                excess -= largest[late]
                late += 1
            if late + windows.least[q + 1] > windows.least[i]:
                windows.least[i] = late + windows.least[q + 1]
                windows.end[i], windows.work[i] = q, total

"""Fewest late queries: windows of arrivals with more work than time, by dynamic programming.

Queries are numbered by release. Work that they share comes in *items*: query q uses
``item[start[q]:start[q + 1]]``, and what it takes by itself is ``own[q]``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.jit import kernel

TOP_KEPT = 128
"""Largest own works of a window that are kept to see whether enough can be late. Past so many, all
savings are computed: that takes longer, and says the same."""


class ForcedWork(NamedTuple):
    """Work that a window can't do without, by query and by what queries share.

    Parameters
    ----------
    own
        ``[n]``; ticks that a query takes by itself, whatever is served before.
    start, item
        ``[n + 1]`` and ragged; the items that each query uses.
    weight
        ``[M]``; ticks that an item takes once in each window that begins early enough.
    since
        ``[M]``; the last query that such a window may begin with.
    """

    own: IntArray
    start: IntArray
    item: IntArray
    weight: IntArray
    since: IntArray


class Residual(NamedTuple):
    """Forced work that may be spared because of the prompt that is cached when a window begins.

    Parameters
    ----------
    start
        ``[n + 1]``; ragged entries of each query, the edges on its path from its node up.
    first, work
        The first query below each edge, and ticks.
    item
        As which item it counts; -1 for what only that query has to do.
    """

    start: IntArray
    first: IntArray
    work: IntArray
    item: IntArray


class Windows(NamedTuple):
    """What is known of the windows from each query on; begins are tried from the last one down.

    Parameters
    ----------
    least
        ``[n + 1]``; how many of each query and all younger ones are late, at least.
    end, last
        ``[n]``; the youngest member, and the one due last, of the window that begins at a query;
        -1 for none.
    before
        ``[n]``; of the younger queries with a deadline the last one due before each; -1 for none,
        and -2 for a query without a deadline.
    after
        ``[n]``; who is due next of those no older than the begin; -1 for none.
    head
        ``[1]``; who is due first of them.
    stamp, users
        ``[M]`` each; the begin that an item was counted from last, and its users then.
    """

    least: IntArray
    end: IntArray
    last: IntArray
    before: IntArray
    after: IntArray
    head: IntArray
    stamp: IntArray
    users: IntArray


@kernel
def edges_as_items(
    release: IntArray, node: IntArray, parent: IntArray, edge: IntArray, own: IntArray
) -> tuple[IntArray, IntArray, IntArray, IntArray, IntArray]:
    """The edges of the trie as items that count from the first arrival below them on.

    Parameters
    ----------
    release, node
        ``[n]``; arrivals in rising order, and where prompts end.
    parent, edge
        ``[N]``; each trie node's parent, and the work of the edge above it.
    own
        ``[n]``; what queries take by themselves, beside edges.

    Returns
    -------
    tuple of arrays
        The fields of :class:`ForcedWork`; an edge with one query below it is that query's own.
    """
    n = node.size
    tied = np.arange(n)  # the last query that arrives when a query does
    for q in range(n - 2, -1, -1):
        if release[q] == release[q + 1]:
            tied[q] = tied[q + 1]
    first = np.full(parent.size, -1, np.int64)
    users = np.zeros(parent.size, np.int64)
    for q in range(n):
        v = node[q]
        while v > 0:
            if first[v] < 0:
                first[v] = q
            users[v] += 1
            v = parent[v]
    number = np.full(parent.size, -1, np.int64)
    shared = 0
    uses = 0
    for v in range(1, parent.size):
        if users[v] > 1 and edge[v] > 0:
            number[v] = shared
            shared += 1
            uses += users[v]
    weight = np.empty(shared, np.int64)
    since = np.empty(shared, np.int64)
    for v in range(1, parent.size):
        if number[v] >= 0:
            weight[number[v]] = edge[v]
            since[number[v]] = tied[first[v]]
    start = np.zeros(n + 1, np.int64)
    item = np.empty(uses, np.int64)
    alone = own.copy()
    k = 0
    for q in range(n):
        v = node[q]
        while v > 0:
            if number[v] >= 0:
                item[k] = number[v]
                k += 1
            elif users[v] == 1:
                alone[q] += edge[v]
            v = parent[v]
        start[q + 1] = k
    return alone, start, item, weight, since


@kernel
def most_added(forced: ForcedWork) -> IntArray:
    """``[n]``; what a query adds at most to the work of a window that has all since its begin.

    An item is added by its first user in the window: by the first of all, or by one who follows a
    user that some begin leaves out.
    """
    work = forced.own.copy()
    latest = np.full(forced.weight.size, -1, np.int64)
    for q in range(work.size):
        for k in range(forced.start[q], forced.start[q + 1]):
            v = forced.item[k]
            if latest[v] < forced.since[v]:
                work[q] += forced.weight[v]
            latest[v] = q
    return work


@kernel
def list_by_deadline(by_due: IntArray, n: int) -> IntArray:
    """``[n]``; ``before`` of :class:`Windows`, from all queries with a deadline, earliest first."""
    before = np.full(n, -2, np.int64)
    after = np.full(n, -1, np.int64)
    for k in range(by_due.size):
        before[by_due[k]] = by_due[k - 1] if k > 0 else -1
        after[by_due[k]] = by_due[k + 1] if k + 1 < by_due.size else -1
    for q in range(n):  # oldest first they leave the list; who is before them then is younger
        if before[q] == -2:
            continue
        if before[q] >= 0:
            after[before[q]] = after[q]
        if after[q] >= 0:
            before[after[q]] = before[q]
    return before


@kernel
def _insert(top: IntArray, size: int, value: int) -> int:
    """Put a value among the first ``size`` entries, which fall, as far as there is room."""
    low, high = 0, size
    while low < high:
        middle = (low + high) >> 1
        if top[middle] >= value:
            low = middle + 1
        else:
            high = middle
    if low == top.size:
        return size
    grown = min(size + 1, top.size)
    for k in range(grown - 1, low, -1):
        top[k] = top[k - 1]
    top[low] = value
    return grown


@kernel
def fewest_covering(falling: IntArray, amount: int) -> int:
    """How many of the entries, largest first, sum up to ``amount``; all where none do."""
    total = np.int64(0)
    for k in range(falling.size):
        if total >= amount:
            return k
        total += falling[k]
    return falling.size


@kernel
def savings(forced: ForcedWork, begin: int, members: IntArray, users: IntArray) -> IntArray:
    """By how much the work of a window falls for each of its queries that is late, at most.

    What an item takes is shared out equally among its ``users`` in the window, rounded up.
    """
    saved = np.empty(members.size, np.int64)
    for x in range(members.size):
        q = members[x]
        saved[x] = forced.own[q]
        for k in range(forced.start[q], forced.start[q + 1]):
            v = forced.item[k]
            if forced.since[v] >= begin:
                saved[x] += -(-forced.weight[v] // users[v])
    return saved


@kernel
def _alone(forced: ForcedWork, q: int) -> int:
    """The work of a window that begins with query ``q`` and has no other."""
    work = forced.own[q]
    for k in range(forced.start[q], forced.start[q + 1]):
        if forced.since[forced.item[k]] >= q:
            work += forced.weight[forced.item[k]]
    return work


@kernel
def spared(residual: Residual, since: IntArray, release: IntArray, q: int, begin: int) -> int:
    """How much less query ``q`` may take in a window from ``begin`` on than it has to by itself."""
    before, most = np.int64(0), release[begin] - release[q]
    for k in range(residual.start[q + 1] - 1, residual.start[q] - 1, -1):
        if residual.first[k] >= q:
            break
        item = residual.item[k]
        if item < 0 or since[item] >= begin:
            most += residual.work[k]
            if residual.first[k] < begin:
                before += residual.work[k]
    return max(0, min(before, most))


@kernel
def fewest_with_one_spared(
    saved: IntArray, excess: int, place: IntArray, ticks: IntArray, wanted: int
) -> int:
    """How many savings cover an excess, where one query that stays may be spared some work.

    Parameters
    ----------
    saved
        What each query of a window saves if it is late.
    excess
        Ticks to cover.
    place, ticks
        Those that may be spared work, and how much.
    wanted
        Where there are fewer, it need not be known how many.
    """
    order = np.argsort(-saved)
    falling = saved[order]
    late = fewest_covering(falling, excess)
    for c in range(place.size):
        if late < wanted:
            break
        left = excess - ticks[c]
        count = 0
        for k in range(falling.size):
            if left <= 0:
                break
            if order[k] != place[c]:
                left -= falling[k]
                count += 1
        late = min(late, count)
    return late


@kernel
def fewest_late(
    forced: ForcedWork,
    residual: Residual,
    release: IntArray,
    due: IntArray,
    given_up: IntArray,
    ahead: IntArray,
    low: int,
    high: int,
    most: int,
    early: bool,
    windows: Windows,
) -> None:
    """Fewest late queries from each on, for begins from ``high`` - 1 down to ``low``.

    Parameters
    ----------
    forced
        The work.
    residual
        What of it one query of a window may be spared.
    release, due
        ``[n]``; arrivals, and the latest completions that are on time.
    given_up
        ``[n]``; the most by which the work of a window falls that begins one later.
    ahead
        ``[n]``; no later deadline raises an excess by more than that.
    low, high
        The range of begins; ``windows`` knows those from ``high`` on.
    most
        Queries looked at from each begin on.
    early
        Whether one set-up may run before a window begins.
    windows
        Filled in.
    """
    n = release.size
    least, after = windows.least, windows.after
    top = np.empty(min(most, TOP_KEPT), np.int64)
    members = np.empty(min(most, n), np.int64)
    place, ticks = np.empty(members.size, np.int64), np.empty(members.size, np.int64)
    for a in range(high - 1, low - 1, -1):
        p = windows.before[a]
        if p == -1:
            after[a] = windows.head[0]
            windows.head[0] = a
        elif p >= 0:
            after[a] = after[p]
            after[p] = a
        least[a] = least[a + 1]
        windows.end[a] = -1
        alone = _alone(forced, a) - spared(residual, forced.since, release, a, a)
        if p > -2 and not early and alone > due[a] - release[a]:
            least[a] += 1
            windows.end[a] = windows.last[a] = a
        if a + 1 < n and given_up[a] <= release[a + 1] - release[a]:
            continue  # the others have no less excess where the window begins later
        work = np.int64(0)
        end = a
        size = kept = helped = 0
        most_spared = np.int64(0)
        q = windows.head[0]
        while q >= 0 and size < members.size:
            work += forced.own[q]
            for k in range(forced.start[q], forced.start[q + 1]):
                v = forced.item[k]
                if forced.since[v] >= a:
                    if windows.stamp[v] != a:
                        windows.stamp[v] = a
                        windows.users[v] = 0
                        work += forced.weight[v]
                    windows.users[v] += 1
            kept = _insert(top, kept, forced.own[q])
            less = spared(residual, forced.since, release, q, a)
            if less > 0:
                place[helped], ticks[helped] = size, less
                helped += 1
                most_spared = max(most_spared, less)
            members[size] = q
            size += 1
            end = max(end, q)
            excess = work - (due[q] - release[a]) - (top[0] if early else 0)
            if excess > most_spared:
                wanted = least[a] - least[end + 1] + 1
                if wanted > kept or fewest_covering(top[:kept], excess) >= wanted:
                    saved = savings(forced, a, members[:size], windows.users)
                    late = fewest_with_one_spared(
                        saved, excess, place[:helped], ticks[:helped], wanted
                    )
                    if late >= wanted:
                        least[a] = late + least[end + 1]
                        windows.end[a], windows.last[a] = end, q
            if excess + ahead[q] <= 0:
                break
            q = after[q]

"""Deletion bound: the fewest late queries, by what has to go from windows with too much work.

For one machine with release times in the order of deadlines, late jobs are those to delete from
busy stretches (Kise, Ibaraki and Mine, Operations Research 26 (1978)); here jobs share work.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.bounds.deletion_last import PRICED_LENGTH, WorkOfClusters
from prefixsched.bounds.late_windows import FewestLate, LateWindow
from prefixsched.bounds.work import least_cost
from prefixsched.model.cost import Potential, Table
from prefixsched.model.instance import Cache, Instance
from prefixsched.runtime.limits import Limits, now

if TYPE_CHECKING:
    from prefixsched.kernels.bounds.deletion import ForcedWork, Residual, Windows

FIRST_LENGTH, LENGTH_FACTOR = 256, 4
"""Queries in a window at most, at first and as long as more gain anything. On an hour of 12,031
queries at two thirds of the capacity of the server the longest that counts has 43, at all of it
1,000."""
STEPS_AT_ONCE = 500_000
"""Queries looked at before the first look at the limits, over all begins of windows: some 0.1 s
where few windows count."""
LONG_CALL, SHORT_CALL = 0.1, 0.03
"""Seconds between two looks at the limits, at most and at least."""


def least_late(
    instance: Instance, due: IntArray, limits: Limits | None = None, enough: int | None = None
) -> FewestLate:
    """So many queries are late at least, in every schedule.

    *Forced work.* Let a window be the queries, its *members*, that arrive from a on and are due by
    H. What a member computes lies between a and H if it is on time. Each has work of its *own*:
    whatever the cost and cache, the least that it can cost; with a potential cost its last token,
    all that only its prompt has, and what lies deeper than the capacity of the cache. An *edge* of
    the trie (less the last token of those that end there, which is theirs; and as far as the
    capacity reaches) is not cached at a if no query that arrives before a has it. So if a member
    on time uses it, it is computed between a and H, by whomever. These parts of the server's time
    don't overlap. So if S are the members on time,

        sum of own(j) over S + sum of w(e) over the edges that some of S use  ≤  H - a.

    With the cache ``last`` and a potential cost an edge counts again in each cluster of its users:
    see :class:`~prefixsched.bounds.deletion_last.WorkOfClusters`.
    With set-ups that run before arrivals, one of S may begin before a; then the largest own work
    of the members is not counted.

    *Deletion.* For all members together, let the left side exceed H - a by x > 0, and let k(e)
    members use e. Without the late ones, D, it falls by their own work, and by w(e) where D has
    all k(e) users; so by no more than the sum over D of own(j) + sum of ⌈w(e) / k(e)⌉ over j's
    edges, the *saving* of j. So at least m members are late, if it takes the m largest savings to
    sum up to x.

    *Disjoint windows add up*, as each late query is a member of one. Windows here take their
    members from consecutive ages, and the best sum is found from the youngest to the oldest:
    L(a) is the largest of L(a + 1) and of m + L(b + 1) over the windows of members a to b.

    Parameters
    ----------
    instance
        The stream, of any length, with any cost and cache.
    due
        ``[n]``; the latest completion of each query that is on time, ``NO_DEADLINE`` for none; in
        the order of the instance.
    limits
        When to end with what is known by then.
    enough
        Where more than so many are late, it need not be known how many more.

    Notes
    -----
    O(n L (depth + log L)) for windows of up to L members, plus O(L log L) for each that may count.
    """
    search = DeletionSearch(instance, Limits() if limits is None else limits)
    length, best = FIRST_LENGTH, None
    while True:
        found = search.fewest(due, instance.n if enough is None else enough, length)
        if best is not None and found.late <= best.late:
            return best
        best = found
        if length >= instance.n or search.limits.spent:
            return best
        length *= LENGTH_FACTOR


def deletion_bound(
    instance: Instance, spare: int, lower: int, upper: int, limits: Limits | None = None
) -> tuple[int, FewestLate | None]:
    """A lower bound on the least T within which all but ``spare`` queries can have their TTFT.

    T is refuted where :func:`least_late` proves more late ones than may be.

    Parameters
    ----------
    instance
        The stream.
    spare
        How many may be late; less than n.
    lower, upper
        A proven bound in ticks, and a T that can be met.
    limits
        When to end with what is known by then.

    Returns
    -------
    tuple
        At least ``lower``; and who is late of what is one tick less, None if ``lower`` is returned.
    """
    search = DeletionSearch(instance, Limits() if limits is None else limits)
    proof = None
    for bound, found in search.rising(spare, lower, upper):
        lower, proof = bound, found
    return lower, proof


class DeletionSearch:
    """The forced work of a stream, and searches for who is late."""

    def __init__(self, instance: Instance, limits: Limits) -> None:
        self.age = instance.by_age
        self.arrival = instance.arrival
        self.release = self.arrival[self.age]
        self.limits = limits
        self.early = isinstance(instance.cost, Table) and instance.cost.anticipatory
        self.clusters: WorkOfClusters | None = None
        if isinstance(instance.cost, Potential) and instance.cache is Cache.LAST:
            self.clusters = WorkOfClusters(instance, instance.cost)
        else:
            self.forced, self.residual = forced_work(instance), nothing_spared(instance.n)

    def fewest(self, due: IntArray, enough: int, length: int) -> FewestLate:
        """So many are late, by windows of up to ``length`` members; see :func:`least_late`."""
        from prefixsched.kernels.bounds.deletion import Windows, fewest_late, list_by_deadline

        n, due = len(self.age), due[self.age]
        if self.clusters is not None:
            self.forced, self.residual = self.clusters.by(due)
        dated = np.flatnonzero(due < INFINITY)
        by_due = dated[np.argsort(due[dated], kind="stable")]
        none = np.full(n, -1, dtype=np.int64)
        items = len(self.forced.weight)
        windows = Windows(
            np.zeros(n + 1, dtype=np.int64), none, none.copy(), list_by_deadline(by_due, n),
            none.copy(), none[:1].copy(), np.full(items, -1), np.zeros(items, dtype=np.int64),
        )  # fmt: skip
        given_up = np.full(n + 1, INFINITY)
        if self.clusters is None:
            given_up[:n] = np.where(due < INFINITY, self.forced.own, 0)
            np.add.at(given_up, self.forced.since, self.forced.weight)
        ahead, begin = self._ahead(due), n
        for low in self._down(n, STEPS_AT_ONCE // length):
            if windows.least[begin] > enough:
                break
            fewest_late(
                self.forced, self.residual, self.release, due, given_up, ahead, low, begin, length,
                self.early, windows,
            )  # fmt: skip
            begin = low
        found = self._found(due, by_due, windows, begin)
        if self.clusters is None or found.late > enough or (np.diff(due) < 0).any():
            return found
        late = 0 if due[-1] >= INFINITY else self._by_halves(self.clusters, due, enough)
        return found if late <= found.late else FewestLate(late, ())

    def _by_halves(self, clusters: WorkOfClusters, due: IntArray, enough: int) -> int:
        """So many are late, no more than ``enough`` + 1, where each helps once."""
        from prefixsched.kernels.bounds.priced_windows import fewest_halves

        n, items = len(due), len(self.forced.weight)
        helpers, least = clusters.helpers(due, self.forced, enough), np.zeros(n + 1, dtype=np.int64)
        stamp, users = np.full(items, -1), np.zeros(items, dtype=np.int64)
        begin = n
        for low in self._down(n, STEPS_AT_ONCE // (4 * PRICED_LENGTH)):
            if least[begin] > 2 * enough:
                break
            fewest_halves(
                self.forced, self.residual, helpers, self.release, due, low, begin, PRICED_LENGTH,
                least, stamp, users,
            )  # fmt: skip
            begin = low
        return min(enough + 1, -(-int(least[begin]) // 2))

    def _down(self, n: int, step: int) -> Iterator[int]:
        """From n to 0 as far as limits allow, by steps that take neither long nor no time."""
        while n > 0 and not self.limits.spent:
            n, began = max(0, n - max(1, step)), now()
            yield n
            seconds = now() - began
            if seconds > LONG_CALL:
                step //= 2
            elif seconds < SHORT_CALL:
                step *= 2

    def _ahead(self, due: IntArray) -> IntArray:
        """``[n]``; by how much later deadlines raise an excess at most, where they are in order."""
        from prefixsched.kernels.bounds.deletion import most_added

        if due[-1] >= INFINITY or (np.diff(due) < 0).any():
            return np.full(len(due), INFINITY)
        excess = np.cumsum(most_added(self.forced)) - due
        largest = np.maximum.accumulate(excess[::-1])[::-1]
        return np.append(largest[1:], excess[-1] - INFINITY // 2) - excess

    def _found(self, due: IntArray, by_due: IntArray, windows: Windows, begin: int) -> FewestLate:
        """The chosen windows, from the oldest begin that was tried on."""
        rank = np.full(len(due), len(due))
        rank[by_due] = np.arange(len(by_due))
        chosen, total, n = [], int(windows.least[begin]), len(due)
        while begin < n:
            if windows.end[begin] < 0:
                begin += 1
                continue
            last, after = windows.last[begin], int(windows.end[begin]) + 1
            members = begin + np.flatnonzero(rank[begin:after] <= rank[last])
            late = int(windows.least[begin] - windows.least[after])
            work = self._work(begin, members)
            ends = int(self.release[begin]), int(due[last])
            chosen.append(LateWindow(self.age[members], *ends, work, late))
            begin = after
        return FewestLate(total, tuple(chosen))

    def _work(self, begin: int, members: IntArray) -> int:
        from prefixsched.kernels.bounds.deletion import spared

        forced = self.forced
        spans = [forced.item[forced.start[q] : forced.start[q + 1]] for q in members]
        items = np.unique(np.concatenate(spans))
        items = items[forced.since[items] >= begin]
        less = max(
            spared(self.residual, forced.since, self.release, q, begin) for q in members.tolist()
        )
        return int(forced.own[members].sum() + forced.weight[items].sum()) - int(less)

    def rising(self, spare: int, lower: int, upper: int) -> Iterator[tuple[int, FewestLate]]:
        """Ever better lower bounds on the T of :func:`deletion_bound`, each with its proof.

        The proof needs no T to be monotone in what it refutes; the bisection only decides where
        to look. Longer windows are tried where shorter ones end, as long as they refute that.
        """
        length = FIRST_LENGTH
        while lower < upper and not self.limits.spent:
            begin, high = lower, upper
            ttft = (lower + upper) // 2 if length == FIRST_LENGTH else lower
            while lower < high and not self.limits.spent:
                found = self.fewest(self.arrival + ttft, spare, length)
                if found.late > spare:
                    lower = ttft + 1
                    yield lower, found
                else:
                    high = ttft
                ttft = (lower + high) // 2
            if length >= len(self.age) or (lower == begin and length > FIRST_LENGTH):
                break
            length *= LENGTH_FACTOR


def nothing_spared(n: int) -> Residual:
    """No query is spared work that is forced."""
    from prefixsched.kernels.bounds.deletion import Residual

    none = np.zeros(0, dtype=np.int64)
    return Residual(np.zeros(n + 1, dtype=np.int64), none, none, none)


def forced_work(instance: Instance) -> ForcedWork:
    """What queries take by themselves, and edges once in windows: see :func:`least_late`."""
    from prefixsched.kernels.bounds.deletion import ForcedWork, edges_as_items

    cost, age, none = instance.cost, instance.by_age, np.zeros(0, dtype=np.int64)
    if not isinstance(cost, Potential):
        start = np.zeros(instance.n + 1, dtype=np.int64)
        return ForcedWork(least_cost(instance)[age], start, none, none, none)
    trie, length = instance.trie, instance.length[age]
    deepest = int(trie.depth.max()) if instance.capacity is None else instance.capacity
    depth = np.minimum(trie.depth, deepest)
    own = cost.potential(length) - cost.potential(np.minimum(length - 1, deepest))
    last = np.zeros_like(depth)  # tokens that are counted for those who end with them
    last[trie.node] = depth[trie.node] - np.minimum(trie.depth[trie.node] - 1, deepest)
    edge = cost.potential(depth - last) - cost.potential(depth[trie.parent])
    return ForcedWork(
        *edges_as_items(instance.arrival[age], trie.node[age], trie.parent, edge, own)
    )

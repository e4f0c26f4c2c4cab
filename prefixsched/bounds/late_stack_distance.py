"""Deletion bound by stack distance: percentiles where an LRU cache has evicted what is used again.

The argument of :mod:`prefixsched.bounds.stack_distance` for those on time; late queries are served
too, and keep prefixes in the cache.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.bounds.late_windows import FewestLate, LateWindow
from prefixsched.bounds.refreshed_gaps import RefreshedGaps
from prefixsched.bounds.stack_distance import StackDistances
from prefixsched.model.cost import Potential
from prefixsched.model.instance import Cache, Instance
from prefixsched.runtime.limits import Limits


class LateStackDistance:
    """Bounds T that more than ``spare`` queries exceed in every schedule with the cache ``lru``.

    Let D be the late queries of a schedule, at most ``spare``, all others on time, and T ≥ 1.
    All is as in :func:`~prefixsched.bounds.stack_distance.stack_distance_bound`, with these
    differences.

    *Spoiled gaps.* Call the gap [r_p + T, r_q] of an edge e, or q's use of e where it is the
    first, spoiled if q is late, or if a late user of e is served at some time of the gap. Take one
    that isn't. Users of e on time up to p complete by r_p + T, and q and later ones start
    at r_q or later; late users end before the gap or start after it. So x, the last user before
    the gap, and the next one after it are what they were, and if e is gone after the
    gap then the next user computes it, from r_q to r_q + T, as it is served no later than q, which
    is on time. Computations of different gaps that aren't spoiled differ, as the second user q of
    the earlier one completes before the later gap begins.

    *That e is gone.* By others: of those that arrive at r_p + T or later and are due by r_q, D may
    be missing, with the tokens of its prompts; so that many more are asked for. By time: W is less
    by what D saves; so that much more is asked for. Whoever is served in the gap, late or not,
    adds to the edges that are used, and never takes any away.

    *What late queries save.* A service of z that takes F ticks at most meets no more than
    1 + ⌊F / T⌋ gaps of an edge, as from the end of one to the begin of the next it takes T at
    least. So z spoils no more than 2 + ⌊F / T⌋ uses of each edge on its path, its own
    included, nor more than the edge has; and has work below C tokens and a last token. The
    ``spare`` largest sums of these are the most that D saves of the work of any interval, that of
    cells included: a cell costs less by the work of its spoiled edges at most.

    T is refuted where the work of an interval, with cells, exceeds its time by more than D saves,
    or by :class:`~prefixsched.bounds.refreshed_gaps.RefreshedGaps`.

    Parameters
    ----------
    instance
        The stream, of any length. Nothing is proven for other costs and caches.
    limits
        When to end with what is known by then.
    """

    def __init__(self, instance: Instance, limits: Limits) -> None:
        self.limits = limits
        self.distances: StackDistances | None = None
        self.refreshed: RefreshedGaps | None = None
        if isinstance(instance.cost, Potential) and instance.cache is Cache.LRU:
            self.distances = StackDistances(instance, instance.cost)
            self.refreshed = RefreshedGaps(self.distances)

    def rising(self, spare: int, lower: int, upper: int) -> Iterator[tuple[int, FewestLate]]:
        """Ever better lower bounds on the least T that all but ``spare`` queries can meet.

        The proof needs no T to be monotone in what it refutes; the bisection only decides where
        to look.
        """
        while self.distances is not None and lower < upper and not self.limits.spent:
            ttft = (lower + upper) // 2
            found = self.refuted(ttft, spare)
            if found is None:
                upper = ttft
            else:
                lower = ttft + 1
                yield lower, found

    def fewest(self, ttft: int, enough: int) -> FewestLate:
        """So many are later than ``ttft`` at least, up to ``enough`` + 1; by bisection."""
        best = FewestLate(0, ())
        if self.distances is None:
            return best
        open_ = min(enough + 1, len(self.distances.age))
        while best.late < open_ and not self.limits.spent:
            spare = (best.late + open_) // 2
            found = self.refuted(ttft, spare)
            if found is None:
                open_ = spare
            else:
                best = found
        return best

    def refuted(self, ttft: int, spare: int) -> FewestLate | None:
        """Who shows that more than ``spare`` are later than ``ttft``; None if nobody does."""
        distances = self.distances
        if distances is None or ttft < 1:
            return None
        assert self.refreshed is not None
        found = self.refreshed.refuted(ttft, spare)
        if found is not None:
            return found
        saved = self._savings(distances, ttft)
        tokens = distances.kept[distances.edges[distances.start[:-1]]]
        distances.saved = int(np.sort(saved)[::-1][:spare].sum())
        distances.missing = int(np.sort(tokens)[::-1][:spare].sum())
        queries = distances.refute(ttft)
        if queries is None:
            return None
        arrival = distances.release[np.isin(distances.age, queries)]
        begin, end = int(arrival[0]), int(arrival[-1]) + ttft
        work = end - begin + distances.saved + 1  # or more
        return FewestLate(spare + 1, (LateWindow(queries, begin, end, work, spare + 1),))

    def _savings(self, distances: StackDistances, ttft: int) -> IntArray:
        """``[n]``; what each query saves at most by being late."""
        edges, owner, work = distances.edges, distances.owner, distances.work
        n = len(distances.age)
        own = distances.deep + distances.last[edges[distances.start[:-1]]]
        alone = own + np.bincount(owner, work[edges], n).astype(np.int64)
        users = np.bincount(edges, minlength=len(work))
        spoiled = np.minimum(users[edges], 2 + alone[owner] // ttft)
        saved: IntArray = own.copy()
        np.add.at(saved, owner, spoiled * work[edges])
        return saved

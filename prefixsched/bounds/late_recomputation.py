"""Deletion bound by recomputation: the fewest late queries where a prefix is computed repeatedly.

The energetic argument of :mod:`prefixsched.bounds.recomputation` for those on time, and the
deletions of :mod:`prefixsched.bounds.deletion`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from prefixsched.bounds.late_windows import FewestLate, LateWindow
from prefixsched.bounds.recomputation import EdgesAbove, edges_above
from prefixsched.model.instance import Instance
from prefixsched.runtime.limits import Limits

if TYPE_CHECKING:
    from prefixsched.kernels.bounds.late_recomputation import LateWindows

LONGEST = 2_048
"""Queries in a window at most."""
STEPS_AT_ONCE = 10_000_000
"""Edges looked at between two looks at the limits; some 0.1 s."""


class LateRecomputation:
    """So many queries are later than T at least, in every schedule, for a T that all share.

    *Who is on time is a stream by itself.* Let D be the late queries of a schedule. Without them
    no other completes later, as the cost is a potential and the cache ``last`` (the
    triangle inequality). So the others have TTFTs of at most T in a schedule of their own, and
    the recomputation bound holds of that stream: of its queries in a window of arrivals from a on
    that are due by H,

        sum over edges e of w(e) k'(e), less what one path may have cached at a,  ≤  H - a,

    where k'(e) of their spans [o', r + T] are disjoint.

    *The openings o of all queries will do.* Each o' is the latest time such that the time from
    there to r has room for some of the queries below e, and for the deepest of them; without D
    there are fewer, and none is deeper. So o ≤ o': spans from o on are longer.

    *What late ones save.* Let k(e) spans of all members of the window be disjoint. Of those at
    least k(e) less D's number below e aren't D's. So the left side is at least the same sum over
    all members, less w(e) for each edge e above each member in D: so less no more than the sum of
    F(length) over D's members. This holds of spans that begin at max(o, a) and of those of the path
    that is cached at a, which begin at o; so of the difference, too, for each path.

    *Which path is cached at a* isn't asked: an edge that loses is above a member, so the path
    of a member loses as much.

    Let all members have x > 0 more than H - a. Then at least m of them are late, if it takes the m
    largest F(length) to sum up to x. *Disjoint windows add up*, as each late query is a member of
    one: L(i) is the largest of L(i + 1) and of m + L(j + 1) over windows of queries i to j by age.

    Notes
    -----
    O(n L depth) for a T and windows of up to L queries. Nothing is proven for other costs and
    caches.

    Parameters
    ----------
    instance
        The stream, of any length.
    limits
        When to end with what is known by then.
    """

    def __init__(self, instance: Instance, limits: Limits) -> None:
        self.edges: EdgesAbove | None = edges_above(instance)
        self.limits = limits

    def fewest(self, ttft: int, enough: int) -> FewestLate:
        """So many are later than ``ttft``; how many more than ``enough`` is not asked."""
        from prefixsched.kernels.bounds.late_recomputation import (
            LateWindows,
            fewest_late_recomputed,
        )

        edges = self.edges
        if edges is None:
            return FewestLate(0, ())
        n, opening = len(edges.age), edges.openings(ttft)
        least, end = np.zeros(n + 1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
        windows = LateWindows(least, end, np.zeros(n, dtype=np.int64))
        most = min(n, LONGEST)
        step = max(1, STEPS_AT_ONCE * n // (most * max(n, len(edges.edges))))
        begin = n
        while begin > 0 and least[begin] <= enough and not self.limits.spent:
            low = max(0, begin - step)
            fewest_late_recomputed(
                edges.start, edges.edges, opening, edges.release, edges.edge, edges.alone, ttft,
                enough, low, begin, most, windows,
            )  # fmt: skip
            begin = low
        return self._found(ttft, windows, begin)

    def _found(self, ttft: int, windows: LateWindows, begin: int) -> FewestLate:
        """The chosen windows, from the oldest begin that was tried on."""
        edges, chosen, total = self.edges, [], int(windows.least[begin])
        assert edges is not None
        while begin < len(edges.age):
            last = int(windows.end[begin])
            if last < 0:
                begin += 1
                continue
            late = int(windows.least[begin] - windows.least[last + 1])
            chosen.append(
                LateWindow(
                    edges.age[begin : last + 1],
                    int(edges.release[begin]),
                    int(edges.release[last]) + ttft,
                    int(windows.work[begin]),
                    late,
                )
            )
            begin = last + 1
        return FewestLate(total, tuple(chosen))

    def rising(self, spare: int, lower: int, upper: int) -> Iterator[tuple[int, FewestLate]]:
        """Ever better lower bounds on the least T that all but ``spare`` queries can meet.

        The proof needs no T to be monotone in what it refutes; the bisection only decides where
        to look.
        """
        if self.edges is None:
            return
        while lower < upper and not self.limits.spent:
            ttft = (lower + upper) // 2
            found = self.fewest(ttft, spare)
            if found.late > spare:
                lower = ttft + 1
                yield lower, found
            else:
                upper = ttft

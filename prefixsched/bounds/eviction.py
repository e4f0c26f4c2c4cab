"""Dual bound on the sum of flow times, where an LRU cache evicts what is not used again soon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from prefixsched.arrays import BoolArray, IntArray
from prefixsched.bounds.flow_time import serial_time
from prefixsched.bounds.work import least_cost
from prefixsched.kernels.bounds.eviction import DENSITY_BITS, SLOPE_BITS, Gaps, Prices
from prefixsched.model.cost import Potential
from prefixsched.model.instance import Cache, Instance
from prefixsched.runtime.limits import stopped

CLASSES = 40
"""Classes of jobs by work whose busy periods make the prices of time..."""
CLASS_STEP = 4, 5
"""...each of so much of the work of the one before: from the longest job to one of 6,000."""
MAX_BITS = 30
"""Binary places of a share of a flow time, where times leave so many in 60 bits."""
PAID = np.array((0, *(int(4 * 2 ** (k / 3)) for k in range(25))), dtype=np.int64)
"""Shares of a flow time that may pay for reuse, in 1,024ths; each query has its own."""
FINEST = 64
"""How many gaps have a price, and how many make the prices of time, is searched to such a part."""
QUERIES_AT_ONCE = 200
"""Between two looks at the limits; 20 ms or so."""


def eviction_bound(instance: Instance, over: Callable[[], bool] = stopped) -> int:
    """No schedule has a smaller sum of TTFTs, in ticks; 0 where it proves nothing.

    For the cache ``lru`` of C tokens, potential costs, and queries that all cost something. Edges
    are those of the prompts' trie, cut at the depth C: an edge is cached as a whole or not at
    all (:func:`~prefixsched.bounds.stack_distance.stack_distance_bound`). Number queries by
    arrival. A query *waits* at t if it has arrived by t and completes after t.

    *A gap.* Let p and q be consecutive users of an edge e, in this order, and D the distinct tokens
    that those strictly between them use, with e's path down to e; E = D - C > 0. Then

    1. some user of e that arrived no later than p waits when q arrives, or
    2. the first user from q on that is served computes e: after q arrives, before q
       completes; or
    3. with x the user served last of those up to p, the queries between p and q that wait when
       q arrives, and those at whose arrivals x waits, have E tokens or more in all.

    For let not (1): all users up to p complete by r_q, and y, served first of the others,
    starts at r_q or later, and completes no later than q. Who is between p and q and not
    among the queries of (3) completes by r_q, so before y; and after x, for if x were
    served after it, x would wait at its arrival. If e stays cached from x to y, then all that
    is used in between is cached together with e's path, in C tokens (ibid.); and leaving
    queries out of those between p and q takes no more than their tokens from D.

    *Jobs.* The first user of an edge by arrival owns its first computation, which is after
    the owner's arrival and no later than its completion. A gap in case (2) gives q one more.
    These are distinct: for gaps p, q and p', q' of an edge with q < q', in case (2), q is
    among those up to p', all complete by r_q', so y is served before y'; and somebody up to p is
    served before y. What lies deeper than C each query computes itself. So each query's job is
    work done between its arrival and its completion, and all jobs share one server.

    *Prices.* Give each gap a price v, of those of q in proportion to the work on e. Let each query
    between pay v min(1, tokens / E) if it waits at r_q; and each user a up to p
    v min(1, tokens / E), with the tokens of all that arrive after p while a waits. So v is paid for
    at least in cases (3) and (1): who waits at r_q has waited for all in between, which
    have E tokens, as e's path has no more than C. Let P(a) be all that a query can pay by its
    completion. The sum of flow times is at least the sum of f - P(a) over all, and of v over
    gaps not in case (2). For any share s of its own, f - P(a) ≥ (1 - s) f - max(P(a) - s f),
    where the maximum is over its completion
    (:func:`~prefixsched.kernels.bounds.eviction.most_paid` bounds it).

    *Time.* Let a price π(t) ≥ 0 be asked for machine time. A job of work w that is done at a
    rate y(t) ≤ 1 from r on has a mean time M = ∫ t y / w, and completes no earlier than M + w/2. So
    (1 - s) f + ∫ π y ≥ (1 - s) w/2 + min over t ≥ r of (1 - s)(t - r) + w π(t). All jobs together
    pay at most ∫ π. This is weak duality for the relaxation by mean busy times (Goemans et al.,
    SIAM Journal on Discrete Mathematics 15 (2002)). Prices are sums of triangles: for classes k of
    jobs with work of at most w_k, and the busy periods [a, b) that these alone would have,
    π(t) = Σ d_k (b - t), which are optimal where w_k takes all values. As max(b, t) rises with t,
    the minimum is at least Σ c_k (b_k(r) - r) for all c_k ≤ w d_k of sum 1 - s at most: wide
    classes first, as their busy periods are longer
    (:func:`~prefixsched.kernels.bounds.eviction.least_loss`).

    That is concave in w, as the value of a linear program in its right-hand side. So with v in
    proportion to work, whichever of q's gaps are in case (2), the sum of q's prices paid and its
    loss is at least that of all of them or of none: the lesser one counts. v is such that
    they are equal.

    Which gaps have a price is free: those with the largest E. So are the works that make the prices
    of time: those with fewer gaps computed again, as else the server would be overloaded. How many
    gaps either takes is searched.

    Parameters
    ----------
    instance
        The stream, of any length.
    over
        Asked every few milliseconds: whether to stop, with what is proven so far.

    Notes
    -----
    A round takes O(n (log n + depth)), of which there are some thirty.
    """
    if instance.cache is not Cache.LRU or not isinstance(instance.cost, Potential):
        return 0
    horizon = serial_time(instance)
    bits = min(MAX_BITS, 60 - horizon.bit_length())
    if bits < DENSITY_BITS or int(least_cost(instance).min()) <= 0 or over():
        return 0
    dual = _Dual.of(instance, bits)
    return max(0, _pattern_search(dual, int((dual.excess > 0).sum()), over))


def _pattern_search(dual: _Dual, most: int, over: Callable[[], bool]) -> int:
    """The best bound found over two numbers of gaps, from 0 to ``most``: steps, then half steps."""
    found: dict[tuple[int, int], int] = {}
    best, step = (most - most // 4, most // 2), most // 4
    while most and not over():
        a, b = best
        for trial in (best, (a - step, b), (a + step, b), (a, b - step), (a, b + step)):
            if trial not in found and min(trial) >= 0 and max(trial) <= most:
                value = dual.value(*trial, over)
                if value is not None:
                    found[trial] = value
        if not found:
            break
        better = max(found, key=lambda trial: found[trial])
        if better == best:
            if step <= max(1, most // FINEST):
                break
            step //= 2
        best = better
    return max(found.values(), default=0)


@dataclass(frozen=True, eq=False)
class _Dual:
    """A stream with its gaps, by age."""

    release: IntArray
    tokens: IntArray
    new: IntArray
    start: IntArray
    query: IntArray
    edge: IntArray
    before: IntArray
    excess: IntArray
    work: IntArray
    heirs: IntArray
    heirs_start: IntArray
    nodes: int
    bits: int

    @classmethod
    def of(cls, instance: Instance, bits: int) -> _Dual:
        """All gaps that exceed the capacity, and the rows of those that don't, with E = 0."""
        from prefixsched.kernels.bounds.eviction import reuse_distances
        from prefixsched.kernels.bounds.flow_time import new_work

        cost, trie, age = instance.cost, instance.trie, instance.by_age
        assert isinstance(cost, Potential)
        assert instance.capacity is not None
        n, depth = instance.n, np.minimum(trie.depth, instance.capacity)
        node = trie.node[age]
        start, edge, before, tokens = reuse_distances(node, trie.parent, depth, trie.level)
        cacheable, whole = cost.potential(depth), cost.potential(trie.depth)
        rest, none = whole - cacheable, np.zeros_like(whole)
        work = cacheable - cacheable[trie.parent]
        heirs = np.argsort(before, kind="stable")
        return cls(
            release=instance.arrival[age],
            tokens=depth[node],
            new=new_work(node, trie.parent, work, rest - rest[trie.parent], none),
            start=start,
            query=np.repeat(np.arange(n), np.diff(start)),
            edge=edge,
            before=before,
            excess=np.maximum(0, tokens - instance.capacity),
            work=work[edge],
            heirs=heirs,
            heirs_start=np.searchsorted(before[heirs], np.arange(n + 1)),
            nodes=len(trie.parent),
            bits=bits,
        )

    def value(self, priced: int, timed: int, over: Callable[[], bool]) -> int | None:
        """The bound with prices for so many gaps, and of time as if so many were computed again.

        None if it was stopped.
        """
        from prefixsched.kernels.bounds.eviction import contributions, due_by, link, slopes

        n = len(self.release)
        has_price = self._largest(priced)
        lost = self._lost(has_price)
        prices, paid = self._prices(self.new + self._lost(self._largest(timed)))
        slope = slopes(prices, self.new, lost)
        price = np.where(has_price, -(-slope[self.query] * self.work >> SLOPE_BITS), 0)
        later, total = link(self.edge, price, self.nodes)
        gaps = Gaps(
            self.start, self.query, self.edge, self.before, self.excess, price,
            self.heirs, self.heirs_start, later, total,
        )  # fmt: skip
        due, tokens_by = due_by(gaps, n), np.concatenate(([0], np.cumsum(self.tokens)))
        value = -paid
        for first in range(0, n, QUERIES_AT_ONCE):
            if over():
                return None
            last = min(n, first + QUERIES_AT_ONCE)
            value += int(
                contributions(
                    self.release, tokens_by, gaps, prices, self.new, lost, slope, due, PAID,
                    first, last,
                )
            )  # fmt: skip
        return value

    def _largest(self, count: int) -> BoolArray:
        """``[rows]``; whether a gap is of the ``count`` with most excess tokens, or as many."""
        if not count:
            return np.zeros(len(self.excess), dtype=np.bool_)
        return np.asarray(self.excess >= max(1, np.partition(self.excess, -count)[-count]))

    def _lost(self, gaps: BoolArray) -> IntArray:
        """``[n]``; the work that each query does if these gaps' edges are computed again."""
        lost = np.zeros(len(self.release), dtype=np.int64)
        np.add.at(lost, self.query[gaps], self.work[gaps])
        return lost

    def _prices(self, work: IntArray) -> tuple[Prices, int]:
        """Prices of time by the busy periods of jobs of such work, and their integral."""
        from prefixsched.kernels.bounds.eviction import busy_periods

        unit = 1 << (self.bits + DENSITY_BITS)
        most, known = int(work.max()), 0
        densities, left, squares = [], [], 0
        for _ in range(CLASSES):
            density = unit // max(1, most) - known
            known += density
            lengths, until = busy_periods(self.release, work, most)
            densities.append(density)
            left.append(until)
            squares += density * _sum_of_squares(lengths)
            most = most * CLASS_STEP[0] // CLASS_STEP[1]
        prices = Prices(np.array(densities), np.stack(left), self.bits)
        return prices, -(-squares // (2 * unit))


def _sum_of_squares(lengths: IntArray) -> int:
    """Of lengths that together are below 2^44; exact."""
    high, low = lengths >> 20, lengths & (2**20 - 1)
    return (int(high @ high) << 40) + (int(high @ low) << 21) + int(low @ low)

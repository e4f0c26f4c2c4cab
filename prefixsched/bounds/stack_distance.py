"""Stack-distance bound on the largest TTFT: what an LRU cache has evicted before it is used again.

The reuse (LRU stack) distance of Mattson, Gecsei, Slutz and Traiger (1970), bounded from below over
all orders that keep a TTFT; and an energetic argument over intervals of time, as in
:mod:`prefixsched.bounds.work`.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

import numpy as np

from prefixsched.arrays import INFINITY, BoolArray, IntArray
from prefixsched.bounds.interval import IntervalBound, bisect_refutations
from prefixsched.bounds.reuse_cells import NO_CELLS, Cells, Gaps, costliest_cells
from prefixsched.model.cost import Potential
from prefixsched.model.instance import Cache, Instance

MAX_STEPS_LOOKED_AT = 10_000_000
"""Steps (a query and an edge on its path) looked at for one T at most, over all rounds; twelve
thousand queries of a public trace have 37,000, and settle in at most 25 rounds."""
FEWEST_ROUNDS = 2
"""Rounds for one T, however many steps there are."""
RATE_BITS = 16
"""Binary places to which work a token is rounded up, in ticks."""
MAX_CELL_ROUNDS = 20
"""Rounds for one T in which cells take part; a round that adds nothing is the last, and that was
the twelfth at most on a public trace."""


def stack_distance_bound(instance: Instance, lower: int, upper: int) -> IntervalBound:
    """Bisect for the largest T that evictions refute, between two bounds.

    Suppose that every TTFT is at most T. Edges are those of the prompts' trie, cut
    at the depth of C tokens: what lies deeper is never cached, and each query
    computes it. Nodes of the cache end where trie nodes or that cut do, so an edge is
    cached as a whole or not at all. A query *uses* the edges on its path. Number
    queries by arrival. Let p and q be consecutive users of an edge e, with p's arrival
    r_p, q's r_q, and r_p + T ≤ r_q: then all users up to p complete by r_p + T, and q and all
    later ones start at r_q or later. Call [r_p + T, r_q] the *gap*. (Where a query
    can cost nothing, times that are equal don't tell an order, and one tick more is
    asked for wherever one follows from them.)

    *e is gone after the gap if the queries served in between used distinct edges that,
    with those on e's own path down to e, have more than C tokens.* Let x be the last user
    of e served before the gap. Suppose that e stays cached until its next user. Who is
    served in between gets a stamp later than x's on its whole path. Any eviction takes
    the leaf with the least stamp; at or below e there is a leaf, no stamp there is
    later than x's, and it isn't pinned, as the query served doesn't use e. So no edge that
    was used after x is evicted, nor e, nor any above e. Hence all those tokens
    are cached together at the end of the gap, and they are at most C. A query caches the first
    C tokens of its path, so that this holds of prompts longer than C, too.

    *If e is gone after the gap, or nobody used it before q, then it is computed from
    r_q to r_q + T*: by its next user, which starts at r_q or later and is served no
    later than q, which is due by r_q + T. Gaps of one edge part its users in the order of
    service as they do by arrival, so each of them has a computation of its own.

    There are two proofs that e is gone:

    - *By others* (:func:`~prefixsched.kernels.bounds.stack_distance.lost_to_others`): whoever
      arrives at r_p + T or later and is due by r_q is served in between. Count their
      distinct tokens, and those on e's path above which none of them can be.
    - *By time* (:func:`~prefixsched.kernels.bounds.stack_distance.lost_to_time`): let W be work on
      edges that arrivals i to j prove to be computed from r_i to r_j + T. At least W, less the
      time from r_i to r_p + T and from r_q to r_j + T, is done within the gap, by
      queries served between x and the next user, as x completes before the gap and the
      next user starts after it. If e stays cached, none of these edges is evicted
      once it is used there, so each is computed once, none of them lies on e's path, and
      all have at most C tokens less those of e's path. The most work that so many tokens can have
      is a fractional knapsack over all edges. If there is more, e is gone.

    What is gone makes for more work, which shows that more is gone: this goes on in
    rounds, each of which is valid by itself.

    *Idle time that many need* (:mod:`prefixsched.bounds.reuse_cells`). An edge that isn't gone
    after its gap has seen no more work on such edges there than has room, so the rest of the gap
    had none: call that idle. Cut time into cells, and give each gap to one of
    them. If y ticks of a cell are idle, then all its edges that need more are gone, and
    computed once more; so the cell costs the least over y of y and their work. What
    cells within [r_i, r_j + T] cost, of gaps that end by r_j, is beside W in that time: idle time
    of disjoint cells is disjoint, and each edge that is lost has a computation that W doesn't
    count. (Last tokens and what lies below C tokens are done in idle time.) It
    refutes T; and an edge is gone, too, if its gap had to idle for more than is left of
    [r_i, r_j + T] besides W and what cells apart from the gap cost.

    *Work.* What each query i to j finds new or gone, what it has below C tokens, and the last
    token of whoever ends at a node no deeper than C: whoever computes the edge above that
    node computes it anyway, which is one of those who end there at most, until the edge is
    gone again. All of it is done from r_i to r_j + T. T is refuted where it takes longer
    than that.

    Parameters
    ----------
    instance
        The stream, of any length. There is nothing to prove here unless the cost
        is a potential and the cache ``lru``; then ``lower`` is returned.
    lower
        A proven lower bound in ticks.
    upper
        A TTFT that can be met.

    Returns
    -------
    IntervalBound
        At least ``lower``. The interval has the work that doesn't fit; those
        who evict may be others.

    Notes
    -----
    O(n depth log n) for a T, and O(n (depth + log n)) for each round. With no capacity every edge
    is gone at each use; with enough for all tokens none is but when it is new, and this is
    the work bound of ``unbounded``. The proof needs no T to be
    monotone in what it refutes; the bisection only decides where to look.
    """
    best = IntervalBound(lower, np.zeros(0, dtype=np.int64))
    distances = stack_distances(instance)
    return best if distances is None else bisect_refutations(distances.refute, best, upper)


def refuted_by_stack_distance(instance: Instance, ttft: int) -> tuple[int, ...] | None:
    """The queries whose work after evictions proves that not every TTFT is at most ``ttft``.

    Returns
    -------
    tuple or None
        All that arrive between two times, oldest first, with the proof of
        :func:`stack_distance_bound`; None where it doesn't reach that far.
    """
    distances = stack_distances(instance)
    interval = None if distances is None else distances.refute(ttft)
    return None if interval is None else tuple(interval.tolist())


def stack_distances(instance: Instance) -> StackDistances | None:
    """What the proof needs; None where there is nothing to prove."""
    if isinstance(instance.cost, Potential) and instance.cache is Cache.LRU:
        return StackDistances(instance, instance.cost)
    return None


class StackDistances:
    """Each query's steps, by age, and what their edges hold and cost.

    Where some queries may be late (:mod:`prefixsched.bounds.late_stack_distance`), they save
    ``saved`` ticks at most of any work, and hold ``missing`` tokens at most.
    """

    saved = missing = 0

    def __init__(self, instance: Instance, cost: Potential) -> None:
        from prefixsched.kernels.bounds.recomputation import steps
        from prefixsched.kernels.bounds.stack_distance import previous_users

        assert instance.capacity is not None
        trie, self.age, self.capacity = instance.trie, instance.by_age, instance.capacity
        self.release = instance.arrival[self.age]
        self.kept = np.minimum(trie.depth, self.capacity)
        self.tokens = self.kept - self.kept[trie.parent]
        whole, cached = cost.potential(trie.depth), cost.potential(self.kept)
        self.work = cached - cached[trie.parent]
        node = trie.node[self.age]
        self.deep = (whole - cached)[node]
        token = whole - cost.potential(np.maximum(trie.depth - 1, 0))
        self.last = np.where(trie.depth <= self.capacity, token, 0)
        self.slack = int(token[node].min() == 0)
        self.start, self.edges = steps(node, trie.parent)
        self.owner = np.repeat(np.arange(instance.n), np.diff(self.start))
        self.no_last, self.no_deep = np.zeros_like(self.last), np.zeros_like(self.deep)
        self.before = previous_users(self.start, self.edges, trie.n_nodes)
        self.room = _most_work(self.tokens, self.work, self.capacity - self.kept)
        self.rounds = max(FEWEST_ROUNDS, MAX_STEPS_LOOKED_AT // max(1, len(self.edges)))

    def refute(self, ttft: int) -> IntArray | None:
        """The queries that can't all have their first token within ``ttft``; None if they may."""
        gone = self.lost_to_others(ttft)
        hopeful = gone.copy()
        hopeful[self.long_gaps(gone, ttft)[0]] = True  # more are never found
        if self.excess(hopeful, ttft)[0] <= self.saved:
            return None
        excess, begin, end = self.closure(gone, ttft)
        return self.age[begin : end + 1] if excess > self.saved else None

    def closure(self, gone: BoolArray, ttft: int) -> tuple[int, int, int]:
        """Mark what is ``gone`` as well, in rounds; :meth:`excess` after the last."""
        for _ in range(self.rounds):
            if not self.lose(gone, ttft, NO_CELLS):
                break
        found = self.excess(gone, ttft)
        for _ in range(min(self.rounds, MAX_CELL_ROUNDS)):
            if found[0] > self.saved:
                return found
            _, gaps = self.long_gaps(gone, ttft)
            cells = costliest_cells(gaps, int(self.room.max()), ttft)
            found = self.excess(gone, ttft, cells)
            if found[0] <= self.saved and not self.lose(gone, ttft, cells):
                break
        return max(found, self.excess(gone, ttft))

    def excess(
        self, gone: BoolArray, ttft: int, cells: Cells | None = None
    ) -> tuple[int, int, int]:
        """The most by which an interval has more work than time, its first and its last query.

        With ``cells`` only work on what can be cached is counted, and what the cells cost.
        """
        from prefixsched.kernels.bounds.stack_distance import largest_excess

        last, deep = (self.last, self.deep) if cells is None else (self.no_last, self.no_deep)
        costs = NO_CELLS if cells is None else cells
        return largest_excess(
            self.start, self.edges, gone, self.release, self.work, last, deep,
            costs.begin, costs.due, costs.cost, ttft,
        )  # fmt: skip

    def lost_to_others(self, ttft: int) -> BoolArray:
        """For each step, whether its edge is new, or lost to queries served in between."""
        from prefixsched.kernels.bounds.stack_distance import lost_to_others

        return lost_to_others(
            self.start, self.edges, self.before, self.release, self.tokens, self.kept,
            self.capacity + self.missing, ttft, self.slack,
        )  # fmt: skip

    def lose(self, gone: BoolArray, ttft: int, cells: Cells) -> int:
        """Mark what is lost to the work done in between; how many steps."""
        from prefixsched.kernels.bounds.stack_distance import lost_to_time

        return lost_to_time(
            self.start, self.edges, self.before, gone, self.release, self.work,
            self.room + self.saved, cells.begin, cells.end, cells.due, cells.cost, ttft, self.slack,
        )  # fmt: skip

    def long_gaps(self, gone: BoolArray, ttft: int) -> tuple[IntArray, Gaps]:
        """Steps after gaps that are longer than the work that has room in them, and these gaps."""
        from prefixsched.kernels.bounds.stack_distance import long_gaps

        step, begin = long_gaps(
            self.start, self.edges, self.before, gone, self.release, self.work, self.room,
            ttft, self.slack,
        )  # fmt: skip
        edge = self.edges[step]
        return step, Gaps(begin, self.release[self.owner[step]], self.room[edge], self.work[edge])


def _most_work(tokens: IntArray, work: IntArray, room: IntArray) -> IntArray:
    """The most work that edges can have of which so many ``tokens`` are taken, or more than that.

    A fractional knapsack: the dearest tokens first. Work a token is rounded up,
    and the sums are of Python's integers, so that nothing overflows.
    """
    some = np.flatnonzero(tokens)
    pairs = zip(tokens[some].tolist(), work[some].tolist(), strict=True)
    ordered = sorted(((-(-(ticks << RATE_BITS) // size), size) for size, ticks in pairs))[::-1]
    held = list(accumulate((size for _, size in ordered), initial=0))
    value = list(accumulate((rate * size for rate, size in ordered), initial=0))
    distinct, where = np.unique(room, return_inverse=True)
    most = []
    for left in distinct.tolist():
        whole = bisect_right(held, left) - 1
        part = ordered[whole][0] * (left - held[whole]) if whole < len(ordered) else 0
        most.append(min(int(INFINITY), (value[whole] + part) >> RATE_BITS))
    return np.array(most, dtype=np.int64)[where]

"""Exact search with the cache ``lru``, for few queries: states hold what is cached, and its age."""

from __future__ import annotations

import heapq
from itertools import pairwise
from typing import Protocol, cast

from prefixsched.bounds.caches import with_cache
from prefixsched.exact.backend import Backend, BestOrder, Outcome
from prefixsched.exact.incumbent import Incumbent
from prefixsched.exact.lru_problem import LruProblem, Runs, bits
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.problem import NO_DEADLINE, Problem
from prefixsched.model.status import Status
from prefixsched.runtime.limits import Limits

MAX_QUERIES = 64
"""Queries that a search takes: its states grow with the orders in which prompts can be cached."""
CLIMB_SECONDS_A_QUERY = 0.005
"""Seconds of local search for each query before the search."""
STATE_BYTES = 1000
"""What a state takes in memory, its share of the queue and the table of states included..."""
SUM_BYTES = 200
"""...and a sum over a set of edges that is kept."""


def problem_of(instance: Instance) -> Problem | LruProblem:
    """What a backend sees of an instance."""
    return LruProblem(instance) if instance.cache is Cache.LRU else Problem.of(instance)


def other_caches(instance: Instance) -> list[Instance]:
    """The stream with the caches whose optima say something of ``lru``.

    ``unbounded`` bounds it from below (:func:`~prefixsched.bounds.caches.with_cache`);
    ``last`` has good orders where there are too many queries for exact search.
    """
    caches = (Cache.UNBOUNDED, Cache.LAST) if instance.n > MAX_QUERIES else (Cache.UNBOUNDED,)
    return [with_cache(instance, cache) for cache in caches]


def climbing_seconds(instance: Instance, limits: Limits) -> float | None:
    """How long local search may take: all the time left, and little where the search is next."""
    if instance.n > MAX_QUERIES:
        return None
    half = None if limits.remaining is None else limits.remaining / 2
    if limits.max_nodes is not None:
        return half
    little = CLIMB_SECONDS_A_QUERY * instance.n
    return little if half is None else min(half, little)


class LruBackend(Protocol):
    """A backend that also takes problems with an ``lru`` cache."""

    name: str

    def solve_lru(
        self, problem: LruProblem, limits: Limits, incumbent: BestOrder | None = None
    ) -> Outcome:
        """Solve within limits, as ``solve`` does."""
        ...


def takes_lru(solver: Backend) -> LruBackend:
    """The same backend, if it takes such problems.

    Raises
    ------
    InputError
        If it doesn't.
    """
    if not hasattr(solver, "solve_lru"):
        raise InputError(f"backend {solver.name}: it can't search with the cache lru; use auto")
    return cast("LruBackend", solver)


def answer(
    solver: Backend,
    problem: Problem | LruProblem,
    limits: Limits,
    incumbent: BestOrder | None = None,
) -> Outcome:
    """Let a backend solve a problem of either kind."""
    if isinstance(problem, LruProblem):
        return takes_lru(solver).solve_lru(problem, limits, incumbent)
    return solver.solve(problem, limits, incumbent)


def solve_lru(problem: LruProblem, limits: Limits, incumbent: BestOrder | None = None) -> Outcome:
    """Search best first over (queries served, what is cached) with the earliest completion.

    A state is bounded by the largest lateness so far, and by what the others
    must come to: sorted by due time, the first k of them have their least work
    (:class:`~prefixsched.exact.lru_problem.Work`) before them.
    States are expanded by rising bound, so the bound of the state at hand is
    proven, and the first complete order is best. It ends: a state is expanded once for each
    time at which it is reached earlier than before, and there are finitely many orders.

    *Equal states.* What follows depends on the queries served, the time, and what
    is cached in which order of eviction. Later is never better: completions rise
    with the time that a state begins. When a state is expanded, no largest
    lateness so far is above the bound proven; so of two states with the same
    queries and the same cache the one that is expanded later and isn't earlier is
    dropped.

    *When nothing more will be evicted*, as all that is cached and all that is to
    come fit into C together, the order of eviction plays no part, nor does what
    no query to come has: states are compared by the rest.

    *Twins* are queries with equal prompts, or such as end alone at leaves of equal
    depth below the same node. To swap their names in a schedule changes no
    overlap: it is an automorphism of the trie, the rules of the cache know no
    names, and no ties. So a query is served after its twins that arrive no later
    and are due no later, by the argument at ``Problem.precedences``.

    Parameters
    ----------
    problem
        At most ``MAX_QUERIES`` queries.
    limits
        ``max_nodes`` counts states expanded.
    incumbent
        What is known: its best order is given back where a limit comes first.

    Raises
    ------
    InputError
        If there are more queries.
    """
    if problem.n > MAX_QUERIES:
        raise InputError(
            f"cache: lru with {problem.n} queries; exact search takes at most {MAX_QUERIES}, use "
            "auto for a bracket"
        )
    return _Search(problem, limits, incumbent).solve()


class _Search:
    def __init__(self, problem: LruProblem, limits: Limits, incumbent: BestOrder | None) -> None:
        self.problem, self.limits = problem, limits
        self.known: BestOrder = Incumbent(problem.max_flow) if incumbent is None else incumbent
        self.edges = problem.edges
        self.decision = problem.due is not None
        due = problem.instance.arrival if problem.due is None else problem.due
        self.due: list[int] = due.tolist()
        self.by_due = sorted(range(problem.n), key=self.due.__getitem__)
        self.before = twins_before(problem.instance, self.due)
        self.expanded = 0

    def solve(self) -> Outcome:
        edges, n = self.edges, self.problem.n
        proven = 0 if self.decision else self.known.bound
        start = self.bound((1 << n) - 1, 0, 0)
        # The bound, queries left, the time, how they got there, who is left, and the cache.
        queue: list[tuple[int, int, int, tuple[int, ...], int, Runs]] = [
            (max(proven, start), n, 0, (), (1 << n) - 1, ())
        ]
        closed = dict[tuple[int, Runs], int]()
        while queue:
            states = STATE_BYTES * (len(queue) + len(closed))
            if self.exhausted or states + SUM_BYTES * edges.remembered > self.limits.memory:
                return self.unanswered(proven)
            bound, _, now, order, left, runs = heapq.heappop(queue)
            if bound > proven:
                if self.decision:
                    break  # every schedule has somebody late
                proven = bound
                self.known.nodes = self.expanded
                self.known.raise_bound(proven)
            if not left:
                status = Status.FEASIBLE if self.decision else Status.OPTIMAL
                return Outcome(status, order, proven, self.expanded)
            key = (left, edges.compared(runs, left))
            if closed.get(key, now + 1) <= now:
                continue
            closed[key] = now
            self.expanded += 1
            cached = sum(runs)
            for j in bits(left):
                if self.before[j] & left:
                    continue
                end = max(now, edges.release[j]) + edges.cost(j, cached)
                rest = left & ~(1 << j)
                after = edges.serve(runs, j)
                if closed.get((rest, edges.compared(after, rest)), end + 1) <= end:
                    continue
                worst = max(bound, end - self.due[j], self.bound(rest, end, sum(after)))
                heapq.heappush(queue, (worst, rest.bit_count(), end, (*order, j), rest, after))
        return Outcome(Status.INFEASIBLE, None, nodes=self.expanded)

    @property
    def exhausted(self) -> bool:
        limit = self.limits.max_nodes
        return self.limits.expired or (limit is not None and self.expanded >= limit)

    def unanswered(self, proven: int) -> Outcome:
        if self.decision:
            return Outcome(Status.UNKNOWN, None, nodes=self.expanded)
        return Outcome(Status.FEASIBLE, self.known.best, proven, self.expanded)

    def bound(self, left: int, now: int, cached: int) -> int:
        """No order of those left makes the largest lateness less."""
        queries = [j for j in self.by_due if left >> j & 1]
        release, due, work = self.edges.release, self.due, self.edges.work
        begin = max(now, min((release[j] for j in queries), default=0))
        found, first = -NO_DEADLINE, NO_DEADLINE
        for j, (own, all_told) in zip(queries, work.of(queries, cached), strict=True):
            first = min(first, release[j])
            end = max(max(now, release[j]) + work.least[j], max(now, first) + own, begin + all_told)
            found = max(found, end - due[j])
        return found


def twins_before(instance: Instance, due: list[int], *, equal: bool = False) -> list[int]:
    """For each query, as bits, its twins that are served before it.

    With ``equal`` only those of the same arrival and due time: swapping those loses nothing,
    whatever is counted.
    """
    trie, release = instance.trie, instance.arrival.tolist()
    node, parent = trie.node.tolist(), trie.parent.tolist()
    inner = set(parent[1:])
    kinds = dict[tuple[int, ...], list[int]]()
    for j in range(instance.n):
        v = node[j]
        alone = v not in inner and trie.ending[v] == 1
        kind = (0, parent[v], int(trie.depth[v])) if alone else (1, v)
        kinds.setdefault(kind, []).append(j)
    before = [0] * instance.n
    for twins in kinds.values():
        twins.sort(key=lambda j: (release[j], due[j], j))
        for i, j in pairwise(twins):
            if (release[i], due[i]) == (release[j], due[j]) or (not equal and due[i] <= due[j]):
                before[j] |= 1 << i
    return before

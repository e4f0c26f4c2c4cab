"""The least percentile of TTFT: a bracket closed by decisions in which some may miss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.exact.dp.value_grid import Grid
from prefixsched.heuristics.family_batches import improve_family_batches
from prefixsched.heuristics.local_search import improve
from prefixsched.heuristics.start_orders import BATCHING_FROM
from prefixsched.heuristics.tardy_swaps import improve_tardy_set
from prefixsched.model.problem import NO_DEADLINE, Problem
from prefixsched.offline.incumbent import Verified
from prefixsched.offline.tardy_set import QUICK, TardySets
from prefixsched.runtime.limits import Limits

EFFORTS = (0, 1, 2, 3, None)
"""Levels of work for one decision; the last ends with the answer."""
WIDTH_DIVISOR = 100
"""The bisection of the first level ends within this share of the upper bound."""
FIRST_WORK, FREED_WORK, MOVES_A_PAIR = 10_000_000, 3_000_000, 20
"""Moves times queries of the first local search and of others, and moves a pair, at most."""
BATCHES_SHARE, FIRST_SHARE, SWAPS_SHARE = 1 / 8, 1 / 4, 2 / 3
"""Shares of the time left that local search takes from ``BATCHING_FROM`` queries on: on family
batches, on the largest flow time, and on who is late; proofs one by one are of little use there."""
AIM_DIVISOR = 16
"""Local search aims at this share below the best value."""
FIRST_REACH_PERMILLE = 90
"""First asked is a bound so many thousandths below the best value; where that stays open, lower."""
DESCENT_DIVISOR = 64
"""Where one may miss, quick searches look for an order this share better than the best."""
MAX_FREED_ROUNDS = 4
"""Times before a level that local search frees those that are then the latest."""


def least_percentile(incumbent: Verified, problem: Problem, limits: Limits) -> None:
    """Close the interval of ``incumbent``, which holds an order, as far as limits allow.

    With a rank k among n, TTFT_(k) ≤ T where at most n - k queries are later than T:
    so T is refuted, or met by a schedule, by :class:`TardySets`. The value is one query's
    flow time, so only those on the :class:`Grid` need be asked about. Under a ceiling who is
    later than T keeps to the ceiling, in all schedules that are asked about.
    """
    _Bisection(incumbent, problem, limits).close()


class _Bisection:
    def __init__(self, incumbent: Verified, problem: Problem, limits: Limits) -> None:
        self.incumbent = incumbent
        self.problem = problem
        self.limits = limits
        self.grid = Grid.of(problem)
        ceiling = incumbent.question.ceiling
        if ceiling is not None:
            self.latest = problem.release + ceiling // problem.tick
        else:
            self.latest = np.full(problem.n, NO_DEADLINE)
        self.tardy = TardySets(problem, limits, latest=self.latest)
        self.spare = problem.n - incumbent.question.objective.rank(problem.n)
        soonest = np.minimum(problem.least_setup, problem.at_arrival)
        self._raise_to(int(np.sort(soonest)[-self.spare - 1]))

    @property
    def lower(self) -> int:
        """In normalised time, as is the upper bound."""
        return -(-self.incumbent.bound // self.problem.tick)

    @property
    def upper(self) -> int:
        assert self.incumbent.value is not None
        return self.incumbent.value // self.problem.tick

    @property
    def over(self) -> bool:
        return self.lower >= self.upper or self.tardy.limits.spent

    def close(self) -> None:
        """Bisect with growing effort.

        Each level ends, as ``unclear`` - ``lower`` falls in each round. The bound asked lies
        from ``lower`` to ``unclear`` - 1, or the round is the last. If it is refuted,
        ``lower`` passes it; if a schedule meets it, ``upper`` comes down to it; and if it
        stays open ``unclear`` does. The last level leaves nothing open but for limits.
        """
        self._begin()
        if self.spare == 1:
            self._descend()
        for level, effort in enumerate(EFFORTS):
            self._polish()
            width = 0 if effort is None else self.upper // (WIDTH_DIVISOR << level)
            unclear, reach = self.upper, self.upper * FIRST_REACH_PERMILLE // 1_000
            while not self.over and unclear - self.lower > width:
                middle = max((self.lower + 2 * unclear - 2) // 3, unclear - max(1, reach))
                middle = max(self.grid.down(middle), self.grid.up(self.lower))
                if middle >= unclear:
                    break
                if not self._decide(middle, effort):
                    unclear, reach = middle, 2 * reach
                unclear = min(unclear, self.upper)
            if self.over:
                break

    def _begin(self) -> None:
        """Take a schedule with a small largest TTFT: better ones are found near it."""
        many = self.problem.n >= BATCHING_FROM and not self.problem.unbounded
        if many and self.problem.tree is not None and self.spare:
            self._choose_late()
        else:
            self._improve(self.problem, FIRST_WORK)

    def _choose_late(self) -> None:
        """Take a schedule with a small largest TTFT, made of batches, and let some miss."""
        order = np.array(self.incumbent.order)
        searches = ((BATCHES_SHARE, improve_family_batches), (FIRST_SHARE, improve))
        for share, search in searches:
            if self.over:
                return
            part = self.tardy.limits.part(share)
            order = search(
                self.incumbent.instance,
                order,
                deadline=part.deadline,
                seed=part.seed,
                max_moves=part.max_nodes,
                enough=self.incumbent.bound,
            )
            self.tardy.limits.charge(part.max_nodes or 0)
        part = self.tardy.limits.part(SWAPS_SHARE)
        for found in improve_tardy_set(self.problem, order.tolist(), self.spare, part, self.lower):
            self.incumbent.nodes = self.tardy.limits.nodes + part.nodes
            self.incumbent.offer_order(found.tolist())
        self.tardy.limits.charge(part.nodes)

    def _descend(self) -> None:
        """Better orders, as long as quick searches find them for some query that may miss.

        It ends, as the upper bound falls in each round.
        """
        self._polish()
        before = self.upper + 1
        while self.upper < before and not self.over:
            before = self.upper
            bound = self.grid.down(self.upper - max(1, self.upper // DESCENT_DIVISOR))
            if bound >= self.lower:
                self._decide(bound, QUICK)

    def _decide(self, bound: int, effort: int | None) -> bool:
        """Put one bound to the proof; whether it was answered."""
        due = self.problem.release + bound
        self.tardy.recheck(due)
        verdict = self.tardy.decide(due, self.spare, self.incumbent.order, effort)
        self.incumbent.nodes = self.tardy.limits.nodes
        if verdict.refuted:
            self._raise_to(bound + 1)
        elif verdict.order is not None:
            self.incumbent.offer_order(verdict.order)
        return verdict.refuted or verdict.order is not None

    def _raise_to(self, bound: int) -> None:
        self.incumbent.raise_bound(self.grid.up(bound) * self.problem.tick)

    def _polish(self) -> None:
        """Local search that lets the latest queries miss, time and again."""
        incumbent = self.incumbent
        for _ in range(MAX_FREED_ROUNDS):
            before = incumbent.value
            self._improve(self._freed(), FREED_WORK)
            if incumbent.value == before:
                break

    def _improve(self, problem: Problem, work: int) -> None:
        """Offer what local search finds on a problem, with so many moves times queries."""
        if self.over:
            return
        tardy = self.tardy
        moves = tardy.limits.at_most(min(work // problem.n, MOVES_A_PAIR * problem.n**2))
        tardy.limits.charge(moves)
        tardy.tries += 1
        seed = self.limits.seed + tardy.tries
        order = improve(
            problem, self.incumbent.order, deadline=self.limits.deadline, seed=seed, max_moves=moves
        )
        self.incumbent.offer_order(order.tolist())

    def _freed(self) -> Problem:
        """A decision a little below the best value, but for who is latest now."""
        problem = self.problem
        flow: IntArray = problem.completions(self.incumbent.order) - problem.release
        due = problem.release + max(self.lower, self.upper - self.upper // AIM_DIVISOR)
        free = np.argsort(-flow, kind="stable")[: self.spare]
        due[free] = self.latest[free]
        return replace(problem, due=due)

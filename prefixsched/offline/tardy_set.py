"""Deadlines that some queries may miss: decided by cores and hitting sets.

Let due be deadlines, and a *core* a set of queries that can't all meet theirs in any
schedule of all queries, whatever the rest does: the rest may be late, and may help by
warming the cache. Then in each schedule the queries that miss hit every core, so no
fewer can miss than the smallest hitting set of the known cores has. Conversely,
free a set H of its deadlines (a query that misses is served all the same, maybe early,
as it may help). Either the others can all be on time, and H is enough; or those
with a deadline outside H are a core that H doesn't hit. There are
finitely many sets, so alternating between the two ends (implicit hitting sets:
Moreno-Centeno and Karp, Operations Research 61 (2013); for infeasible cores Chinneck,
INFORMS Journal on Computing 8 (1996)).

Of equal queries it is not asked which of them miss
(:mod:`prefixsched.offline.interchangeable_jobs`).

*A ceiling.* Who misses may have a later deadline in place of none. All of the above holds of
the schedules that keep to those: a core is refuted with the rest at their later deadlines,
and one that is refuted whatever the rest does is a core all the more. Equal queries have the
same release, so the same later deadline.

No cost model or cache is assumed beyond what the parts assume
(:mod:`prefixsched.exact.relaxation.sub_instance`), which state what holds under each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.exact.dp.backend import Dp
from prefixsched.heuristics.local_search import improve
from prefixsched.model.problem import NO_DEADLINE, Problem
from prefixsched.model.status import Status
from prefixsched.offline.hitting_set import Hitting, hitting_set
from prefixsched.offline.infeasible_core import Parts
from prefixsched.offline.interchangeable_jobs import Interchangeable
from prefixsched.offline.one_tardy_job import LEVELS, Found, OneTardyJob
from prefixsched.runtime.limits import Limits, now

SEARCH_WORK, MOVES_A_PAIR = 200_000, 10
"""Moves times queries, and for each pair of them, before a set of misses is put to the proof."""
SET_SECONDS, SETS_A_DECISION = 0.5, 16
"""Time for one set of misses at the lowest level, and so many times that for a decision."""
SEARCH_ALONE_UP_TO = 24
"""Queries up to which no part is asked: the search itself is quick."""
QUICK = -1
"""The level of work at which some who may miss are looked at, the latest in the best order."""
QUICK_DIVISOR = 4
"""They are this share of all."""
MAX_LEFT_OPEN = 4
"""Queries whose miss may be left open before a decision is."""
MAX_FAILURES = 8
"""Stretches that can't be left out of a core before it is left as it is; fewer if few may miss."""
CUT_DOWN_FACTOR = 2
"""Times as long as the refutation before may take what is to cut the core down."""


@dataclass(frozen=True, eq=False)
class Core:
    """Queries that can't all meet ``due``, nor any deadlines of theirs that are no later.

    Parameters
    ----------
    queries
        All of them with a deadline.
    due
        ``[n]``; deadlines that were refuted.
    """

    queries: IntArray
    due: IntArray

    def holds(self, due: IntArray) -> bool:
        """Whether the core is one for ``due`` too."""
        return bool((due[self.queries] <= self.due[self.queries]).all())


@dataclass(frozen=True, eq=False)
class Verdict:
    """Whether few enough can miss: ``refuted``, or an ``order`` that shows it, or open.

    ``least`` is the fewest misses that the cores leave possible.
    """

    refuted: bool
    order: Sequence[int] | None
    least: int


class TardySets:
    """Decides how few queries miss their deadlines; what it learns serves later deadlines.

    Parameters
    ----------
    problem
        Queries without deadlines.
    limits
        Of all decisions together.
    tell
        Called with the fewest misses that are proven, as they rise within a decision.
    latest
        ``[n]``; the deadlines of those who miss, no earlier than any that are asked about and as
        far from each release; None for none.
    """

    def __init__(
        self,
        problem: Problem,
        limits: Limits,
        tell: Callable[[int], None] = lambda _: None,
        latest: IntArray | None = None,
    ) -> None:
        self.problem = problem
        self.latest = np.full(problem.n, NO_DEADLINE) if latest is None else latest
        self.limits = limits.slice()
        self.tell = tell
        self.cores: list[Core] = []
        self.tries = 0
        self.pace = 0.0
        self.began = now()
        self.stretch = max(1, problem.n // 4)
        self.one = OneTardyJob(problem, self.limits, self.latest)
        self.equal = Interchangeable([])

    def decide(self, due: IntArray, most: int, best: Sequence[int], effort: int | None) -> Verdict:
        """Whether at most ``most`` queries have to miss ``due``.

        Parameters
        ----------
        due
            ``[n]``; the latest completions, ``NO_DEADLINE`` where there is none.
        most
            How many may miss.
        best
            A known order, from which better ones are sought.
        effort
            The level of work for one set of misses, from 0; None for all that it takes. Where
            one may miss there is ``QUICK``, too.

        Notes
        -----
        It ends. Each round that does not answer adds a core that the set just tried does not
        hit; that set hits all cores before, so none comes twice, and there are finitely many.
        """
        problem = replace(self.problem, due=due)
        rank = self._rank(problem, best)
        self.equal = Interchangeable.of(self.problem, due, rank)
        self.began = now()
        if most == 1:
            return self._decide_single(problem, rank, best, effort)
        while True:
            hit = self._hitting(due, rank)
            self.tell(hit.least)
            if hit.least > most:
                return Verdict(True, None, hit.least)
            if self._weary(effort) or len(hit.queries) > most:
                return Verdict(False, None, hit.least)
            spare = np.argsort(rank, kind="stable")
            spare = spare[~np.isin(spare, hit.queries) & (due[spare] < NO_DEADLINE)]
            free = np.concatenate((np.array(hit.queries, dtype=np.int64), spare))[:most]
            order, refuted = self._free(problem, free, best, effort)
            if refuted is None:
                return Verdict(False, order, hit.least)
            self._learn(problem, refuted, most)

    def _decide_single(
        self, problem: Problem, rank: IntArray, best: Sequence[int], effort: int | None
    ) -> Verdict:
        """Whether all but one can be on time: whoever every core has is tried.

        It ends, as each round raises the effort.
        """
        assert problem.due is not None
        due = problem.due
        if (problem.completions(best) > due).sum() <= 1:
            return Verdict(False, best, 0)
        order: Sequence[int] | None = None
        left_open, patience = 0, problem.n // QUICK_DIVISOR if effort == QUICK else MAX_LEFT_OPEN

        def tell(found: Found) -> bool:
            nonlocal order, left_open
            self.limits.charge(found.nodes)
            if found.refuted:
                others = np.flatnonzero(due < NO_DEADLINE)
                for query in self.equal.to(found.query):  # no more is it enough for those
                    self.cores.append(Core(others[others != query], due))
                return not self.limits.spent
            order = found.order
            left_open += 1
            if order is None and effort != QUICK:
                order = self._improved(self._let_miss(problem, np.array([found.query])), best)
            return order is None and left_open < patience and not self.limits.spent

        common = left = self._common(due)
        while len(left) and order is None and not self.limits.spent:
            left_open = 0
            kinds = {int(self.equal.to(j)[-1]) for j in left.tolist()}
            by_rank = sorted(kinds, key=lambda j: int(rank[j]))
            self.one.decide(due, by_rank, effort, self.limits.left, tell)
            left = self._common(due)
            if effort is None or not 0 <= effort < LEVELS - 1 or len(left) >= patience:
                break
            effort += 1  # for the few that are left, more is worth its time
        refuted = not len(left)
        return Verdict(refuted, order, 2 if refuted else int(len(common) < problem.n))

    def _common(self, due: IntArray) -> IntArray:
        """The queries that every core that holds for ``due`` has; all where there is none."""
        common = np.ones(self.problem.n, dtype=bool)
        for core in self._held(due):
            inside = np.zeros_like(common)
            inside[core] = True
            for kind in self.equal.kinds:
                inside[kind] = inside[kind].all()  # else each of them is missing from a core
            common &= inside
        return np.flatnonzero(common)

    def _weary(self, effort: int | None) -> bool:
        """Whether the limits are reached, or this decision's share at its level of effort."""
        if effort is None or self.limits.max_nodes is not None:
            return self.limits.spent
        return self.limits.spent or now() - self.began > SETS_A_DECISION * SET_SECONDS * 4**effort

    def _rank(self, problem: Problem, best: Sequence[int]) -> IntArray:
        """``[n]``; each query's place when those that are latest in ``best`` come first."""
        assert problem.due is not None
        lateness = problem.completions(best) - problem.due
        rank = np.empty_like(lateness)
        rank[np.argsort(-lateness, kind="stable")] = np.arange(problem.n)
        return rank

    def _hitting(self, due: IntArray, rank: IntArray) -> Hitting:
        """The smallest set that hits all cores that hold for ``due``, and has the last equals."""
        held = [self.equal.first(core) for core in self._held(due)]
        cores = {core.tobytes(): core for core in held}.values()
        return hitting_set(list(cores), rank, self.limits.remaining, self.equal.after)

    def _held(self, due: IntArray) -> list[IntArray]:
        """The cores that hold for ``due``.

        A query that is late even if it comes first or after its best neighbour is one.
        """
        problem = self.problem
        soonest = problem.release + np.minimum(problem.least_setup, problem.at_arrival)
        held = [np.array([j]) for j in np.flatnonzero(soonest > due)]
        return held + [core.queries for core in self.cores if core.holds(due)]

    def recheck(self, due: IntArray) -> None:
        """Ask of small cores that were found for earlier deadlines whether ``due`` leaves them so.

        For large ones it is quicker to find new ones.
        """
        parts = self._parts(replace(self.problem, due=due))
        for k, core in enumerate(self.cores):
            if 2 * len(core.queries) > max(SEARCH_ALONE_UP_TO, self.problem.n):
                continue
            later = (due[core.queries] >= core.due[core.queries]).all()
            if later and not core.holds(due) and parts.refuted(core.queries):
                self.cores[k] = Core(core.queries, due)
        self.limits.charge(parts.asked)

    def _free(
        self, problem: Problem, free: IntArray, best: Sequence[int], effort: int | None
    ) -> tuple[Sequence[int] | None, IntArray | None]:
        """An order in which only ``free`` are late, or a core of all others, or neither."""
        freed = self._let_miss(problem, free)
        if self._meets(freed, best):
            return best, None
        order = self._improved(freed, best)
        if order is not None:
            return order, None
        began = now()
        status, order = self._ask(freed, effort)
        self.pace = now() - began
        if status is Status.FEASIBLE:
            return order, None
        assert problem.due is not None
        if status is not Status.INFEASIBLE:
            return None, None
        return None, np.setdiff1d(np.flatnonzero(problem.due < NO_DEADLINE), free)

    def _learn(self, problem: Problem, core: IntArray, most: int) -> None:
        """Keep a core, cut down by stretches of queries without which it is still one.

        Queries that most of the known cores have are the first to go, so that the
        cores differ. A stretch begins as long as all that could go the last time; it doubles
        where it can go and halves where it can't.
        """
        assert problem.due is not None
        common = np.zeros(problem.n, dtype=np.int64)
        for known in self.cores:
            if known.holds(problem.due):
                common[known.queries] += 1
        core = core[np.lexsort((problem.release[core], -common[core]))]
        parts, size, whole = self._parts(problem), self.stretch, len(core)
        begin = failed = 0
        while begin < len(core) > 1 and not self.limits.spent:
            size = max(1, min(size, len(core) // 2))
            rest = np.delete(core, np.s_[begin : begin + size])
            if self._refuted(problem, rest, parts):
                core, size = rest, 2 * size
                if failed >= min(most, MAX_FAILURES):
                    break
            else:
                failed += 1
                begin += size == 1
                size //= 2
                if failed >= min(most, MAX_FAILURES) and (len(core) < whole or size == 0):
                    break
        self.stretch = max(1, whole - len(core))
        self.limits.charge(parts.asked)
        self.cores.append(Core(core, problem.due))

    def _refuted(self, problem: Problem, core: IntArray, parts: Parts) -> bool:
        """Whether it is quick to see that ``core`` is one."""
        if problem.n > SEARCH_ALONE_UP_TO and 4 * len(core) < 3 * problem.n:
            return parts.refuted(core)
        free = np.setdiff1d(np.arange(problem.n), core)
        status, _ = self._ask(self._let_miss(problem, free), 0, CUT_DOWN_FACTOR * self.pace)
        return status is Status.INFEASIBLE

    def _parts(self, problem: Problem) -> Parts:
        inner = self.limits.slice(counted=False, threads=1)
        return Parts(problem, inner, others_late=True)

    def _let_miss(self, problem: Problem, free: IntArray) -> Problem:
        """The decision in which ``free`` may be late."""
        assert problem.due is not None
        due = problem.due.copy()
        due[free] = self.latest[free]
        return replace(problem, due=due)

    def _meets(self, problem: Problem, order: Sequence[int]) -> bool:
        assert problem.due is not None
        return bool((problem.completions(order) <= problem.due).all())

    def _improved(self, problem: Problem, best: Sequence[int]) -> Sequence[int] | None:
        """What local search finds quickly, where that is on time."""
        moves = self.limits.at_most(min(SEARCH_WORK // problem.n, MOVES_A_PAIR * problem.n**2))
        self.limits.charge(moves)
        self.tries += 1
        seed = self.limits.seed + self.tries
        order: list[int] = improve(
            problem, best, deadline=self.limits.deadline, seed=seed, max_moves=moves
        ).tolist()
        return order if self._meets(problem, order) else None

    def _ask(
        self, problem: Problem, effort: int | None, seconds: float | None = None
    ) -> tuple[Status, Sequence[int] | None]:
        outcome = Dp().solve(problem, self._slice(effort, seconds))
        self.limits.charge(outcome.nodes)
        return outcome.status, outcome.order

    def _slice(self, effort: int | None, seconds: float | None = None) -> Limits:
        """The limits of one question at a level of effort, or of so many seconds."""
        limits = self.limits
        if limits.left is not None:
            return limits.slice(nodes=None if effort is None else 2_000 * 4**effort, threads=1)
        if effort is not None and seconds is None:
            # What a decision has taken so far is not to be in vain.
            seconds = SET_SECONDS * 4**effort
            seconds = min(max(seconds, (now() - self.began) / 4), 4 * seconds)
        return limits.slice(seconds=None if effort is None else seconds)

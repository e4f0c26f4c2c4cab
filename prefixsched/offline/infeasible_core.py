"""Infeasible cores: a few queries that show why deadlines can't be met.

A core can mean one of two things. Its queries can't all be on time

- *where all others are on time, too*: a query outside that is late might have helped,
  as it warmed the cache for them where nobody in time can; or
- *whatever the others do*, even if they are late. Then one of the core misses
  in every schedule of the whole stream.

Either refutes the decision, in which all are to be on time. The first is easier to prove and
has fewer queries, so it is what is looked for; :func:`holds_alone` asks for the second.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.exact.brute import MAX_QUERIES, Brute
from prefixsched.exact.dp.decision import Decider, Effort
from prefixsched.exact.relaxation.sub_instance import sub_instance
from prefixsched.model.problem import NO_DEADLINE, Problem
from prefixsched.model.status import Status
from prefixsched.runtime.limits import Limits, Stopwatch

EFFORT = Effort(20, 300, 300)
"""What one part may take: a core need not be the smallest, but it has to come soon."""
PARTS = 400
"""The most parts that are asked about."""
IN_VAIN = 12
"""Parts in a row that may fail to be refuted: of 48 queries, bisection takes 6 for either end.

After so many a core was hardly ever cut down by much: a decision one tick below the optimum often
needs all queries, and should not wait seconds to learn that.
"""


def infeasible_core(
    problem: Problem,
    limits: Limits,
    seconds: float | None,
    known: IntArray | None = None,
    *,
    others_late: bool = False,
) -> IntArray:
    """Few queries that can't all meet their deadlines, as their sub-instance shows.

    The queries are cut down to an interval of arrivals, by bisection of either
    end, and then by deletion: stretches of it first, single queries last
    (*delta debugging*, Zeller and Hildebrandt 2002).

    Parameters
    ----------
    problem
        A decision that was refuted.
    limits
        Of all parts together; nodes are not counted.
    seconds
        Time that this may take, compiling apart, None for as long as the limits allow;
        what has been reached by then is a core too.
    known
        A core to begin with, where one is known.
    others_late
        Whether the core must hold even if the queries outside are late: then at least
        one of its own misses its deadline in every schedule.

    Returns
    -------
    array
        Queries by arrival. At worst all of them that have a deadline or that may help.

    Raises
    ------
    RuntimeError
        If brute force finds a schedule for a core of up to nine queries: a defect.
    """
    assert problem.due is not None
    inner = limits.slice(counted=False, threads=1)
    parts = Parts(problem, inner, seconds, others_late=others_late, in_vain=IN_VAIN)
    core = np.arange(problem.n) if known is None else known
    core = core[np.argsort(problem.release[core], kind="stable")]
    if known is not None and not parts.refuted(core):
        return core  # what proves it sees more than a part does
    core = parts.shortened(core)
    size = max(1, len(core) // 4)
    while len(core) > 1 and not parts.over:
        core = parts.thinned(core, size)
        if size == 1:
            break
        size = max(1, size // 2)
    few = len(core) <= MAX_QUERIES
    if few and Brute().solve(parts.part(core), parts.rest()).status is Status.FEASIBLE:
        raise RuntimeError("the core that was found is feasible; please report this")
    return core


def holds_alone(problem: Problem, limits: Limits, seconds: float | None, core: IntArray) -> bool:
    """Whether a core can be seen to hold whatever the other queries do.

    Parameters
    ----------
    problem, limits, seconds
        As for :func:`infeasible_core`.
    core
        Queries that can't all be on time where the others are.
    """
    assert problem.due is not None
    if (np.delete(problem.due, core) >= NO_DEADLINE).all():
        return True  # no other has a deadline
    parts = Parts(problem, limits.slice(counted=False, threads=1), seconds, others_late=True)
    if parts.refuted(core):
        return True
    if len(core) > MAX_QUERIES or parts.over:
        return False
    return Brute().solve(parts.part(core), parts.rest()).status is Status.INFEASIBLE


class Parts:
    """Parts of a decision, asked within limits.

    With ``others_late`` nothing but the part has deadlines: what a query outside has
    is a deadline that no schedule reaches, which is all that a part asks of it.

    Parameters
    ----------
    problem
        The decision.
    limits
        Of all parts together.
    seconds
        Time for all of them, compiling apart; None for as long as the limits allow.
    in_vain
        Parts in a row that may fail to be refuted; None for any number.
    """

    def __init__(
        self,
        problem: Problem,
        limits: Limits,
        seconds: float | None = None,
        *,
        others_late: bool = False,
        in_vain: int | None = None,
    ) -> None:
        self.problem = problem
        self.limits = limits
        self.seconds = seconds
        self.others_late = others_late
        self.in_vain = in_vain
        self.watch = Stopwatch()
        self.asked = self.failed = 0

    def part(self, queries: IntArray) -> Problem:
        """The part that consists of ``queries``."""
        problem = self.problem
        if self.others_late:
            assert problem.due is not None
            due = np.full(problem.n, NO_DEADLINE, dtype=np.int64)
            due[queries] = problem.due[queries]
            problem = replace(problem, due=due)
        return sub_instance(problem, queries)

    def rest(self) -> Limits:
        """Limits of what may follow."""
        if self.seconds is None:
            return self.limits
        return self.limits.slice(seconds=max(0.0, self.seconds - self.watch.seconds))

    @property
    def over(self) -> bool:
        """Whether the limits are reached, or too many parts in a row were asked in vain."""
        if self.in_vain is not None and self.failed >= self.in_vain:
            return True
        return self.asked >= PARTS or self.rest().expired

    def refuted(self, queries: IntArray) -> bool:
        """Whether a part can be seen not to meet its deadlines."""
        if not len(queries) or self.over:
            return False
        self.asked += 1
        part = self.part(queries)
        assert part.due is not None
        if (part.due >= NO_DEADLINE).all():
            return False
        order = np.lexsort((part.due, part.release))
        part = part.permuted(order)
        assert part.due is not None
        done, compiled = False, -1.0
        while not done and compiled < self.watch.compiling:  # which took the part's time
            compiled = self.watch.compiling
            done = Decider(part, self.rest()).refutes(part.due, EFFORT)
        self.failed = 0 if done else self.failed + 1
        return done

    def shortened(self, core: IntArray) -> IntArray:
        """Drop the most from the end and then from the beginning that leaves it refuted."""
        for forwards in (True, False):
            low, high = 0, len(core)  # high queries are known to do
            while high - low > 1 and not self.over:
                middle = (low + high) // 2
                if self.refuted(core[:middle] if forwards else core[-middle:]):
                    high = middle
                else:
                    low = middle
            core = core[:high] if forwards else core[-high:]
        return core

    def thinned(self, core: IntArray, size: int) -> IntArray:
        """Drop each stretch of ``size`` queries without which the rest is refuted."""
        begin = 0
        while begin < len(core) and len(core) > 1 and not self.over:
            rest = np.delete(core, np.s_[begin : begin + size])
            if self.refuted(rest):
                core = rest
            else:
                begin += size
        return core

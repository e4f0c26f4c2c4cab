"""One question about an instance, and what is known of its answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Literal

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.bounds.interval import IntervalBound
from prefixsched.bounds.recomputation import recomputation_bound, refuted_by_recomputation
from prefixsched.bounds.work import work_bound
from prefixsched.exact.backend import Backend, Outcome, Run
from prefixsched.exact.dp.bitset_stage import starts_itself
from prefixsched.exact.lru import answer, problem_of
from prefixsched.exact.lru_problem import LruProblem
from prefixsched.heuristics.family_batches import improve_family_batches
from prefixsched.heuristics.local_search import improve
from prefixsched.heuristics.start_orders import BATCHING_FROM, known_orders
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.problem import MAX_MATRIX, Problem
from prefixsched.model.status import Status
from prefixsched.offline.arguments import allowance_of, enough_of
from prefixsched.offline.critical_stretch import stretch_bound
from prefixsched.offline.infeasible_core import holds_alone, infeasible_core
from prefixsched.offline.result import Progress, Result
from prefixsched.runtime.limits import Stopwatch, in_seconds
from prefixsched.verifier.schedule import Schedule, evaluate

CORE_SECONDS, CORE_LEAST = 5.0, 0.3
"""Time for a core: as much again as the refutation took, and between these limits.

Under a node limit it ends by the number of parts alone.
"""
IMPROVE_SHARE = 0.6
"""Share of the time that local search of a long stream takes, one half of it on visits."""

OnProgress = Callable[[Progress], None]


class Question:
    """One question about an instance, and the best answer so far; times in ticks."""

    def __init__(
        self,
        instance: Instance,
        ttft: int | Literal["own"] | None,
        relax: Fraction | Decimal | float | None,
        on_progress: OnProgress | None,
    ) -> None:
        self.watch = Stopwatch()
        self.instance = instance
        self.allowance = allowance_of(instance, ttft)
        self.asked = ttft
        self.bound = ttft if isinstance(ttft, int) else None
        self.enough = enough_of(instance, relax, decision=self.allowance is not None)
        self.on_progress = on_progress
        self.work = IntervalBound(0, instance.by_age[:0])
        self.lower = 0
        self.best: Schedule | None = None
        self.witness: Schedule | None = None
        self.relaxed: Schedule | None = None
        self.infeasible = False
        self.core: tuple[int, ...] | None = None
        self.core_alone = False
        self.backend = "bounds"
        self.nodes = 0
        self.interrupted = False
        self.unread: tuple[int, int, Sequence[int] | None, int] | None = None

    @property
    def decision(self) -> bool:
        """Whether it asks for deadlines to be met."""
        return self.allowance is not None

    @cached_property
    def problem(self) -> Problem | LruProblem:
        """What a backend sees: made once for the search and for a core."""
        return problem_of(self.instance)

    @property
    def upper(self) -> int | None:
        """The best schedule's largest TTFT."""
        return None if self.best is None else self.best.max_ttft

    @property
    def settled(self) -> bool:
        """Whether there is no more to find out."""
        if self.decision:
            return self.infeasible or self.witness is not None
        return self.upper is not None and self.upper == self.lower

    def bound_work(self) -> None:
        """Raise the lower bound by the work that is there."""
        self.work = work_bound(self.instance)
        self.lower = max(self.lower, self.work.ticks)

    def bound_answers(self, *, quick: bool) -> bool:
        """Whether work or visits alone refute the bound asked for; ``quick`` allows it to."""
        if not quick or self.bound is None:
            return False
        if self.lower > self.bound:
            self.core, self.core_alone = self.work.queries, True  # it assumes no deadlines
        elif self.instance.n >= BATCHING_FROM:
            self.core = refuted_by_recomputation(self.instance, self.bound)
        self.infeasible = self.core is not None
        return self.infeasible

    def bound_visits(self) -> None:
        """Raise the lower bound of a minimisation by visits."""
        if self.upper is not None and self.instance.n >= BATCHING_FROM and not self.decision:
            self.lower = recomputation_bound(self.instance, self.lower, self.upper).ticks

    def try_orders(self, start: Sequence[int] | None, solver: Backend | None, run: Run) -> None:
        """Offer a start and known orders, best first, until no other can be of use."""
        if start is not None:
            self.offer(start)
        for order in self.first_orders(solver):
            if self.settled or (run.expired and self.best is not None):
                break
            self.offer(order)
            if not self.decision:
                break  # the rest is worse

    def first_orders(self, solver: Backend | None) -> list[Sequence[int]]:
        """Known orders, or what is enough where the search makes its own in less time."""
        if self.enough is not None or not starts_itself(self.instance, solver):
            return known_orders(self.instance)
        return [self.instance.by_age.tolist()] if solver is None or self.decision else []

    def offer(self, order: Sequence[int]) -> None:
        """Verify an order; keep it where it is the best, or answers the decision."""
        schedule = evaluate(self.instance, order)
        if self.best is None or schedule.max_ttft < self.best.max_ttft:
            self.best = schedule
        if not self.decision:
            return
        on_time = schedule.on_time(self.instance, self.bound)
        if self.witness is None and on_time == self.instance.n:
            self.witness = schedule
        if self.relaxed is None and self.enough is not None and on_time >= self.enough:
            self.relaxed = schedule

    def follow_stream(self, run: Run) -> None:
        """Work on the stretch that decides a long stream: rearrange it, bound it, and go on."""
        self.backend = "stretch"
        seconds = None if run.remaining is None else run.remaining * IMPROVE_SHARE / 2
        self.rearrange(run, seconds, improve_family_batches)
        self.rearrange(run, seconds)
        if self.settled or self.best is None:
            return
        found = stretch_bound(self.instance, self.best.order, self.lower, run)
        if found is not None:
            self.lower = found.ticks
            self.tell()
            if self.bound is not None and self.lower > self.bound:
                self.infeasible, self.core = True, tuple(found.queries.tolist())
        if run.remaining and not self.settled:
            self.rearrange(run, run.remaining)

    def rearrange(
        self, run: Run, seconds: float | None, search: Callable[..., IntArray] = improve
    ) -> None:
        """Local search on the best order."""
        if self.best is None or self.settled:
            return
        order = search(
            self.instance,
            self.best.order,
            deadline=in_seconds(seconds),
            seed=run.seed,
            max_moves=run.max_nodes,
            enough=max(self.lower, self.bound or 0),
        )
        self.offer(order.tolist())
        self.tell()

    def take(self, other: Instance, found: Result) -> None:
        """Learn from the answer for another cache what ``lru`` can't do, or a good order."""
        if other.cache is Cache.UNBOUNDED:
            self.infeasible = found.status is Status.INFEASIBLE
            self.lower = max(self.lower, found.lower_bound or 0)
        if found.schedule is not None:
            self.offer(found.schedule.order)

    def find_core(self, run: Run) -> None:
        """Look for a few queries that show why the deadlines can't be met."""
        lru = self.instance.cache is Cache.LRU  # where subsets find other things cached
        if self.allowance is None or lru or self.instance.n > MAX_MATRIX:
            return
        problem = self.problem.within(self.allowance)
        assert isinstance(problem, Problem)
        spent = self.watch.seconds
        seconds = min(CORE_SECONDS, CORE_LEAST + spent) if run.max_nodes is None else None
        first = None if self.core is None else np.array(self.core)
        core = infeasible_core(problem, run, seconds, first)
        if first is None or len(core) < len(first) or not self.core_alone:
            little = None if seconds is None else CORE_LEAST
            self.core_alone = holds_alone(problem, run, little, core)
        self.core = tuple(core.tolist())

    def ask(self, solver: Backend, run: Run) -> None:
        """Let an exact backend answer; its orders are verified, its claims compared with them."""
        self.backend = solver.name
        problem = self.problem
        if self.allowance is not None:
            problem = problem.within(self.allowance)
        run.start = self.best.order if self.best is not None else None
        run.lower = -(-self.lower // problem.tick)

        def report(lower: int, order: Sequence[int] | None, nodes: int) -> None:
            if self.on_progress is None:  # then only the last counts, if there comes no other
                known = None if self.unread is None else self.unread[2]
                self.unread = (problem.tick, lower, known if order is None else order, nodes)
            else:
                self.learn(problem.tick, lower, order, nodes)
                self.tell()

        run.report, run.watched = report, self.on_progress is not None
        self.tell()
        outcome = answer(solver, problem, run)
        self.learn(problem.tick, outcome.lower, outcome.order, outcome.nodes)
        self.tell()
        self.conclude(outcome)

    def learn(self, tick: int, lower: int, order: Sequence[int] | None, nodes: int) -> None:
        """Take up a backend's news, which come in units of ``tick``."""
        if order is not None and (self.best is None or tuple(order) != self.best.order):
            self.offer(order)
        if not self.decision:
            self.lower = max(self.lower, lower * tick)
        self.nodes, self.unread = nodes, None

    def tell(self) -> None:
        """Hand the bracket to whoever follows the run."""
        if self.on_progress is not None:
            seconds = self.watch.seconds
            order = None if self.best is None else self.best.order
            self.on_progress(Progress(self.lower, self.upper, self.nodes, seconds, order))

    def conclude(self, outcome: Outcome) -> None:
        """Take up a backend's final word.

        Raises
        ------
        RuntimeError
            If the verifier contradicts the claim: a defect in the backend.
        """
        self.infeasible = outcome.status is Status.INFEASIBLE
        claim_holds = {
            Status.OPTIMAL: self.upper == self.lower,
            Status.INFEASIBLE: self.witness is None,
            Status.FEASIBLE: self.witness is not None if self.decision else self.best is not None,
            Status.UNKNOWN: True,
        }
        crossed = self.upper is not None and self.lower > self.upper
        if crossed or not claim_holds[outcome.status]:
            raise RuntimeError(
                f"backend {self.backend} claims {outcome.status} on {self.instance.name}, but the "
                f"verifier finds the bracket {self.lower} to {self.upper}; please report this"
            )

    def result(self) -> Result:
        """The answer so far."""
        if self.unread is not None:
            self.learn(*self.unread)
        if self.best is None and not self.decision:  # the limit came before any order
            self.offer(self.instance.by_age.tolist())
        if self.decision:
            if self.witness is not None:
                status = Status.FEASIBLE
            elif self.infeasible:
                status = Status.INFEASIBLE
            else:
                status = Status.UNKNOWN if self.relaxed is None else Status.RELAXED
        elif self.settled:
            status = Status.OPTIMAL
        else:
            status = Status.UNKNOWN if self.best is None else Status.FEASIBLE
        lower = self.lower
        if self.infeasible and self.bound is not None:
            lower = max(lower, self.bound + 1)
        return Result(
            instance=self.instance,
            status=status,
            schedule=(self.witness or self.relaxed) if self.decision else self.best,
            lower_bound=lower,
            upper_bound=self.upper,
            core=self.core,
            core_alone=self.core_alone,
            backend=self.backend,
            seconds=self.watch.seconds,
            compile_seconds=self.watch.compiling,
            nodes=self.nodes,
            ttft_bound=self.bound,
            decision=self.decision,
            enough=self.instance.n if self.decision and self.enough is None else self.enough,
            promise=self.enough is not None,
            interrupted=self.interrupted,
        )

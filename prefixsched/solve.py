"""The facade: one question in, one verified answer out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Literal

import numpy as np

from prefixsched.asked import allowance_of, enough_of
from prefixsched.bounds.visits import refuted_by_visits, visit_bound
from prefixsched.bounds.work import work_bound
from prefixsched.errors import InputError
from prefixsched.exact.backend import Backend, Outcome, Run
from prefixsched.exact.core import infeasible_core
from prefixsched.exact.dp.quick import starts_itself
from prefixsched.exact.lru import MOST, answer, climbing_seconds, other_caches, problem_of
from prefixsched.exact.lruproblem import LruProblem
from prefixsched.exact.problem import MAX_MATRIX, Problem
from prefixsched.exact.stream import stretch_bound
from prefixsched.heuristics.known import VISITS, known_orders
from prefixsched.heuristics.local_search import improve
from prefixsched.heuristics.regroup import improve_visits
from prefixsched.instance import Cache, Instance
from prefixsched.objectives.objective import Objective
from prefixsched.objectives.optimise import check_question, optimise
from prefixsched.prompts import IntArray
from prefixsched.registry import create
from prefixsched.result import Progress, Result, Status
from prefixsched.schedule import Schedule, evaluate

CORE_SECONDS, CORE_LEAST = 5.0, 0.3
"""Time for a core: as much again as the refutation took, and between these limits.

Under a node limit it ends by the number of parts alone.
"""
IMPROVE_SHARE = 0.6
"""Share of the time that local search of a long stream takes, one half of it on visits."""

OnProgress = Callable[[Progress], None]


def solve(
    instance: Instance,
    *,
    ttft: int | Literal["own"] | None = None,
    objective: str = "max",
    relax: Fraction | Decimal | int | None = None,
    backend: str = "auto",
    time_limit: float | None = None,
    threads: int = 2,
    seed: int = 0,
    max_nodes: int | None = None,
    memory: int | None = None,
    start: Sequence[int] | None = None,
    on_progress: OnProgress | None = None,
) -> Result:
    """Find the least possible largest TTFT or the best of another objective, or decide a bound.

    Parameters
    ----------
    instance
        The stream of queries.
    ttft
        None to minimise; a number of ticks to decide TTFT ≤ ``ttft`` for all;
        ``"own"`` to decide with the queries' own allowances. Goodput counts who meets it.
    objective
        ``max``; ``percentile:Q``, the least T that at least ⌈Q n / 100⌉ queries meet;
        ``goodput``, the most queries that meet ``ttft``; or ``mean``. A query that
        misses is served all the same.
    relax
        A share p of 0 to 1, for the relaxed decision: either a schedule in which
        at least (1 - p) n queries meet ``ttft`` (status ``relaxed``, or
        ``feasible`` where all do), or a proof that no schedule lets all of them
        meet it (``infeasible``). A policy's schedule often settles it at once.
    backend
        ``auto`` (policies give an upper bound, trie work a lower one, an exact
        backend closes the gap), or a registered backend as ``name`` or
        ``name:key=value``, which then has to answer by itself.
    time_limit
        Seconds; None for no limit.
    threads, seed, max_nodes
        Handed to the backend.
    memory
        Bytes that a search may take; a third of the machine's where not given.
    start
        A known order of all queries, for the first upper bound.
    on_progress
        Called with each new bracket.

    Returns
    -------
    Result
        Its schedule was evaluated by the verifier, not by the backend. An
        interrupt (Ctrl-C) ends the run with the best bracket so far.

    Raises
    ------
    InputError
        If an argument doesn't fit the instance.
    """
    if time_limit is not None and not time_limit >= 0:
        raise InputError(f"time limit: {time_limit}; give 0 or more seconds")
    if threads < 1:
        raise InputError(f"threads: {threads}; give 1 or more")
    solver: Backend | None = None if backend == "auto" else create("backends", backend)
    deadline = None if time_limit is None else time.monotonic() + time_limit
    run = Run(deadline, threads, seed, max_nodes)
    if memory is not None:
        run.memory = memory
    goal = Objective.parse(objective)
    if goal.kind != "max":
        check_question(goal, bounded=ttft is not None, relaxed=relax is not None, backend=backend)
        return optimise(
            instance,
            goal,
            ttft=ttft if isinstance(ttft, int) else None,
            allowance=allowance_of(instance, ttft),
            run=run,
            start=start,
            on_progress=on_progress,
        )
    question = _Question(instance, ttft, relax, on_progress)
    try:
        if relax is None and question.bound_answers(quick=solver is None):
            question.find_core(run)
            return question.result()
        question.try_orders(start, solver)
        if question.relaxed is not None:
            return question.result()
        if relax is not None and question.bound_answers(quick=solver is None):
            return question.result()
        question.bound_visits()
        if solver is None and question.settled:
            return question.result()
        if solver is None and instance.cache is Cache.LRU:
            question.ask_other_caches(run)
            if not question.settled and instance.n <= MOST:
                question.ask(create("backends", "dp"), run)
        elif solver is None and instance.n > MAX_MATRIX:
            question.follow_stream(run)
        else:
            question.ask(create("backends", "dp") if solver is None else solver, run)
        if question.infeasible and question.backend in ("bounds", "dp"):
            question.find_core(run)
    except KeyboardInterrupt:
        question.interrupted = True  # the bracket so far is the answer, and its status says so
    return question.result()


class _Question:
    """One question about an instance, and the best answer so far; times in ticks."""

    def __init__(
        self,
        instance: Instance,
        ttft: int | Literal["own"] | None,
        relax: Fraction | Decimal | int | None,
        on_progress: OnProgress | None,
    ) -> None:
        self.began = time.monotonic()
        self.instance = instance
        self.allowance = allowance_of(instance, ttft)
        self.asked = ttft
        self.bound = ttft if isinstance(ttft, int) else None
        self.enough = enough_of(instance, relax, decision=self.allowance is not None)
        self.on_progress = on_progress
        self.work = work_bound(instance)
        self.lower = self.work.ticks
        self.best: Schedule | None = None
        self.witness: Schedule | None = None
        self.relaxed: Schedule | None = None
        self.infeasible = False
        self.core: tuple[int, ...] | None = None
        self.backend = "bounds"
        self.nodes = 0
        self.interrupted = False
        self.unread: tuple[int, int, Sequence[int] | None, int] | None = None

    @property
    def decision(self) -> bool:
        return self.allowance is not None

    @cached_property
    def problem(self) -> Problem | LruProblem:
        """What a backend sees: made once for the search and for a core."""
        return problem_of(self.instance)

    @property
    def upper(self) -> int | None:
        return None if self.best is None else self.best.max_ttft

    @property
    def settled(self) -> bool:
        if self.decision:
            return self.infeasible or self.witness is not None
        return self.upper is not None and self.upper == self.lower

    def bound_answers(self, *, quick: bool) -> bool:
        """Whether work or visits alone refute the bound asked for; ``quick`` allows it to."""
        if not quick or self.bound is None:
            return False
        if self.lower > self.bound:
            self.core = self.work.queries
        elif self.instance.n >= VISITS:
            self.core = refuted_by_visits(self.instance, self.bound)
        self.infeasible = self.core is not None
        return self.infeasible

    def bound_visits(self) -> None:
        """Raise the lower bound of a minimisation by visits."""
        if self.upper is not None and self.instance.n >= VISITS and not self.decision:
            self.lower = visit_bound(self.instance, self.lower, self.upper).ticks

    def try_orders(self, start: Sequence[int] | None, solver: Backend | None) -> None:
        """Offer a start and known orders, best first, until no other can be of use."""
        if start is not None:
            self.offer(start)
        for order in self.first_orders(solver):
            if self.settled:
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
        self._rearrange(run, seconds, improve_visits)
        self._rearrange(run, seconds)
        if self.settled or self.best is None:
            return
        found = stretch_bound(self.instance, self.best.order, self.lower, run)
        if found is not None:
            self.lower = found.ticks
            self.tell()
            if self.bound is not None and self.lower > self.bound:
                self.infeasible, self.core = True, tuple(found.queries.tolist())
        if run.remaining and not self.settled:
            self._rearrange(run, run.remaining)

    def _rearrange(
        self, run: Run, seconds: float | None, search: Callable[..., IntArray] = improve
    ) -> None:
        """Local search on the best order."""
        if self.best is None or self.settled:
            return
        order = search(
            self.instance,
            self.best.order,
            deadline=None if seconds is None else time.monotonic() + seconds,
            seed=run.seed,
            max_moves=run.max_nodes,
            enough=max(self.lower, self.bound or 0),
        )
        self.offer(order.tolist())
        self.tell()

    def ask_other_caches(self, run: Run) -> None:
        """Learn from other caches what ``lru`` can't do, and good orders, each in half the time."""
        for other in other_caches(self.instance):
            if self.settled:
                return
            half = None if run.remaining is None else run.remaining / 2
            found = solve(other, ttft=self.asked, time_limit=half, **run.limits)
            if other.cache is Cache.UNBOUNDED:
                self.infeasible = found.status is Status.INFEASIBLE
                self.lower = max(self.lower, found.lower_bound or 0)
            if found.schedule is not None:
                self.offer(found.schedule.order)
        if not self.settled:
            self._rearrange(run, climbing_seconds(self.instance, run))

    def find_core(self, run: Run) -> None:
        """Look for a few queries that show why the deadlines can't be met."""
        lru = self.instance.cache is Cache.LRU  # where subsets find other things cached
        if self.allowance is None or lru or self.instance.n > MAX_MATRIX:
            return
        problem = self.problem.within(self.allowance)
        assert isinstance(problem, Problem)
        spent = time.monotonic() - self.began
        seconds = min(CORE_SECONDS, CORE_LEAST + spent) if run.max_nodes is None else None
        first = None if self.core is None else np.array(self.core)
        self.core = tuple(infeasible_core(problem, run, seconds, first).tolist())

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

        run.report = report
        self.tell()
        outcome = answer(solver, problem, run)
        self.unread = None
        self.learn(problem.tick, outcome.lower, outcome.order, outcome.nodes)
        self.conclude(outcome)

    def learn(self, tick: int, lower: int, order: Sequence[int] | None, nodes: int) -> None:
        """Take up a backend's news, which come in units of ``tick``."""
        if order is not None and (self.best is None or tuple(order) != self.best.order):
            self.offer(order)
        if not self.decision:
            self.lower = max(self.lower, lower * tick)
        self.nodes = nodes

    def tell(self) -> None:
        """Hand the bracket to whoever follows the run."""
        if self.on_progress is not None:
            seconds = time.monotonic() - self.began
            self.on_progress(Progress(self.lower, self.upper, self.nodes, seconds))

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
            backend=self.backend,
            seconds=time.monotonic() - self.began,
            nodes=self.nodes,
            ttft_bound=self.bound,
            decision=self.decision,
            interrupted=self.interrupted,
        )

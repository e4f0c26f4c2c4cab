"""The least largest TTFT, and decisions whether all queries can keep to theirs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.bounds.interval import IntervalBound
from prefixsched.bounds.late_stack_distance import LateStackDistance
from prefixsched.bounds.recomputation import recomputation_bound, refuted_by_recomputation
from prefixsched.bounds.stack_distance import refuted_by_stack_distance, stack_distance_bound
from prefixsched.bounds.work import work_bound
from prefixsched.exact.backend import Backend, BestOrder, Outcome
from prefixsched.exact.dp.bitset_stage import starts_itself
from prefixsched.exact.incumbent import Incumbent
from prefixsched.exact.lru import MAX_QUERIES, answer, climbing_seconds, other_caches, problem_of
from prefixsched.exact.lru_problem import LruProblem
from prefixsched.heuristics.family_batches import improve_family_batches
from prefixsched.heuristics.local_search import improve
from prefixsched.heuristics.lru import improve_lru
from prefixsched.heuristics.start_orders import BATCHING_FROM, known_orders
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.problem import MAX_MATRIX, Problem
from prefixsched.model.status import Status
from prefixsched.offline.critical_stretch import stretch_bound
from prefixsched.offline.incumbent import Verified
from prefixsched.offline.infeasible_core import holds_alone, infeasible_core
from prefixsched.offline.result import Result
from prefixsched.runtime.limits import Limits

CORE_SECONDS, ALONE_SECONDS = 5.0, 1.0
"""Time to cut a core down, and to see whether it holds whatever the others do.

Most end sooner, as nothing more can be left out: those of 20 queries after 1 s, of 48 after 3 s.
Under a node limit both end by the number of parts alone.
"""
IMPROVE_SHARE = 0.6
"""Share of the time that local search of a long stream takes, one half of it on family batches."""
BATCHES_FROM, BATCHES_SHARE = 300, 1 / 8
"""Queries from which a search by proofs begins with this share of the time on family batches: of
1,000 of RASQ at load 0.9 the gap is then 4 % after 20 s, and 14 % without."""
RECOMPUTATION_SHARE = 1 / 8
"""Share of the time for gaps with the cache ``lru``: a thousand queries take 0.3 s."""
OTHER_CACHES_SHARE = 0.2
"""Share of the time left for what each other cache says of ``lru``."""

Ask = Callable[[Instance, Limits], Result]
"""The same question of the stream with another cache."""


class MaxTtft:
    """Bounds, known orders and an exact backend, in turn, until the question is settled.

    Parameters
    ----------
    incumbent
        What is known of the answer.
    limits
        Of all steps together.
    solver
        The backend that has to answer; None to choose.
    """

    def __init__(self, incumbent: Verified, limits: Limits, solver: Backend | None) -> None:
        self.incumbent = incumbent
        self.question = incumbent.question
        self.instance = incumbent.instance
        self.limits = limits
        self.solver = solver
        self.work = IntervalBound(0, self.instance.by_age[:0])
        self.inner: BestOrder | None = None

    @cached_property
    def problem(self) -> Problem | LruProblem:
        """What a backend sees: made once for the search and for a core."""
        return problem_of(self.instance)

    def close(self, dp: Backend, ask: Ask) -> None:
        """Settle the question as far as limits allow.

        Parameters
        ----------
        dp
            The exact search that is asked where no backend has to answer.
        ask
            Asks the same of the stream with another cache.
        """
        incumbent, limits, quick = self.incumbent, self.limits, self.solver is None
        # A search among very few queries takes no longer than the work bound.
        if quick or self.question.decision or not starts_itself(self.instance, self.solver):
            self.bound_work()
        if not self.question.promise and self.bound_answers(quick=quick):
            self.find_core()
            return
        self.try_orders()
        if self.question.promise and (incumbent.answer or self.bound_answers(quick=quick)):
            return
        self.bound_recomputation()
        if quick and incumbent.settled:
            return
        if quick and self.instance.cache is Cache.LRU:
            self.compare_caches(ask)
            if not incumbent.settled and self.instance.n <= MAX_QUERIES:
                self.search(dp)
        elif quick and self.instance.n > MAX_MATRIX:
            self.follow_stream()
        else:
            if quick and self.instance.n >= BATCHES_FROM:
                self.rearrange(limits.part(BATCHES_SHARE), improve_family_batches)
            self.search(dp if self.solver is None else self.solver)
        if incumbent.infeasible and incumbent.backend in ("bounds", "dp"):
            self.find_core()
        if not incumbent.settled and not len(self.work.queries):
            self.bound_work()

    def bound_work(self) -> None:
        """Raise the lower bound by the work that is there."""
        self.work = work_bound(self.instance)
        self.incumbent.raise_bound(self.work.ticks, self.work.reason(self.instance))

    def bound_answers(self, *, quick: bool) -> bool:
        """Whether bounds alone refute the TTFT asked for; ``quick`` allows them to."""
        incumbent, ttft = self.incumbent, self.question.ttft
        if not quick or ttft is None:
            return False
        if incumbent.bound > ttft:
            incumbent.core, incumbent.core_alone = self.work.queries, True  # without deadlines
        elif self.instance.cache is Cache.LRU:
            incumbent.core = refuted_by_stack_distance(self.instance, ttft)
        elif self.instance.n >= BATCHING_FROM:
            incumbent.core = refuted_by_recomputation(self.instance, ttft)
        incumbent.infeasible = incumbent.core is not None
        return incumbent.infeasible

    def bound_recomputation(self) -> None:
        """Raise the lower bound of a minimisation by prefixes that are computed again."""
        incumbent, upper = self.incumbent, self.incumbent.value
        if upper is None or self.question.decision:
            return
        if self.instance.cache is Cache.LRU:
            bound = stack_distance_bound
        elif self.instance.n >= BATCHING_FROM:
            bound = recomputation_bound
        else:
            return
        found = bound(self.instance, incumbent.bound, upper)
        incumbent.raise_bound(found.ticks, found.reason(self.instance))
        if self.instance.cache is Cache.LRU and self.instance.n <= MAX_MATRIX:
            gaps = LateStackDistance(self.instance, self.limits.slice(RECOMPUTATION_SHARE))
            for ticks, proof in gaps.rising(0, incumbent.bound, upper):
                incumbent.raise_bound(ticks, proof)

    def try_orders(self) -> None:
        """Offer known orders, best first, until no other can be of use."""
        incumbent, few = self.incumbent, starts_itself(self.instance, self.solver)
        if few and not self.question.promise:  # the search makes its own in less time
            by_age = self.solver is None or self.question.decision
            orders = [self.instance.by_age.tolist()] if by_age else []
        else:
            orders = known_orders(self.instance)
        for order in orders:
            if incumbent.settled or (self.limits.expired and incumbent.best is not None):
                break
            incumbent.offer_order(order)
            if not self.question.decision:
                break  # the rest is worse

    def follow_stream(self) -> None:
        """Work on the stretch that decides a long stream: rearrange it, bound it, and go on."""
        incumbent, limits = self.incumbent, self.limits
        incumbent.backend = "stretch"
        half = limits.slice(IMPROVE_SHARE / 2).remaining
        self.rearrange(limits.slice(seconds=half), improve_family_batches)
        self.rearrange(limits.slice(seconds=half))
        if incumbent.settled or incumbent.best is None:
            return
        found = stretch_bound(self.instance, incumbent.order, incumbent.bound, limits)
        if found is not None:
            incumbent.raise_bound(found.ticks)
            if self.question.ttft is not None and incumbent.bound > self.question.ttft:
                incumbent.infeasible, incumbent.core = True, tuple(found.queries.tolist())
        if limits.remaining:
            self.rearrange(limits)

    def rearrange(self, limits: Limits, search: Callable[..., IntArray] = improve) -> None:
        """Local search on the best order."""
        incumbent = self.incumbent
        if incumbent.best is None or incumbent.settled:
            return
        order = search(
            self.instance,
            incumbent.order,
            deadline=limits.deadline,
            seed=limits.seed,
            max_moves=limits.max_nodes,
            enough=max(incumbent.bound, self.question.ttft or 0),
        )
        incumbent.offer_order(order.tolist())

    def compare_caches(self, ask: Ask) -> None:
        """Learn from other caches what ``lru`` can't do, and orders, and then search further."""
        incumbent = self.incumbent
        for other in other_caches(self.instance):
            if incumbent.settled:
                return
            found = ask(other, self.limits.slice(OTHER_CACHES_SHARE))
            if other.cache is Cache.UNBOUNDED:
                incumbent.infeasible = found.status is Status.INFEASIBLE
                incumbent.raise_bound(found.lower_bound or 0, found.reason)
            if found.schedule is not None:
                incumbent.offer_order(found.schedule.order)
        self.search_lru_orders()

    def search_lru_orders(self) -> None:
        """Offer ever better orders with the cache ``lru`` while there is time."""
        incumbent, limits = self.incumbent, self.limits
        if incumbent.best is None or incumbent.settled:
            return
        limits = limits.slice(seconds=climbing_seconds(self.instance, limits))
        for order in improve_lru(
            self.instance,
            incumbent.order,
            deadline=limits.deadline,
            seed=limits.seed,
            max_moves=limits.max_nodes,
            enough=max(incumbent.bound, self.question.ttft or 0),
            threads=limits.threads,
        ):
            incumbent.offer_order(order.tolist())
            if incumbent.settled:
                break

    def find_core(self) -> None:
        """Look for a few queries that show why the deadlines can't be met."""
        incumbent, limits, allowance = self.incumbent, self.limits, self.question.allowance
        lru = self.instance.cache is Cache.LRU  # where subsets find other things cached
        if allowance is None or lru or self.instance.n > MAX_MATRIX:
            return
        problem = self.problem.within(allowance)
        assert isinstance(problem, Problem)
        counted = limits.max_nodes is not None
        seconds = None if counted else CORE_SECONDS
        first = None if incumbent.core is None else np.array(incumbent.core)
        core = infeasible_core(problem, limits, seconds, first)
        if first is None or len(core) < len(first) or not incumbent.core_alone:
            little = None if counted else ALONE_SECONDS
            incumbent.core_alone = holds_alone(problem, limits, little, core)
        incumbent.core = tuple(core.tolist())

    def search(self, solver: Backend) -> None:
        """Let an exact backend answer; its orders are verified, its claims compared with them."""
        incumbent, question, problem = self.incumbent, self.question, self.problem
        incumbent.backend = solver.name
        if question.allowance is not None:
            problem = problem.within(question.allowance)
        self.inner = inner = Incumbent(
            problem.max_flow,
            -(-incumbent.bound // problem.tick),
            on_change=self.learn if incumbent.watched else lambda: None,
            watched=incumbent.watched,
        )
        if incumbent.best is not None:
            inner.begin(incumbent.order, incumbent.best.max_ttft // problem.tick)
        incumbent.on_change()
        try:
            outcome = answer(solver, problem, self.limits, inner)
        finally:  # what is known counts, however the search ends
            self.learn()
        self._update(outcome.order, outcome.lower, outcome.nodes)
        self._conclude(outcome)

    def learn(self) -> None:
        """Take up what the backend at work has found so far."""
        assert self.inner is not None
        self._update(self.inner.best, self.inner.bound, self.inner.nodes)

    def _update(self, order: Sequence[int] | None, lower: int, nodes: int) -> None:
        """Take up a backend's news, which come in its own units of time."""
        incumbent = self.incumbent
        if order is not None and incumbent.best is not None and tuple(order) == incumbent.order:
            order = None  # it was verified
        bound = 0 if self.question.decision else lower * self.problem.tick
        incumbent.nodes = nodes
        incumbent.update(order, bound)

    def _conclude(self, outcome: Outcome) -> None:
        """Take up a backend's final word.

        Raises
        ------
        RuntimeError
            If the verifier contradicts the claim: a defect in the backend.
        """
        incumbent, decision = self.incumbent, self.question.decision
        incumbent.infeasible = outcome.status is Status.INFEASIBLE
        all_on_time = incumbent.on_time == self.instance.n
        claim_holds = {
            Status.OPTIMAL: incumbent.closed,
            Status.INFEASIBLE: not all_on_time,
            Status.FEASIBLE: all_on_time if decision else incumbent.best is not None,
            Status.UNKNOWN: True,
        }
        if not claim_holds[outcome.status]:
            raise RuntimeError(
                f"backend {incumbent.backend} claims {outcome.status} on {self.instance.name}, but "
                f"the verifier finds the bracket {incumbent.bound} to {incumbent.value}; please "
                "report this"
            )

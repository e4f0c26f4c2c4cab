"""The backend ``didp``: domain-independent dynamic programming, a third opinion.

The model is that of the TSPTW in the DIDP literature (Kuroiwa and Beck, "Solving
Domain-Independent Dynamic Programming Problems with Anytime Heuristic Search",
ICAPS 2023): unserved set, last query, time; solved by complete anytime beam
search (CABS). The package ``didppy`` is optional.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from prefixsched.exact.backend import BestOrder, Outcome, beginning
from prefixsched.exact.child_process import search_apart, serve
from prefixsched.model.errors import InputError
from prefixsched.model.problem import Problem
from prefixsched.model.status import Status
from prefixsched.runtime.limits import Limits

MAX_TIME = 2**31 - 1
"""didppy computes in 32-bit integers."""
HERE = 0.3
"""Seconds of search in this process, where nothing can end it, before one of its own begins."""


@dataclass(frozen=True)
class News:
    """What the search has found so far: times and bounds are those of its problem."""

    order: list[int] | None = None
    bound: int = 0
    nodes: int = 0
    optimal: bool = False
    infeasible: bool = False
    timed_out: bool = False

    def after(self, later: News) -> News:
        """What is known once ``later`` came, which may have no order of its own."""
        order = self.order if later.order is None else later.order
        return replace(later, order=order, bound=max(self.bound, later.bound))


class Didp:
    """CABS on (unserved set, last query, time), time the resource that dominates.

    ``max_nodes`` ends the search at the first beam that passes it, so runs with
    one thread repeat.
    """

    name = "didp"

    def __init__(self) -> None:
        try:
            import didppy
        except ModuleNotFoundError as error:
            raise InputError(
                "backend didp: didppy isn't installed; pip install '.[didp]' in a checkout"
            ) from error
        self._dp: Any = didppy

    def solve(
        self, problem: Problem, limits: Limits, incumbent: BestOrder | None = None
    ) -> Outcome:
        """Decide or minimise within limits."""
        if problem.horizon > MAX_TIME:
            raise InputError(
                f"backend didp: times reach {problem.horizon} after scaling, past 2^31; use cpsat"
            )
        incumbent, best = beginning(problem, incumbent), News()
        left = limits.remaining
        here = HERE if left is None else min(HERE, left)
        for news in self.search(problem, here, limits.threads, limits.max_nodes):
            best = best.after(news)
        if best.timed_out and not limits.expired:
            best = News()
            told = (problem, limits.remaining, limits.threads, limits.max_nodes)
            for news in search_apart("prefixsched.exact.didp", told, lambda: limits.expired):
                best = best.after(news)
                if problem.due is None:
                    incumbent.nodes = best.nodes
                    incumbent.raise_bound(best.bound)
                    if best.order is not None:
                        incumbent.offer(best.order)
        return _outcome(problem, best, incumbent)

    def search(
        self, problem: Problem, seconds: float | None, threads: int, max_nodes: int | None
    ) -> Iterator[News]:
        """Search in this thread, which hears nothing meanwhile; yields what it finds."""
        solver = self._dp.CABS(
            self._model(problem),
            f_operator=self._dp.FOperator.Max,
            threads=threads,
            time_limit=seconds,
            quiet=True,
        )
        ended = False
        while not ended:
            solution, ended = solver.search_next()
            order = [int(step.name) for step in solution.transitions] or None
            ended |= max_nodes is not None and solution.expanded >= max_nodes
            ended |= problem.due is not None and order is not None
            yield News(
                order,
                solution.best_bound or 0,
                solution.expanded,
                solution.is_optimal,
                solution.is_infeasible,
                solution.time_out,
            )

    def _model(self, problem: Problem) -> Any:
        dp, n = self._dp, problem.n
        model = dp.Model()
        query = model.add_object_type(number=n + 1)
        unserved = model.add_set_var(object_type=query, target=list(range(n)))
        last = model.add_element_var(object_type=query, target=n)
        time = model.add_int_resource_var(target=0, less_is_better=True)
        rows = [[*row, 0] for row in problem.setup.tolist()]
        setup = model.add_int_table(rows)
        served = model.add_set_var(object_type=query, target=[n]) if problem.unbounded else None
        before: dict[int, int] = {j: i for i, j in problem.precedences}
        release, least = problem.release.tolist(), problem.least_setup.tolist()
        model.add_base_case([unserved.is_empty()])
        for j in range(n):
            cost = setup[last, j] if served is None else setup.min(served, j)
            if problem.anticipatory:
                end = dp.max(time + cost, release[j])
                soonest = dp.max(time + least[j], release[j])
            else:
                end = dp.max(time, release[j]) + cost
                soonest = dp.max(time, release[j]) + least[j]
            effects = [(unserved, unserved.remove(j)), (last, j), (time, end)]
            if served is not None:
                effects.append((served, served.add(j)))
            conditions = [unserved.contains(j)]
            if j in before:
                conditions.append(~unserved.contains(before[j]))
            state_cost = dp.IntExpr.state_cost()
            if problem.due is None:
                state_cost = dp.max(end - release[j], state_cost)
                bound = unserved.contains(j).if_then_else(soonest - release[j], 0)
                model.add_dual_bound(bound)
            else:
                due = min(int(problem.due[j]), problem.horizon)
                conditions.append(end <= due)
                model.add_state_constr(~unserved.contains(j) | (soonest <= due))
            model.add_transition(
                dp.Transition(
                    name=str(j), cost=state_cost, effects=effects, preconditions=conditions
                )
            )
        return model


def _outcome(problem: Problem, best: News, incumbent: BestOrder) -> Outcome:
    """The search's last word in ours."""
    if problem.due is not None:
        if best.order is not None:
            return Outcome(Status.FEASIBLE, best.order, nodes=best.nodes)
        status = Status.INFEASIBLE if best.infeasible else Status.UNKNOWN
        return Outcome(status, None, nodes=best.nodes)
    if best.optimal and best.order is not None:
        upper = problem.max_flow(best.order)
        return Outcome(Status.OPTIMAL, best.order, upper, best.nodes)
    order, lower = incumbent.best if best.order is None else best.order, incumbent.bound
    if order is None:
        return Outcome(Status.UNKNOWN, None, lower, best.nodes)
    lower = min(max(lower, best.bound), problem.max_flow(order))
    return Outcome(Status.FEASIBLE, order, lower, best.nodes)


if __name__ == "__main__":
    # Under its importable name, so that what is pickled here can be read there.
    from prefixsched.exact import didp  # noqa: PLW0406

    serve(didp.Didp().search)

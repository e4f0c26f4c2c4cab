"""The backend ``didp``: domain-independent dynamic programming, a third opinion.

The model is that of the TSPTW in the DIDP literature (Kuroiwa and Beck, "Solving
Domain-Independent Dynamic Programming Problems with Anytime Heuristic Search",
ICAPS 2023): unserved set, last query, time; solved by complete anytime beam
search (CABS). The package ``didppy`` is optional.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefixsched.errors import InputError
from prefixsched.exact.backend import Outcome, Run
from prefixsched.exact.problem import Problem
from prefixsched.result import Status

MAX_TIME = 2**31 - 1
"""didppy computes in 32-bit integers."""


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

    def solve(self, problem: Problem, run: Run) -> Outcome:
        """Decide or minimise within the limits of ``run``."""
        if problem.horizon > MAX_TIME:
            raise InputError(
                f"backend didp: times reach {problem.horizon} after scaling, past 2^31; use cpsat"
            )
        solver = self._dp.CABS(
            self._model(problem),
            f_operator=self._dp.FOperator.Max,
            threads=run.threads,
            time_limit=run.remaining,
            quiet=True,
        )
        order: list[int] | None = None
        lower, nodes = run.lower, 0
        while True:
            solution, ended = solver.search_next()
            nodes = solution.expanded
            if solution.transitions:
                order = [int(step.name) for step in solution.transitions]
            if problem.due is None:
                if solution.best_bound is not None:
                    lower = max(lower, solution.best_bound)
                run.report(lower, order, nodes)
            stop = run.max_nodes is not None and nodes >= run.max_nodes
            if ended or stop or (problem.due is not None and order is not None):
                break
        return _outcome(problem, solution, order, run.start, lower, nodes)

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


def _outcome(
    problem: Problem,
    solution: Any,
    order: list[int] | None,
    start: Sequence[int] | None,
    lower: int,
    nodes: int,
) -> Outcome:
    """The solver's last word in ours."""
    if problem.due is not None:
        if order is not None:
            return Outcome(Status.FEASIBLE, order, lower, nodes)
        status = Status.INFEASIBLE if solution.is_infeasible else Status.UNKNOWN
        return Outcome(status, None, lower, nodes)
    if order is None:
        order = None if start is None else list(start)
    if order is None:
        return Outcome(Status.UNKNOWN, None, lower, nodes)
    if solution.is_optimal:
        return Outcome(Status.OPTIMAL, order, problem.max_flow(order), nodes)
    return Outcome(Status.FEASIBLE, order, min(lower, problem.max_flow(order)), nodes)

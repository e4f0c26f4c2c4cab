"""The goodput: the most queries that meet their deadlines; or whether enough of them can."""

from __future__ import annotations

from prefixsched.model.problem import Problem
from prefixsched.offline.incumbent import Verified
from prefixsched.offline.tardy_set import TardySets
from prefixsched.runtime.limits import Limits

EFFORTS = (0, 1, 2, 3, None)
"""Levels of work for one decision; the last ends with the answer."""


def most_on_time(incumbent: Verified, problem: Problem, limits: Limits) -> None:
    """Close the interval of ``incumbent``, which holds an order, as far as limits allow.

    Asks whether one fewer can miss than in the best schedule, until the answer is no. It
    ends: each answer lets one fewer miss, or closes the bracket, and else comes more effort.
    A decision asks for as many as are ``enough``, until there is any answer.

    Parameters
    ----------
    incumbent
        What is known.
    problem
        Its queries, without deadlines.
    limits
        Of all decisions together.
    """
    question = incumbent.question
    assert question.allowance is not None
    problem = problem.within(question.allowance)  # without one, a query is always on time
    assert problem.due is not None
    n = problem.n

    def hear(least: int) -> None:
        incumbent.nodes = tardy.limits.nodes
        incumbent.raise_bound(n - least)
        incumbent.on_change()

    tardy = TardySets(problem, limits, hear)
    for effort in EFFORTS:
        while not incumbent.settled and not tardy.limits.spent:
            assert incumbent.value is not None
            wanted = incumbent.value + 1 if question.enough is None else question.enough
            verdict = tardy.decide(problem.due, n - wanted, incumbent.order, effort)
            incumbent.nodes = tardy.limits.nodes
            incumbent.raise_bound(n - verdict.least)
            if verdict.order is None:
                break
            incumbent.offer_order(verdict.order)

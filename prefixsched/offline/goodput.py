"""The goodput: the most queries that meet their deadlines; or whether enough of them can."""

from __future__ import annotations

from prefixsched.exact.backend import Run
from prefixsched.model.problem import Problem
from prefixsched.offline.incumbent import Pursuit
from prefixsched.offline.tardy_set import Misses

EFFORTS = (0, 1, 2, 3, None)
"""Levels of work for one decision; the last ends with the answer."""


def most_on_time(pursuit: Pursuit, problem: Problem, run: Run) -> None:
    """Close the bracket of ``pursuit``, which holds an order, as far as limits allow.

    Asks whether one fewer can miss than in the best schedule, until the answer is no. It
    ends: each answer lets one fewer miss, or closes the bracket, and else comes more effort.
    A pursuit of ``enough`` asks for as many as that, until there is any answer.

    Parameters
    ----------
    pursuit
        The bracket.
    problem
        The decision whether all can be on time; queries without a deadline always are.
    run
        Its limits.
    """
    assert problem.due is not None
    n = problem.n

    def hear(least: int) -> None:
        pursuit.nodes = misses.nodes
        pursuit.learn(n - least)
        pursuit.tell()

    misses = Misses(problem, run, hear)
    for effort in EFFORTS:
        while not pursuit.settled and not misses.over:
            assert pursuit.value is not None
            wanted = pursuit.value + 1 if pursuit.enough is None else pursuit.enough
            verdict = misses.decide(problem.due, n - wanted, pursuit.order, effort)
            pursuit.nodes = misses.nodes
            pursuit.learn(n - verdict.least)
            if verdict.order is None:
                break
            pursuit.offer(verdict.order)

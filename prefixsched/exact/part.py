"""What some of the queries need, whatever the others do: relaxed parts of a problem.

A subset that can't meet its deadlines does not prove that the whole can't: a
query outside it may warm the cache while the subset has nothing to do, and drop
out of the subset's own schedule only at a loss. A *part* allows for that help,
so that a part that can't meet its deadlines refutes the whole. Let i and c be
consecutive among the queries of the part, in any schedule of the whole, and let
w be the query just before c; q is the least set-up of c after any query.

*Potential cost, cache last.* From the end of i on the server computes at least
p(i, c) until c ends, by the triangle inequality along what lies between; and c
ends at r + q or later. So C ≥ max(C' + p(i, c), r + q): the part is a problem
with anticipatory set-up and releases r + q. Before its first query anything may
be cached, so that one only ends at r + q or later.

*Any other case.* c costs p(i, c), or what w outside the part leaves to do, or,
with an unbounded cache, the least over all that were served before. So
C ≥ max(C', r) + min(p(i, c), least set-up of c after a query outside): the part
is a problem with these set-ups.

Both drop the time that queries outside take, and both are exact for the part
that has all queries, but for the releases r + q; then the problem itself is used.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from prefixsched.exact.problem import Problem
from prefixsched.prompts import IntArray


def part_of(problem: Problem, queries: IntArray) -> Problem:
    """The part of ``problem`` that consists of ``queries``, with their deadlines.

    Parameters
    ----------
    problem
        A decision, or a minimisation whose parts are asked for deadlines of their own.
    queries
        ``[k]``; distinct queries; the part numbers them in that order.
    """
    if len(queries) == problem.n:
        return problem.permuted(queries)
    due = None if problem.due is None else problem.due[queries]
    rows = np.append(queries, problem.n)
    setup = problem.setup[np.ix_(rows, queries)]
    release = problem.release[queries]
    if problem.tree is not None and not problem.unbounded:
        return anticipating(problem, release + problem.least_setup[queries], setup, due)
    outside = np.delete(problem.setup[:-1], queries, axis=0)[:, queries]
    setup = np.minimum(setup, outside.min(axis=0)[None, :])
    np.fill_diagonal(setup, 0)
    return replace(problem, release=release, setup=setup, due=due, tree=None)


def anticipating(
    problem: Problem, earliest: IntArray, setup: IntArray, due: IntArray | None
) -> Problem:
    """The problem C = max(C' + p, ``earliest``), with anything cached at the start.

    Parameters
    ----------
    problem
        Gives the unit of time.
    earliest
        ``[k]``; no query ends before.
    setup
        ``[k + 1, k]``; the last row does not count.
    due
        ``[k]``; deadlines, or None.
    """
    setup = setup.copy()
    setup[-1] = 0
    return replace(
        problem,
        release=earliest,
        setup=np.ascontiguousarray(setup),
        due=due,
        unbounded=False,
        anticipatory=True,
        tree=None,
    )

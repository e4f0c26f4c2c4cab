"""What some of the queries need, whatever the others do: relaxed parts of a problem.

A subset that can't meet its deadlines does not prove that the whole can't: a
query outside it may warm the cache while the subset has nothing to do, and drop
out of the subset's own schedule only at a loss. A *part* allows for that help,
so that a part that can't meet its deadlines refutes the whole. Let i and c be
consecutive among the queries of the part, in any schedule of the whole, and let
q be the least set-up of c after any query outside.

*Potential cost, cache last.* From the end of i on the server computes at least
p(i, c) until c ends, by the triangle inequality along what lies between; and c
begins at r or later and then costs p(i, c), or at least q if a query outside
came after i. So C ≥ max(C' + p(i, c), r + min(p(i, c), q)); for the first
query of the part i is the empty cache.

*Any other case.* c costs p(i, c), or what a query outside leaves to do, or, with
an unbounded cache, the least over all that were served before. So
C ≥ max(C', r) + min(p(i, c), q): the part is a problem with these set-ups.

Both drop the time that queries outside take, and both are exact for the part
that has all queries.

*Who can help.* Let a schedule meet all deadlines, and w outside be served after i
and before c. Then w arrives by c's deadline. And if some query i' of the part is
due before c arrives, it was served before c, so not after i, and w ends no earlier
than i', not before r' + its least set-up. Any other w (with the cache ``last``)
doesn't count for q.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import IntArray
from prefixsched.model.problem import NO_DEADLINE, Problem


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
    rows = np.append(queries, problem.n)
    part = replace(
        problem,
        release=problem.release[queries],
        setup=np.ascontiguousarray(problem.setup[np.ix_(rows, queries)]),
        due=None if problem.due is None else problem.due[queries],
        tree=None
        if problem.tree is None
        else replace(problem.tree, node=problem.tree.node[queries]),
    )
    outside = np.delete(np.arange(problem.n), queries)
    helpers = problem.setup[np.ix_(outside, queries)]
    if problem.due is not None and not problem.unbounded:
        least = problem.least_setup[queries]
        helpers = np.where(
            can_help(problem.release[outside], problem.due[outside], part, least),
            helpers,
            NO_DEADLINE,
        )
    warm = helpers.min(axis=0)
    if problem.tree is not None and not problem.unbounded:
        helped = (warm < part.greatest_setup).any()
        return replace(part, warm=warm if helped else None)
    setup = np.minimum(part.setup, warm[None, :])
    np.fill_diagonal(setup, 0)
    return replace(part, setup=setup, tree=None)


def can_help(
    release: IntArray, due: IntArray, part: Problem, least: IntArray
) -> npt.NDArray[np.bool_]:
    """``[m, k]``; whether a query outside may come between, before each of the part.

    Parameters
    ----------
    release, due
        ``[m]``; of the queries outside.
    part
        Its queries' releases and deadlines.
    least
        ``[k]``; what each of the part costs at least, whatever was served before.
    """
    assert part.due is not None
    by_due = np.argsort(part.due, kind="stable")
    ended = np.maximum.accumulate((part.release + least)[by_due])
    count = np.searchsorted(part.due[by_due], part.release)  # due before it arrives
    since = np.where(count > 0, ended[np.maximum(count - 1, 0)], -NO_DEADLINE)
    helps: npt.NDArray[np.bool_] = (due[:, None] >= since) & (release[:, None] <= part.due)
    return helps

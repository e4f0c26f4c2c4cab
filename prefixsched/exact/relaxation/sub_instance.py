"""Sub-instances that relax a problem: some of its queries, whatever the others do.

A subset that can't meet its deadlines does not prove that the whole can't: a
query outside it may warm the cache while the subset has nothing to do, and drop
out of the subset's own schedule only at a loss. A *sub-instance* allows for that
help, so that one that can't meet its deadlines refutes the whole. Let i and c be
consecutive among the queries of the sub-instance, in any schedule of the whole, and let
q be the least set-up of c after any query outside.

*Potential cost, cache last.* From the end of i on the server computes at least
p(i, c) until c ends, by the triangle inequality along what lies between; and c
begins at r or later and then costs p(i, c), or at least q if a query outside
came after i. So C ≥ max(C' + p(i, c), r + min(p(i, c), q)); for the first
query of the sub-instance i is the empty cache.

*Any other case.* c costs p(i, c), or what a query outside leaves to do, or, with
an unbounded cache, the least over all that were served before. So
C ≥ max(C', r) + min(p(i, c), q): the sub-instance is a problem with these set-ups.

Both drop the time that queries outside take, and both are exact for the
sub-instance that has all queries.

*Who can help.* Let a schedule meet all deadlines, and w outside be served after i
and before c. Then w arrives by c's deadline. And if some query i' of the sub-instance is
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


def sub_instance(problem: Problem, queries: IntArray) -> Problem:
    """The sub-instance of ``problem`` that consists of ``queries``, with their deadlines.

    Parameters
    ----------
    problem
        A decision, or a minimisation whose sub-instances are asked for deadlines of their own.
    queries
        ``[k]``; distinct queries; the sub-instance numbers them in that order.
    """
    if len(queries) == problem.n:
        return problem.permuted(queries)
    rows = np.append(queries, problem.n)
    sub = replace(
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
            can_help(problem.release[outside], problem.due[outside], sub, least),
            helpers,
            NO_DEADLINE,
        )
    residual = helpers.min(axis=0)
    if problem.tree is not None and not problem.unbounded:
        helped = (residual < sub.greatest_setup).any()
        return replace(sub, residual_setup=residual if helped else None)
    setup = np.minimum(sub.setup, residual[None, :])
    np.fill_diagonal(setup, 0)
    return replace(sub, setup=setup, tree=None)


def can_help(
    release: IntArray, due: IntArray, sub: Problem, least: IntArray
) -> npt.NDArray[np.bool_]:
    """``[m, k]``; whether a query outside may come between, before each of the sub-instance.

    Parameters
    ----------
    release, due
        ``[m]``; of the queries outside.
    sub
        Its queries' releases and deadlines.
    least
        ``[k]``; what each query of the sub-instance costs at least, whatever was served before.
    """
    assert sub.due is not None
    by_due = np.argsort(sub.due, kind="stable")
    ended = np.maximum.accumulate((sub.release + least)[by_due])
    count = np.searchsorted(sub.due[by_due], sub.release)  # due before it arrives
    since = np.where(count > 0, ended[np.maximum(count - 1, 0)], -NO_DEADLINE)
    helps: npt.NDArray[np.bool_] = (due[:, None] >= since) & (release[:, None] <= sub.due)
    return helps

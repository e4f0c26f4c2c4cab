"""Fewest queries that miss an allowance where nobody may exceed a ceiling: one pass over arrivals.

Queries are numbered by release; their work is a :class:`ForcedWork`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.bounds.deletion import ForcedWork, fewest_covering
from prefixsched.kernels.jit import kernel


class Pass(NamedTuple):
    """What is known of the queries up to where the pass has come.

    Parameters
    ----------
    least
        ``[n + 1]``; how many of the first so many queries are late, at least; more than n where
        no schedule keeps to the ceiling.
    lead
        ``[n]``; the release of each query less the work of all older ones.
    begins
        ``[n]``; a stack of begins of windows, those before and with less lead left out.
    users
        ``[M]``; of each item, in the range at hand.
    at
        ``[4]``; the next query, the height of the stack, the first query that is not due by its
        ceiling yet, and the work of all before.
    """

    least: IntArray
    lead: IntArray
    begins: IntArray
    users: IntArray
    at: IntArray


@kernel
def first_users(forced: ForcedWork) -> IntArray:
    """``[M]``; the oldest query that uses each item."""
    first = np.full(forced.weight.size, -1, np.int64)
    for q in range(forced.own.size):
        for k in range(forced.start[q], forced.start[q + 1]):
            if first[forced.item[k]] < 0:
                first[forced.item[k]] = q
    return first


@kernel
def _savings(
    forced: ForcedWork, first: IntArray, users: IntArray, begin: int, end: int
) -> IntArray:
    """By how much the work falls for each query from ``begin`` to ``end`` that is late, at most.

    An item that an older query may use stays.
    """
    for k in range(forced.start[begin], forced.start[end + 1]):
        users[forced.item[k]] = 0
    for k in range(forced.start[begin], forced.start[end + 1]):
        users[forced.item[k]] += 1
    saved = np.empty(end + 1 - begin, np.int64)
    for q in range(begin, end + 1):
        saved[q - begin] = forced.own[q]
        for k in range(forced.start[q], forced.start[q + 1]):
            v = forced.item[k]
            if first[v] >= begin:
                saved[q - begin] += -(-forced.weight[v] // users[v])
    return saved


@kernel
def extend(
    forced: ForcedWork,
    first: IntArray,
    release: IntArray,
    allowance: int,
    ceiling: int,
    longest: int,
    enough: int,
    budget: int,
    known: Pass,
) -> bool:
    """Go on with a pass; whether it has come to its end.

    Parameters
    ----------
    forced, first
        The work, and the oldest user of each item.
    release
        ``[n]``; arrivals, rising.
    allowance, ceiling
        Who takes longer than the first is late, and nobody takes longer than the second.
    longest
        Queries in a range, at most.
    enough
        The pass ends where more than so many are late.
    budget
        It pauses after so many uses of items.
    known
        Filled in.
    """
    n = release.size
    least, lead, begins, at = known.least, known.lead, known.begins, known.at
    done = 0
    while at[0] < n:
        if done > budget:
            return False
        b = at[0]
        at[0] += 1
        lead[b] = release[b] - at[3]
        if b == 0 or release[b] > release[b - 1]:
            while at[1] > 0 and lead[begins[at[1] - 1]] <= lead[b]:
                at[1] -= 1
            begins[at[1]] = b
            at[1] += 1
        at[3] += forced.own[b]
        for k in range(forced.start[b], forced.start[b + 1]):
            if first[forced.item[k]] == b:
                at[3] += forced.weight[forced.item[k]]
        due = release[b] + allowance
        while at[2] <= b and release[at[2]] + ceiling <= due:
            at[2] += 1
        least[b + 1] = least[b]
        for x in range(at[1] - 1, -1, -1):
            a = begins[x]
            if x > 0 and a <= at[2]:
                continue  # the oldest begin has the same range, and the most work in excess
            excess = at[3] + lead[a] - due
            begin = max(a, at[2])
            if excess <= 0 or b + 1 - begin > longest:
                continue
            if begin > b:
                least[n] = n + 1
                at[0] = n
                return True
            if least[begin] + b + 1 - begin <= least[b + 1]:
                continue
            done += forced.start[b + 1] - forced.start[begin] + b + 1 - begin
            saved = -np.sort(-_savings(forced, first, known.users, begin, b))
            if saved.sum() < excess:
                least[n] = n + 1
                at[0] = n
                return True
            late = least[begin] + fewest_covering(saved, excess)
            least[b + 1] = max(least[b + 1], late)
        if least[b + 1] > enough:
            least[n] = least[b + 1]
            at[0] = n
    return True

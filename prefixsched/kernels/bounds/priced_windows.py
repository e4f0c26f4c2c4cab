"""Late queries that count by halves: where they are missing, and where they help another.

The proof is in :mod:`prefixsched.bounds.deletion_last`. Queries are numbered by release, and due in
that order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.bounds.deletion import ForcedWork, Residual, savings
from prefixsched.kernels.jit import kernel


class Helpers(NamedTuple):
    """Who may help whom, and what that counts.

    Parameters
    ----------
    price
        ``[n]``; halves that a late query counts where it is missing: 1, or 2 if it can't help.
    since
        ``[n]``; for a window from each query on, who arrived earlier than this can have been
        served last on time only if too many are late.
    edges
        Each step's edge.
    begin, users
        ``[N + 1]`` and ragged; the queries below each edge, oldest first.
    youngest
        ``[M]``; the last user of each item.
    dear
        ``[N]``; the first query below each edge that counts 2 where it is missing.
    """

    price: IntArray
    since: IntArray
    edges: IntArray
    begin: IntArray
    users: IntArray
    youngest: IntArray
    dear: IntArray


@kernel
def least_price(saved: IntArray, price: IntArray, without: int, excess: int) -> int:
    """The least price in halves, 1 or 2 each, of savings that cover an excess.

    ``without`` is one that can't be taken, -1 for none. No more than that of all: without any there
    is nothing to cover.
    """
    if excess <= 0:
        return 0
    cheap = np.zeros(saved.size, np.int64)
    dear = np.zeros(saved.size, np.int64)
    for x in range(saved.size):
        if x != without:
            if price[x] == 1:
                cheap[x] = saved[x]
            else:
                dear[x] = saved[x]
    cheap = -np.sort(-cheap)
    dear = -np.sort(-dear)
    for x in range(1, saved.size):
        cheap[x] += cheap[x - 1]
    best = price.sum()
    total = np.int64(0)
    for taken in range(saved.size + 1):
        if taken > 0:
            total += dear[taken - 1]
        if total >= excess:
            return min(best, 2 * taken)
        k = np.searchsorted(cheap, excess - total)
        if k < saved.size:
            best = min(best, 2 * taken + k + 1)
        if 2 * taken >= best:
            break
    return best


@kernel
def spared_by(
    forced: ForcedWork, residual: Residual, helpers: Helpers, release: IntArray, q: int, begin: int
) -> tuple[int, int]:
    """How much query ``q`` may be spared from ``begin`` on: by anybody, and at no price."""
    before, free, most = np.int64(0), np.int64(0), release[begin] - release[q]
    for k in range(residual.start[q + 1] - 1, residual.start[q] - 1, -1):
        if residual.first[k] >= q:
            break
        item = residual.item[k]
        if item >= 0 and forced.since[item] < begin:
            continue
        most += residual.work[k]
        if residual.first[k] < begin:
            before += residual.work[k]
            v = helpers.edges[k]
            users = helpers.users[helpers.begin[v] : helpers.begin[v + 1]]
            latest = users[np.searchsorted(users, begin) - 1]
            if (
                latest >= helpers.since[begin]
                or helpers.dear[v] < begin
                or (item >= 0 and helpers.youngest[item] > q)
            ):
                free += residual.work[k]
    return max(0, min(before, most)), max(0, min(free, most))


@kernel
def fewest_halves(
    forced: ForcedWork,
    residual: Residual,
    helpers: Helpers,
    release: IntArray,
    due: IntArray,
    low: int,
    high: int,
    most: int,
    least: IntArray,
    stamp: IntArray,
    users: IntArray,
) -> None:
    """The least price of all late queries from each on, for begins from ``high`` - 1 to ``low``.

    Parameters
    ----------
    forced, residual, helpers
        The work, and what of it queries may be spared by whom.
    release, due
        ``[n]``; both rise.
    low, high
        The range of begins; what is known from ``high`` on stays.
    most
        Queries in a window.
    least
        ``[n + 1]``; halves, filled in.
    stamp, users
        ``[M]``; scratch, -1 and anything at first.
    """
    place, ticks = np.empty(most, np.int64), np.empty((most, 2), np.int64)
    for a in range(high - 1, low - 1, -1):
        least[a] = least[a + 1]
        if a > 0 and release[a - 1] == release[a]:
            continue  # windows begin with all that arrive then
        work = np.int64(0)
        helped = 0
        none = np.int64(0)
        for q in range(a, min(release.size, a + most)):
            work += forced.own[q]
            for k in range(forced.start[q], forced.start[q + 1]):
                v = forced.item[k]
                if forced.since[v] >= a:
                    if stamp[v] != a:
                        stamp[v] = a
                        users[v] = 0
                        work += forced.weight[v]
                    users[v] += 1
            less, free = spared_by(forced, residual, helpers, release, q, a)
            if less > 0:
                place[helped], ticks[helped, 0], ticks[helped, 1] = q - a, less, free
                none = max(none, free)
                helped += 1
            excess = work - (due[q] - release[a])
            if excess <= none:
                continue
            wanted = least[a] - least[q + 1] + 1
            saved = savings(forced, a, np.arange(a, q + 1), users)
            price = helpers.price[a : q + 1]
            value = least_price(saved, price, -1, excess)
            for c in range(helped):
                if value < wanted:
                    break
                left = excess - ticks[c, 0]
                value = min(value, 1 + least_price(saved, price, place[c], left))
                if ticks[c, 1] > 0:
                    left = excess - ticks[c, 1]
                    value = min(value, least_price(saved, price, place[c], left))
            if value >= wanted:
                least[a] = value + least[q + 1]

"""Optima by dynamic programming over sets of served queries, for a dozen queries or so.

Shares no code with any engine; costs are the verifier's (:mod:`every_order`).
"""

import numpy as np
from every_order import pair_costs
from numba import njit

from prefixsched.model.cost import Table
from prefixsched.model.instance import Cache
from prefixsched.verifier.schedule import evaluate

NEVER = 2**60


class SetDp:
    """The fewest late queries, and the optima that follow."""

    def __init__(self, instance):
        self.n = instance.n
        self.arrival = instance.arrival.astype(np.int64)
        self.cost = np.array(pair_costs(instance), dtype=np.int64)  # row n: an empty cache
        self.last = instance.cache is Cache.LAST
        self.early = isinstance(instance.cost, Table) and instance.cost.anticipatory
        self.horizon = max(evaluate(instance, instance.by_age.tolist()).ttft)

    def fewest_late(self, due):
        """The least number of completions after ``due``, ``[n]``."""
        return int(fewest_late(self.cost, self.arrival, np.asarray(due), self.last, self.early))

    def percentile(self, spare):
        """The least T that all but ``spare`` meet."""
        low, high = 0, self.horizon
        while low < high:
            middle = (low + high) // 2
            if self.fewest_late(self.arrival + middle) <= spare:
                high = middle
            else:
                low = middle + 1
        return low

    def flow_time(self):
        """The least sum of TTFTs; in memory for ten queries and a few hundred ticks."""
        end = int(self.arrival.max() + self.cost.max(axis=0).sum())
        least = least_sum(self.cost, self.arrival, self.last, self.early, end)
        return int(least - self.arrival.sum())


@njit
def _price(cost, served, last, j, only_last):
    n = cost.shape[1]
    if only_last:
        return cost[last, j]
    least = cost[n, j]
    for i in range(n):
        if served >> i & 1:
            least = min(least, cost[i, j])
    return least


@njit
def _end(now, price, arrival, early):
    return max(now + price, arrival) if early else max(now, arrival) + price


@njit
def fewest_late(cost, arrival, due, only_last, early):
    """By the earliest end for each set served, last query, and number of late ones."""
    n = len(arrival)
    ends = np.full((1 << n, n + 1, n + 1), NEVER, np.int64)
    ends[0, n, 0] = 0
    for served in range(1 << n):
        for last in range(n + 1):
            for late in range(n + 1):
                now = ends[served, last, late]
                if now == NEVER:
                    continue
                for j in range(n):
                    if served >> j & 1:
                        continue
                    end = _end(now, _price(cost, served, last, j, only_last), arrival[j], early)
                    more = late + (end > due[j])
                    to = j if only_last else n
                    if end < ends[served | 1 << j, to, more]:
                        ends[served | 1 << j, to, more] = end
    for late in range(n + 1):
        if ends[(1 << n) - 1, :, late].min() < NEVER:
            return late
    return n


@njit
def least_sum(cost, arrival, only_last, early, horizon):
    """By the least sum of completions for each set served, last query, and time."""
    n = len(arrival)
    sums = np.full((1 << n, n + 1, horizon + 1), NEVER, np.int64)
    sums[0, n, 0] = 0
    for served in range(1 << n):
        for last in range(n + 1):
            for now in range(horizon + 1):
                had = sums[served, last, now]
                if had == NEVER:
                    continue
                for j in range(n):
                    if served >> j & 1:
                        continue
                    end = _end(now, _price(cost, served, last, j, only_last), arrival[j], early)
                    to = j if only_last else n
                    if had + end < sums[served | 1 << j, to, end]:
                        sums[served | 1 << j, to, end] = had + end
    return sums[(1 << n) - 1].min()

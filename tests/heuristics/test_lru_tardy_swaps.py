"""Tests of late queries with the cache ``lru``."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

import prefixsched as ps
from prefixsched.generate.rasq import rasq
from prefixsched.heuristics.lru_tardy_swaps import improve_lru_tardy_set
from prefixsched.model.instance import Cache
from prefixsched.runtime.limits import Limits
from prefixsched.verifier.schedule import evaluate


def families(users, capacity=20_000):
    """A regular queue of families."""
    one = rasq(users=users, per_user=4, load=Decimal("0.8"), seed=2)
    return replace(one, cache=Cache.LRU, capacity=capacity)


@pytest.mark.parametrize(("users", "spare"), [(15, 1), (25, 3)])
def test_ever_better_orders(users, spare):
    """Each is a permutation with a lower bound met; runs repeat; who is late is worth it."""
    instance = families(users)
    begin = list(range(instance.n))

    def run():
        limits = Limits(max_nodes=60_000, seed=3)
        return list(improve_lru_tardy_set(instance, begin, spare, limits, 0)), limits

    found, limits = run()
    values = [int(np.sort(evaluate(instance, x.tolist()).ttft)[-spare - 1]) for x in found]
    assert values[-1] < int(np.sort(evaluate(instance, begin).ttft)[-spare - 1])
    assert len(values) > 1
    assert all(sorted(order.tolist()) == begin for order in found)
    assert limits.spent
    again, _ = run()
    assert [order.tolist() for order in again] == [order.tolist() for order in found]
    few = Limits(max_nodes=60_000, seed=3)
    assert len(list(improve_lru_tardy_set(instance, begin, spare, few, values[0]))) == 1


@pytest.mark.kernels  # the others take too long where nothing is compiled
def test_it_ends_without_limits(monkeypatch):
    """After some rounds."""
    monkeypatch.setattr("prefixsched.heuristics.lru_tardy_swaps.MOVES_A_QUERY", 1)
    assert list(improve_lru_tardy_set(families(5), list(range(20)), 1, Limits(), 0))


def test_a_percentile_of_hundreds():
    """It is better than with the last prompt cached alone, and repeats."""
    instance = families(16, 50_000)
    found = ps.solve(instance, objective="p95", max_nodes=100_000, threads=1)
    last = ps.solve(
        replace(instance, cache=Cache.LAST, capacity=None), objective="p95", max_nodes=100_000
    )
    assert found.lower_bound <= found.upper_bound < last.upper_bound

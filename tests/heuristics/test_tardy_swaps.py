"""Tests of swaps of late queries."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances, tables
from thorough import examples

from prefixsched.generate.rasq import rasq
from prefixsched.heuristics.tardy_swaps import improve_tardy_set
from prefixsched.kernels.heuristics.tardy_swap import best_insertion, best_removal
from prefixsched.model.instance import Cache
from prefixsched.model.problem import Problem
from prefixsched.runtime.limits import Limits

pytestmark = pytest.mark.kernels


def tardiness(problem, due, order):
    """The total of those in ``order``."""
    end = problem.completions(order)
    return int(np.maximum(0, end - due)[order].sum())


@settings(max_examples=examples(300))
@given(
    instances(min_queries=5, max_queries=5, caches=st.just(Cache.LAST))
    | instances(min_queries=5, max_queries=5, costs=tables(5), caches=st.just(Cache.LAST)),
    st.permutations(range(5)),
    st.integers(0, 20),
)
def test_the_best_place_is_found(instance, order, slack):
    """Of all removals, and of all insertions, by the problem's own completions."""
    problem = Problem.of(instance)
    due = problem.release + slack
    data = problem.anticipatory, problem.release, due, problem.setup
    left = [tardiness(problem, due, order[:k] + order[k + 1 :]) for k in range(5)]
    total, place = best_removal(*data, np.array(order))
    assert total == min(left) == left[place]
    rest = order[1:]
    grown = [tardiness(problem, due, [*rest[:k], order[0], *rest[k:]]) for k in range(5)]
    total, place = best_insertion(*data, np.array(rest), order[0])
    assert total == min(grown) == grown[place]


def late_least(problem, order, spare):
    """What all but ``spare`` flow times are within."""
    flow = problem.completions(order) - problem.release
    return int(np.sort(flow)[-spare - 1])


@pytest.mark.parametrize(("users", "spare"), [(15, 1), (30, 4)])
def test_ever_better_orders(users, spare):
    """Each is a permutation with a lower bound met; runs repeat; who is late is worth it."""
    instance = rasq(users=users, per_user=4, load=Decimal("0.8"), seed=2)
    problem, begin = Problem.of(instance), list(range(instance.n))

    def run():
        limits = Limits(max_nodes=40_000, seed=3)
        return list(improve_tardy_set(problem, begin, spare, limits, 0)), limits

    found, limits = run()
    values = [late_least(problem, order.tolist(), spare) for order in found]
    assert values == sorted(set(values), reverse=True)
    assert all(sorted(order.tolist()) == begin for order in found)
    assert values[-1] < late_least(problem, found[-1].tolist(), 0)
    assert limits.spent
    again, _ = run()
    assert [order.tolist() for order in again] == [order.tolist() for order in found]
    few = improve_tardy_set(problem, begin, spare, Limits(max_nodes=40_000, seed=3), values[0])
    assert len(list(few)) == 1


def test_it_ends_without_limits(monkeypatch):
    """After some rounds."""
    monkeypatch.setattr("prefixsched.heuristics.tardy_swaps.WORK_A_ROUND", 1)
    monkeypatch.setattr("prefixsched.heuristics.tardy_swaps.MOVES_A_ROUND", 100)
    instance = rasq(users=5, per_user=2, load=Decimal("0.8"), seed=2)
    problem = Problem.of(instance)
    assert list(improve_tardy_set(problem, range(10), 1, Limits(), 0))

"""Tests of a log held against the optimum."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import prefixsched as ps
from prefixsched.generate.rasq import rasq
from prefixsched.studies.score import score
from prefixsched.studies.serving_log import ServingLog

INSTANCE = rasq(users=3, per_user=3, load=Decimal("1.2"), seed=1)


def served(policy, factor=1):
    """A log of what a policy does, every TTFT ``factor`` times as long."""
    run = ps.simulate(INSTANCE, policy)
    return ServingLog(INSTANCE, INSTANCE.arrival + factor * run.ttft, run.order)


def test_a_log_that_the_model_made_is_replayed_exactly():
    """The log's order under the model gives the log's times, and the ratio is of the optimum."""
    held = score(served("fcfs"), ["lpm"])
    optimum = ps.solve(INSTANCE, backend="brute").ttft
    assert held.replayed.ttft.tolist() == held.had.ttft.tolist()
    assert held.misfit == 0
    assert held.warnings == []
    assert held.result.ttft == optimum
    assert held.ratio(held.had) == (Fraction(held.had.max, optimum),) * 2
    assert held.runs[0].ttft.tolist() == ps.simulate(INSTANCE, "lpm").ttft.tolist()
    assert held.stretch.lost > 0


def test_a_log_of_the_best_order_lost_nothing():
    """Where the server did the best possible the ratio is 1 and no stretch is blamed."""
    best = ps.solve(INSTANCE).schedule
    log = ServingLog(INSTANCE, np.array(best.completion), np.array(best.order))
    held = score(log)
    assert held.ratio(held.had) == (1, 1)
    assert held.stretch is None
    assert held.as_dict()["stretch"] is None


@pytest.mark.parametrize("factor", [2, 3])
def test_a_server_slower_than_the_model_is_told(factor):
    """Times that the model doesn't have are a misfit, not a loss alone."""
    held = score(served("fcfs", factor))
    assert held.misfit == Fraction(1, factor) - 1
    assert any("shorter than what was had" in text for text in held.warnings)


def test_a_server_faster_than_the_bound_is_told():
    """A log below the proven bound contradicts the cost, and the figures say so."""
    log = ServingLog(INSTANCE, INSTANCE.arrival + 1, INSTANCE.by_age)
    held = score(log)
    assert held.had.max == 1 < held.result.lower_bound
    assert any("below what the model proves possible" in text for text in held.warnings)
    assert held.ratio(held.had)[1] < 1


def test_figures_for_programs():
    """The dictionary holds what was had, modelled, possible, and where most was lost."""
    told = score(served("fcfs"), ["lpm", "k-lpm:2"]).as_dict()
    assert told["status"] == "optimal"
    assert told["log"]["max"] == ps.simulate(INSTANCE, "fcfs").max
    assert told["log"]["ratio_low"] == told["log"]["ratio_high"]
    assert [each["policy"] for each in told["policies"]] == ["lpm", "k-lpm:2"]
    assert told["stretch"]["first"] in INSTANCE.ids

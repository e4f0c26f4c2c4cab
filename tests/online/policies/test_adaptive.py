"""Tests of adaptive k-LPM and of the rollout."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, stream, tables

from prefixsched.generate.agents import agents
from prefixsched.generate.rasq import rasq
from prefixsched.model.errors import InputError
from prefixsched.online.policies.rollout import Rollout
from prefixsched.online.simulation import simulate
from prefixsched.plugins.registry import create
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels

ADAPTIVE = ["k-lpm-backtest:4,every=2", "k-lpm-bandit:epoch=1,explore=2", "rollout:3,width=2"]


@pytest.mark.parametrize("policy", ADAPTIVE)
@settings(max_examples=40)
@given(instances(max_queries=9, costs=st.one_of(linear, causal)))
def test_what_they_serve_is_a_schedule(policy, instance):
    """Every query once, and at the times that the verifier finds."""
    run = simulate(instance, policy)
    assert run.completion.tolist() == list(evaluate(instance, run.order.tolist()).completion)


@settings(max_examples=40)
@given(instances(max_queries=4, costs=st.one_of(linear, causal)))
def test_a_full_rollout_is_no_worse_than_its_moves(instance):
    """With all there at the start and every state kept, it beats each rule among its moves.

    The beam then holds the orders of FCFS, LPM and the shortest prefill first, and the
    rest of the best order is there again at the next pick.
    """
    from dataclasses import replace

    instance = replace(instance, arrival=np.zeros(instance.n, dtype=np.int64))
    best = simulate(instance, Rollout(depth=4, width=81)).max
    for policy in ("fcfs", "lpm", "shortest-prefill-first"):
        assert best <= simulate(instance, policy).max


def test_rollout_ends_starvation():
    """On agents' deep trie, where LPM starves queries, looking ahead cuts a quarter and more."""
    instance = agents(load=Decimal("0.9"), seed=0)
    assert 4 * simulate(instance, "rollout").max < 3 * simulate(instance, "lpm").max


def test_backtesting_finds_the_better_k():
    """Where LPM is right throughout, the choice ends near it and far from FCFS."""
    instance = rasq(users=40, per_user=5, load=Decimal("1.1"), seed=0)
    run = {name: simulate(instance, name).max for name in ("fcfs", "lpm", "k-lpm-backtest")}
    assert run["k-lpm-backtest"] - run["lpm"] < (run["fcfs"] - run["lpm"]) / 4


def test_the_bandit_tries_every_k_and_comes_back():
    """Each k has its epoch in turn before any has a second one."""
    instance = rasq(users=30, per_user=4, load=Decimal("1.2"), seed=0)
    policy = create("policies", "k-lpm-bandit:epoch=4")
    arms = []

    class Spy:
        name = "spy"

        def pick(self, view):
            j = policy.pick(view)
            arms.append(policy._arm)
            return j

    simulate(instance, Spy())
    assert arms[:24] == [arm for arm in range(6) for _ in range(4)]


@settings(max_examples=5)
@given(instances(max_queries=3, costs=tables(3), min_queries=3))
def test_rollout_needs_prompts(instance):
    """A table of set-up times ends in a line that says so."""
    with pytest.raises(InputError, match="policy rollout: costs are a table"):
        simulate(instance, "rollout")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("rollout:0", "rollout: depth: 0 is too small"),
        ("rollout:width=0", "rollout: width: 0"),
        ("k-lpm-backtest:1", "k-lpm-backtest: window: 1 is too small; give 2 or more"),
        ("k-lpm-bandit:explore=1", "k-lpm-bandit: explore: 1 is too small"),
    ],
)
def test_bad_parameters_are_refused(spec, message):
    """A wrong parameter is named with its mend."""
    with pytest.raises(InputError) as caught:
        simulate(stream((0, "a")), spec)
    assert message in str(caught.value)


def test_names_say_what_is_not_usual():
    """A table shows the parameters that were set."""
    specs = ["rollout", "rollout:3,width=2", "k-lpm-bandit", "k-lpm-bandit:seed=4"]
    assert [create("policies", spec).name for spec in specs] == specs

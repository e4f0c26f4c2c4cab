"""Tests of the families on which policies do badly: what is proved of them is so."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear
from thorough import examples

import prefixsched as ps
from reductions.adversaries import fcfs_adversary, k_lpm_adversary, lpm_adversary

FAMILIES = [
    *((k_lpm_adversary, {"k": k, "rounds": rounds}) for k in (1, 2, 3, 4) for rounds in (1, 2)),
    (k_lpm_adversary, {"k": 5, "rounds": 1}),
    *((lpm_adversary, {"queries": m, "own": own}) for m in (2, 3, 9) for own in (2, 3, 50)),
    *((fcfs_adversary, {"rounds": rounds, "own": own}) for rounds in (1, 2, 5) for own in (1, 4)),
]


@pytest.mark.parametrize(("family", "options"), FAMILIES)
def test_the_optimum_is_what_is_proved(family, options):
    """The certified optimum, and what the policy comes to, are the formulas' values."""
    instance = family(**options)
    proven = instance.meta["proven"]
    result = ps.solve(instance, threads=1)
    assert (result.status, result.ttft) == (ps.Status.OPTIMAL, proven["optimum"])
    assert ps.simulate(instance, proven["policy"]).max == proven["max"]


@pytest.mark.parametrize(
    ("family", "options"),
    [
        *((k_lpm_adversary, {"k": k, "rounds": 6}) for k in (1, 2, 3, 7, 16)),
        (lpm_adversary, {"queries": 500, "own": 1000}),
        (fcfs_adversary, {"rounds": 300}),
    ],
)
def test_what_policies_come_to_at_size(family, options):
    """The formulas hold for long queues too."""
    instance = family(**options)
    proven = instance.meta["proven"]
    assert ps.simulate(instance, proven["policy"]).max == proven["max"]


@pytest.mark.parametrize("k", [1, 2, 3, 4, 8])
def test_the_growth_against_k_lpm_is_quadratic(k):
    """The ratio is n²/(4b) + 1, for b = k, or 2 where k is 1."""
    for rounds in (1, 2, 4):
        instance = k_lpm_adversary(k=k, rounds=rounds)
        proven = instance.meta["proven"]
        ratio = Fraction(proven["max"], proven["optimum"])
        assert ratio == Fraction(instance.n**2, 4 * max(k, 2)) + 1


@pytest.mark.parametrize("k", [2, 3, 8])
@pytest.mark.parametrize("rounds", [2, 6])
def test_the_other_phase_fares_half_as_badly(k, rounds):
    """Where a cycle ends with the oldest, every second block loses the prefix."""
    instance = k_lpm_adversary(k=k, rounds=rounds)
    s = instance.meta["proven"]["optimum"]
    assert ps.simulate(instance, f"k-lpm:{k},oldest=last").max == s * (rounds * s // 2 + 1)


def test_the_growth_against_fcfs_and_lpm_is_linear():
    """The ratios are (n + 1)/3 and (m d + 1)/(d + 3), within 1 % of n - 1 for d = 1000."""
    turns = fcfs_adversary(rounds=40)
    assert Fraction(turns.meta["proven"]["max"], turns.meta["proven"]["optimum"]) == 27
    starved = lpm_adversary(queries=200, own=1000)
    ratio = Fraction(starved.meta["proven"]["max"], starved.meta["proven"]["optimum"])
    assert ratio == Fraction(200_001, 1003)
    assert ratio > (starved.n - 1) * Fraction(99, 100)


def test_who_is_starved():
    """The one without the prefix waits for all the others."""
    instance = lpm_adversary(queries=50, own=10)
    run = ps.simulate(instance, "lpm")
    assert run.ttft.argmax() == instance.index["starved"] == run.order[-1]


@settings(max_examples=examples(200), deadline=None)
@given(
    instances(max_queries=5, costs=st.one_of(linear, causal)),
    st.sampled_from(["fcfs", "lpm", "k-lpm:2", "k-lpm:3,oldest=last", "lpm-random:3"]),
)
def test_no_policy_exceeds_the_square(instance, policy):
    """One that does not idle has at most n (n + 1) / 2 times the optimum."""
    optimum = ps.solve(instance, backend="brute").ttft
    n = instance.n
    assert 2 * ps.simulate(instance, policy).max <= n * (n + 1) * optimum


@pytest.mark.parametrize(
    ("family", "options", "message"),
    [
        (k_lpm_adversary, {"k": 0}, "k: 0 is too small; give 1 or more"),
        (k_lpm_adversary, {"rounds": 0}, "rounds: 0 is too small; give 1 or more"),
        (k_lpm_adversary, {"k": 10**5, "rounds": 10}, "queries: up to 3000000000000000000 ticks"),
        (lpm_adversary, {"queries": 1}, "queries: 1 is too small; give 2 or more"),
        (lpm_adversary, {"own": 1}, "own: 1 is too small; give 2 or more"),
        (lpm_adversary, {"seed": -1}, "seed: -1 is too small; give 0 or more"),
        (fcfs_adversary, {"rounds": 0}, "rounds: 0 is too small; give 1 or more"),
        (fcfs_adversary, {"own": 0}, "own: 0 is too small; give 1 or more"),
        (fcfs_adversary, {"rounds": 10**6, "own": 10**6}, "queries: up to 8000004000000000000"),
    ],
)
def test_bad_options(family, options, message):
    """Each is named, with what will do."""
    with pytest.raises(ps.InputError) as caught:
        family(**options)
    assert str(caught.value).startswith(message)

"""Tests of FCFS, LPM and k-LPM as rules."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import causal, instances, linear, stream
from thorough import examples

from prefixsched.bounds.work import work_bound
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache
from prefixsched.offline.solve import solve
from prefixsched.online.policies.prefix import KLPM, RandomLPM
from prefixsched.online.policy import View
from prefixsched.online.simulation import simulate

QUEUE = stream((0, "aax"), (0, "bbx"), (0, "aay"), (0, "bby"), (0, "aaz"))


@pytest.mark.parametrize(
    ("policy", "order"),
    [
        ("fcfs", [0, 1, 2, 3, 4]),
        ("lpm", [0, 2, 4, 1, 3]),
        ("k-lpm:1", [0, 1, 2, 3, 4]),
        ("k-lpm:2", [0, 2, 1, 3, 4]),
        ("k-lpm:3", [0, 2, 4, 1, 3]),
        ("k-lpm:inf", [0, 2, 4, 1, 3]),
        ("k-lpm:k=2,oldest=last", [0, 1, 3, 2, 4]),
    ],
)
def test_orders_on_a_full_queue(policy, order):
    """Each rule serves a queue of two interleaved families in its own order."""
    assert simulate(QUEUE, policy).order.tolist() == order


def test_the_count_of_k_lpm_does_not_restart():
    """After the queue drains, the cycle goes on where it was."""
    instance = stream((0, "aax"), (100, "bbx"), (100, "aay"), (100, "bby"))
    assert simulate(instance, "k-lpm:2").order.tolist() == [0, 2, 1, 3]


def test_longest_match_counts_the_cap():
    """After its own prefix a longer prompt reuses more than an equal one, which pays a token."""
    instance = stream((0, "aa"), (1, "aa"), (1, "aab"))
    assert simulate(instance, "lpm").order.tolist() == [0, 2, 1]


def test_capped_ties_go_to_the_oldest():
    """An equal prompt, capped, ties with one that leaves a token earlier."""
    instance = stream((0, "aa"), (1, "ab"), (1, "aa"))
    assert simulate(instance, "lpm").order.tolist() == [0, 1, 2]
    assert simulate(stream((0, "aa"), (1, "aa"), (1, "ab")), "lpm").order.tolist() == [0, 1, 2]


def test_random_ties_repeat_with_their_seed_and_differ_without():
    """Ties are drawn: the same seed the same order, other seeds other orders."""
    queue = stream(*[(0, letter) for letter in "abcdefgh"])
    runs = [simulate(queue, f"lpm-random:{seed}").order.tolist() for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    assert RandomLPM(3).name == "lpm-random:3"


def test_random_ties_stay_among_the_longest():
    """Only queries with the longest match are drawn."""
    view = View(0, 0, *map(np.array, ([4, 5, 6], [0, 0, 0], [9, 9, 9], [3, 1, 3])))
    assert {RandomLPM(seed).pick(view) for seed in range(20)} == {4, 6}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("k-lpm:0", "k is 0; give a whole number from 1 to 1000000000, or inf"),
        ("k-lpm:99999999999999999999", "k is 99999999999999999999; give a whole number from 1"),
        ("lpm-random:-1", "lpm-random: seed: -1 is too small; give 0 or more"),
        ("k-lpm:x", "k is 'x'"),
        ("k-lpm:2,oldest=middle", "oldest is 'middle'; give first or last"),
    ],
)
def test_bad_parameters_are_refused(spec, message):
    """A wrong parameter is named with its mend."""
    with pytest.raises(InputError, match=message):
        simulate(QUEUE, spec)


def test_names_say_the_parameters():
    """A table shows which k and which phase ran."""
    assert KLPM(3).name == "k-lpm:3"
    assert KLPM("inf", oldest="last").name == "k-lpm:inf,oldest=last"


@settings(max_examples=examples(300))
@given(instances(max_queries=7, costs=st.one_of(linear, causal), caches=st.just(Cache.UNBOUNDED)))
def test_first_come_is_optimal_with_an_unbounded_cache(instance):
    """Under a potential cost, but for a token of each prompt that a longer one came before."""
    extra, seen = 0, []
    for j in instance.by_age.tolist():
        prompt = tokens(instance, j)
        if any(len(other) > len(prompt) == shared(other, prompt) for other in seen):
            last = instance.cost.potential(np.array([len(prompt) - 1, len(prompt)]))
            extra += int(last[1] - last[0])
        seen.append(prompt)
    found = simulate(instance, "fcfs").max
    assert found <= solve(instance, backend="brute").ttft + extra
    if extra == 0:
        assert found == work_bound(instance).ticks


def tokens(instance, j):
    """A prompt token by token: the path of segments that each token lies on."""
    path, out = (), []
    for name, length in instance.prompts.segments(j):
        out += [(*path, name, k) for k in range(length)]
        path = (*path, name, length)
    return out


def shared(a, b):
    """How many tokens two prompts share."""
    return next(
        (k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )

"""Policies of real engines, held against direct transcriptions of their rules."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_server import common, serve
from strategies import causal, instances, linear, stream
from thorough import examples

from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache, Instance
from prefixsched.model.prompts import Prompts
from prefixsched.online.policies import sglang_lpm
from prefixsched.online.simulation import simulate

pytestmark = pytest.mark.kernels

LENGTHS = st.sampled_from([1, 2, 15, 30, 31, 32, 33, 34, 50])


@st.composite
def long_streams(draw, max_queries=9):
    """Streams whose overlaps lie on both sides of SGLang's thresholds, crowded at the start."""
    n = draw(st.integers(1, max_queries))
    segment = st.tuples(st.sampled_from("ab"), LENGTHS)
    texts = draw(st.lists(st.lists(segment, min_size=1, max_size=3), min_size=n, max_size=n))
    arrival = draw(st.lists(st.sampled_from([0, 0, 0, 40, 90]), min_size=n, max_size=n))
    cache = draw(st.sampled_from(Cache))
    return Instance(
        "long",
        [f"q{j}" for j in range(n)],
        np.array(arrival),
        Prompts.from_segments(texts),
        cache=cache,
        capacity=draw(st.sampled_from([0, 20, 40, 80, 200])) if cache is Cache.LRU else None,
    )


def sglang_lpm_rule():
    """``_compute_prefix_matches`` and ``_sort_by_longest_prefix``, word for word."""
    queue = []

    def rule(waiting, cached, picks):
        queue.extend(q for q in waiting if q not in queue)
        if len(queue) <= 128:
            deprioritized, tree = set(), []
            for q in queue:
                if q.overlap <= 32:
                    match = max((common(q.tokens, t) for t in tree), default=0)
                    if min(match, len(q.tokens) - 1) >= 32:
                        deprioritized.add(q.id)
                    else:
                        tree.append(q.tokens)
            queue.sort(key=lambda q: float("inf") if q.id in deprioritized else -q.overlap)
        return queue.pop(0)

    return rule


def dfs_weight_rule():
    """The cached tree token by token; requests hang where their match ends."""
    queue = []

    def rule(waiting, cached, picks):
        queue.extend(q for q in waiting if q not in queue)
        at = [(q.tokens[: q.overlap], q) for q in queue]
        age = {q.id: k for k, q in enumerate(waiting)}

        def visit(prefix):
            below = [(spot, q) for spot, q in at if spot[: len(prefix)] == prefix]
            children = {spot[: len(prefix) + 1] for spot, _ in below if len(spot) > len(prefix)}

            def heaviest(child):
                inside = [q for spot, q in below if spot[: len(child)] == child]
                return -len(inside), min(age[q.id] for q in inside)

            found = []
            for child in sorted(children, key=heaviest):
                found += visit(child)
            return found + [q for spot, q in below if spot == prefix]

        queue[:] = visit(())
        return queue.pop(0)

    return rule


def keyed(key):
    """A rule that picks the least key, the oldest of equals."""
    return lambda: lambda waiting, cached, picks: min(waiting, key=key)


def shortest_extend_rule():
    """0.9 L / Lmax - 0.1 W / Wmax, in fractions."""

    def rule(waiting, cached, picks):
        longest = max(q.uncached for q in waiting)
        eldest = max(q.wait for q in waiting) or 1
        return min(
            waiting,
            key=lambda q: Fraction(9 * q.uncached, 10 * longest) - Fraction(q.wait, 10 * eldest),
        )

    return rule


def dlpm_rule(quantum):
    """Deficits of clients, one quantum at a time."""
    deficit = {}

    def rule(waiting, cached, picks):
        clients = {q.client for q in waiting}
        for client in clients:
            deficit.setdefault(client, 0)
        while all(deficit[client] <= 0 for client in clients):
            for client in clients:
                deficit[client] += quantum
        chosen = min((q for q in waiting if deficit[q.client] > 0), key=lambda q: -q.overlap)
        deficit[chosen.client] -= chosen.uncached
        return chosen

    return rule


RULES = {
    "sglang-lpm": sglang_lpm_rule,
    "dfs-weight": dfs_weight_rule,
    "aged-lpm:2": keyed(lambda q: -(q.overlap + 2 * q.passes)),
    "aged-lpm:40": keyed(lambda q: -(q.overlap + 40 * q.passes)),
    "hrrn": keyed(lambda q: -Fraction(q.computed, q.uncached)),
    "shortest-prefill-first": keyed(lambda q: q.uncached),
    "shortest-extend-length": shortest_extend_rule,
    "dlpm:3": lambda: dlpm_rule(3),
    "dlpm:100": lambda: dlpm_rule(100),
    "prefill-only": keyed(lambda q: q.ticks - Fraction(q.wait, 10)),
    "prefill-only:1.5": keyed(lambda q: q.ticks - Fraction(3, 2) * q.wait),
    "edf": keyed(lambda q: q.arrival + q.allowance if q.allowance >= 0 else 10**9),
}


@pytest.mark.parametrize("policy", RULES)
@settings(max_examples=examples(60))
@given(st.one_of(
    long_streams(), instances(max_queries=9, costs=st.one_of(linear, causal), allowances=True)
))  # fmt: skip
def test_policies_follow_their_rules(policy, instance):
    """On random streams a policy serves in the order of a slow, literal version of its rule."""
    assert simulate(instance, policy).order.tolist() == serve(instance, RULES[policy]())


def test_the_transcription_meets_the_in_batch_rule():
    """The streams above are no idle test: here the rule changes what plain LPM does."""
    instance = Instance(
        "pair",
        ["a1", "a2", "b"],
        np.zeros(3, dtype=np.int64),
        Prompts.from_segments([[("a", 40), ("x", 5)], [("a", 40), ("y", 5)], [("b", 9)]]),
        cache=Cache.LAST,
    )
    served = simulate(instance, "sglang-lpm").order.tolist()
    assert served == serve(instance, sglang_lpm_rule()) == [0, 1, 2]
    two_each = Instance(
        "two each",
        ["a1", "a2", "b1"],
        np.zeros(3, dtype=np.int64),
        Prompts.from_segments([[("a", 40)], [("a", 40), ("y", 5)], [("b", 40)]]),
        cache=Cache.UNBOUNDED,
    )
    assert simulate(two_each, "sglang-lpm").order.tolist() == [0, 1, 2]


def test_sglang_does_not_sort_a_long_queue(monkeypatch):
    """Past 128 waiting the queue keeps its order, and is sorted again once it is shorter."""
    rng = np.random.default_rng(5)
    texts = [[(f"u{rng.integers(40)}", 40), (f"q{j}", 3)] for j in range(150)]
    instance = Instance(
        "crowd",
        [f"q{j}" for j in range(150)],
        np.zeros(150, dtype=np.int64),
        Prompts.from_segments(texts),
    )
    order = simulate(instance, "sglang-lpm").order.tolist()
    assert order[:22] == list(range(22))
    assert order == serve(instance, sglang_lpm_rule())
    monkeypatch.setattr(sglang_lpm, "MOST_SORTED", 150)
    assert simulate(instance, "sglang-lpm").order.tolist() != order


def test_a_second_run_starts_afresh():
    """A policy object that remembers things can be run again."""
    from prefixsched.plugins.registry import create

    instance = stream(*[(j % 3, text) for j, text in enumerate(["aab", "abb", "aac", "b", "ba"])])
    for spec in (*RULES, "random", "k-lpm-bandit:epoch=1", "k-lpm-backtest:every=2", "rollout"):
        policy = create("policies", spec)
        first = simulate(instance, policy).order.tolist()
        assert simulate(instance, policy).order.tolist() == first, spec


def test_random_repeats_with_its_seed():
    """Equal seeds serve alike, and others do not."""
    queue = stream(*[(0, letter) for letter in "abcdefgh"])
    runs = [simulate(queue, f"random:{seed}").order.tolist() for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_clients_by_another_segment():
    """The k-th segment tells clients apart; a shorter prompt goes by its last one."""
    instance = Instance(
        "clients",
        ["x1", "x2", "y1"],
        np.zeros(3, dtype=np.int64),
        Prompts.from_segments(
            [[("i", 2), ("x", 4)], [("i", 2), ("x", 4), ("q", 1)], [("i", 2), ("y", 9)]]
        ),
    )
    assert simulate(instance, "dlpm:3").order.tolist() == [0, 1, 2]
    assert simulate(instance, "dlpm:quantum=3,segment=2").order.tolist() == [0, 2, 1]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("aged-lpm:-1", "aged-lpm: tokens: -1 is too small; give 0 or more"),
        ("dlpm:0", "dlpm: quantum: 0 is too small"),
        ("dlpm:quantum=5,segment=0", "dlpm: segment: 0 is too small"),
        ("prefill-only:x", "prefill-only:x: aging is 'x'; give a number"),
        ("prefill-only:-1", "prefill-only: aging: -1 is too small"),
        ("shortest-extend-length:wait=nan", "shortest-extend-length: wait: NaN is not a number"),
        ("dlpm:quantm=5", "dlpm:quantm=5: no parameter 'quantm'; did you mean quantum?"),
        ("random:-1", "random: seed: -1 is too small"),
    ],
)
def test_bad_parameters_are_refused(spec, message):
    """A wrong parameter is named with its mend."""
    with pytest.raises(InputError) as caught:
        simulate(stream((0, "a")), spec)
    assert message in str(caught.value)

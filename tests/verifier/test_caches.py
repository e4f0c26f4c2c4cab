"""Tests of caches: the verifier's, by hand, token by token and in depth, and the simulator's."""

import random
import sys
from dataclasses import replace

import numpy as np
import pytest
import slow_caches
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_server import TokenCache, queries_of
from strategies import cached, prompts, stream
from thorough import examples

from prefixsched.model.cost import Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache
from prefixsched.online.radix_cache import RadixCache
from prefixsched.verifier.caches import RecentPrompts
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels


def test_a_worked_example():
    """Five tokens: the longest unused leaf goes first, whole; what is in use stays."""
    instance = stream(
        (0, "aab"), (0, "aac"), (0, "d"), (0, "aab"), (0, "aac"), cache=Cache.LRU, capacity=4
    )
    # aab is one run; aac splits it into aa and b and adds c; d evicts b, the oldest leaf;
    # aab finds aa and evicts c; aac finds aa and evicts d.
    assert evaluate(instance, [0, 1, 2, 3, 4]).reused == (0, 2, 0, 2, 2)
    # d is the oldest leaf when aac wants room, and aab is found whole, its last token computed.
    assert evaluate(instance, [2, 0, 1, 3, 4]).reused == (0, 2, 0, 2, 2)
    tight = replace(instance, capacity=3)
    # aac evicts b and is full; d evicts c; aab evicts d; aac evicts b.
    assert evaluate(tight, [0, 1, 2, 3, 4]).reused == (0, 2, 0, 2, 2)
    # d evicts aab, which is one run; aab evicts d.
    assert evaluate(tight, [0, 2, 3, 1, 4]).reused == (0, 2, 0, 0, 2)


def test_a_leaf_is_evicted_whole():
    """One token of room costs the whole run that was used least recently."""
    instance = stream((0, "aaaa"), (0, "b"), (0, "aaaa"), cache=Cache.LRU, capacity=4)
    assert evaluate(instance, [0, 1, 2]).reused == (0, 0, 0)
    roomy = replace(instance, capacity=5)
    assert evaluate(roomy, [0, 1, 2]).reused == (0, 0, 3)


def test_a_split_lasts():
    """A run that was split is two: its end can go and its beginning stay."""
    whole = stream((0, "aaaa"), (0, "b"), (0, "aaaa"), cache=Cache.LRU, capacity=4)
    split = stream((0, "aaaa"), (0, "aa"), (0, "b"), (0, "aaaa"), cache=Cache.LRU, capacity=4)
    assert evaluate(whole, [0, 1, 2]).reused == (0, 0, 0)
    assert evaluate(split, [0, 1, 2, 3]).reused == (0, 1, 0, 2)


def test_a_prompt_longer_than_the_cache_leaves_its_beginning():
    """It is computed all the same, and its first C tokens are kept."""
    instance = stream((0, "aaaaaa"), (0, "aaaaaa"), (0, "aab"), cache=Cache.LRU, capacity=3)
    assert evaluate(instance, [0, 1, 2]).reused == (0, 3, 2)


@settings(max_examples=examples(300))
@given(cached(max_queries=7, min_queries=3), st.randoms())
def test_the_verifier_and_the_simulator_follow_the_rules_token_by_token(instance, random):
    """Three caches that share nothing agree after every query of a random order."""
    order = random.sample(range(instance.n), instance.n)
    slow, fast = TokenCache(instance.capacity), RadixCache(instance)
    tokens = {query.id: query.tokens for query in queries_of(instance)}
    everyone = np.arange(instance.n)
    reused = [0] * instance.n
    for j in order:
        matched = [slow.match(tokens[k]) for k in range(instance.n)]
        assert fast.matched(everyone).tolist() == matched
        reused[j] = min(matched[j], len(tokens[j]) - 1)
        slow.serve(tokens[j])
        fast.serve(j)
        assert sum(len(path) - begin for path, begin, _ in slow.runs) <= instance.capacity
    assert list(evaluate(instance, order).reused) == reused


@given(cached(max_queries=6), st.randoms())
def test_without_room_nothing_is_reused(instance, random):
    """With C = 0 every query computes its whole prompt."""
    order = random.sample(range(instance.n), instance.n)
    assert not any(evaluate(replace(instance, capacity=0), order).reused)


@given(cached(max_queries=6), st.randoms())
def test_with_room_for_the_trie_it_is_the_unbounded_cache(instance, random):
    """C is at least the tokens of the trie: nothing is ever evicted."""
    trie = instance.trie
    tokens = int((trie.depth - trie.depth[trie.parent]).sum())
    order = random.sample(range(instance.n), instance.n)
    everything = replace(instance, cache=Cache.UNBOUNDED, capacity=None)
    assert evaluate(replace(instance, capacity=tokens), order) == evaluate(everything, order)


@given(cached(), st.randoms())
def test_no_cache_finishes_anybody_before_the_unbounded_one(instance, random):
    """Order by order, as what any cache holds is among what was processed."""
    order = random.sample(range(instance.n), instance.n)
    least = evaluate(replace(instance, cache=Cache.UNBOUNDED, capacity=None), order).completion
    last = evaluate(replace(instance, cache=Cache.LAST, capacity=None), order).completion
    for other in (evaluate(instance, order).completion, last):
        assert all(early <= late for early, late in zip(least, other, strict=True))


@given(cached(), st.randoms())
def test_with_room_for_every_prompt_it_does_no_worse_than_the_last_one(instance, random):
    """Order by order, as the prompt served last is then cached whole."""
    order = random.sample(range(instance.n), instance.n)
    roomy = replace(instance, capacity=instance.capacity + int(instance.length.max()))
    last = evaluate(replace(instance, cache=Cache.LAST, capacity=None), order).completion
    both = zip(evaluate(roomy, order).completion, last, strict=True)
    assert all(early <= late for early, late in both)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"cache": Cache.LRU}, "cache.capacity: None; give 0 to 2^53 tokens"),
        ({"cache": Cache.LRU, "capacity": -1}, "cache.capacity: -1; give 0 to 2^53 tokens"),
        ({"capacity": 5}, "cache.capacity: the cache last has none; leave it out"),
        (
            {
                "cache": Cache.LRU,
                "capacity": 5,
                "cost": Table(np.zeros(1, np.int64), np.zeros((1, 1), np.int64)),
            },
            "cache: lru caches tokens, and a table has none; use last",
        ),
    ],
)
def test_bad_caches_are_refused(fields, message):
    """A capacity belongs to lru, and lru to prompts."""
    with pytest.raises(InputError) as caught:
        stream((0, "a"), **fields)
    assert str(caught.value) == message


def same_as_the_rules(texts, capacity):
    """Serve prompts by the quick caches and the plain ones; what is cached never differs."""
    recent, plain = RecentPrompts(capacity), slow_caches.RecentPrompts(capacity)
    room = sum(length for text in texts for _, length in text)
    every, plainly = RecentPrompts(room), slow_caches.EveryPrompt()
    for text in texts:
        for other in texts[:4]:
            assert recent.match(other) == plain.match(other)
            assert every.match(other) == plainly.match(other)
        found, found_by_every = plain.match(text), plainly.match(text)
        plain.add(text)
        plainly.add(text)
        assert recent.serve(text) == found
        assert every.serve(text) == found_by_every
        assert recent.tokens == plain.tokens <= capacity


@settings(max_examples=examples(300))
@given(st.lists(prompts, min_size=1, max_size=12), st.integers(0, 25))
def test_quick_caches_do_what_the_rules_say(texts, capacity):
    """Few labels and lengths, so that nodes split, return and go in every way."""
    same_as_the_rules(texts, capacity)


def growing(rng, turns):
    """Turns of a chat that is one label, of which each takes a longer part."""
    lengths = sorted(rng.sample(range(1, 6 * turns), turns))
    return [[("system", 3), ("chat", length)] for length in lengths]


def comb(rng, turns):
    """The same, where each turn ends in a segment that the next one doesn't have."""
    return [[*text, (f"x{k}", rng.randint(1, 9))] for k, text in enumerate(growing(rng, turns))]


def blocks(rng, turns):
    """Turns that append a block, as traces have them."""
    row = [(f"b{k}", rng.choice([1, 4, 4])) for k in range(turns)]
    return [row[: k + 1] for k in range(turns)]


def tree(rng, turns):
    """Turns that go on from any turn before, by token."""
    made = [[(0, 1)]]
    for _ in range(turns - 1):
        made.append([*rng.choice(made), (rng.choice([0, 1, 2]), 1)])
    return made


SESSIONS = (growing, comb, blocks, tree)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("session", SESSIONS)
def test_quick_caches_do_what_the_rules_say_of_deep_sessions(session, seed):
    """Sessions in any order, some turns again, in a cache for a part of one to for all."""
    rng = random.Random(seed)  # noqa: S311 - of no secret
    texts = session(rng, 30)
    longest = sum(length for _, length in texts[-1])
    order = rng.choices(texts, k=20) + (texts if seed % 2 else rng.sample(texts, len(texts)))
    same_as_the_rules(order, rng.choice([longest // 3, longest, 2 * longest, rng.randint(0, 500)]))


@pytest.mark.parametrize("share", [0.5, 3])
@pytest.mark.parametrize("session", [growing, comb])
def test_a_prompt_takes_time_by_its_segments_however_deep_the_tree_is(session, share):
    """Twice as many turns of two or three segments take about twice as many steps."""

    def steps(turns):
        rng = random.Random(turns)  # noqa: S311 - of no secret
        texts = session(rng, turns)
        texts += rng.sample(texts, turns)
        cache = RecentPrompts(int(share * texts[turns - 1][1][1]))
        count = 0

        def hear(frame, event, argument):
            nonlocal count
            count += 1

        sys.setprofile(hear)  # it hears of calls, those of dictionaries and lists included
        try:
            for text in texts:
                cache.serve(text)
        finally:
            sys.setprofile(None)
        return count

    assert steps(800) < 2.5 * steps(400)

"""Agents' calls."""

import itertools
from collections import Counter

from prefixsched.generate.agents import agents


def test_branches_per_level() -> None:
    """Each level of the trie has the product of the counts up to it."""
    instance = agents(systems=2, example_sets=3, contexts=4, per_context=5, seed=1)
    prompts = [instance.prompts.segments(j) for j in range(instance.n)]
    assert instance.n == 120
    for level, (nodes, each) in enumerate([(2, 60), (6, 20), (24, 5), (120, 1)]):
        seen = Counter(tuple(prompt[: level + 1]) for prompt in prompts)
        assert len(seen) == nodes
        assert set(seen.values()) == {each}


def test_labels_name_their_place() -> None:
    """A query's id is its path: system prompt, example set, context, query."""
    instance = agents(seed=2)
    for j, name in enumerate(instance.ids):
        labels = [label for label, _ in instance.prompts.segments(j)]
        assert labels[-1] == name
        assert all(b.startswith(a) for a, b in itertools.pairwise(labels))


def test_trie_is_deep() -> None:
    """With branches at every level the trie has four levels of edges."""
    assert agents(seed=3).trie.level.max() == 4

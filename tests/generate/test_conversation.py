"""Chats of several turns."""

import itertools
from decimal import Decimal

import pytest

from prefixsched.generate.conversation import conversation
from prefixsched.model.cost import Potential
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance


def chats(instance: Instance) -> dict[str, list[int]]:
    """Each chat's queries, in file order."""
    found: dict[str, list[int]] = {}
    for j, name in enumerate(instance.ids):
        found.setdefault(name.split("t")[0], []).append(j)
    return found


def test_a_turn_continues_the_one_before() -> None:
    """Turn k + 1 arrives after turn k, is longer, and shares the whole of its prompt."""
    instance = conversation(chats=30, turns=4, seed=1)
    overlap = instance.trie.overlap_matrix()
    for name, queries in chats(instance).items():
        assert [instance.ids[j] for j in queries] == [
            f"{name}t{k}" for k in range(1, len(queries) + 1)
        ]
        for i, j in itertools.pairwise(queries):
            assert instance.arrival[i] < instance.arrival[j]
            assert overlap[i, j] == instance.length[i] < instance.length[j]


def test_chats_share_the_system_prompt_only() -> None:
    """Turns of different chats have exactly the system prompt in common."""
    instance = conversation(chats=5, system=123, seed=2)
    overlap = instance.trie.overlap_matrix()
    first, second = list(chats(instance).values())[:2]
    assert overlap[first[0], second[0]] == 123


def test_fixed_sizes_add_text_and_answer() -> None:
    """Without spread, turn k has the system prompt, k texts and k - 1 answers."""
    instance = conversation(chats=4, system=10, text=7, output=5, cv=0)
    for queries in chats(instance).values():
        assert instance.length[queries].tolist() == [
            10 + 7 * k + 5 * (k - 1) for k in range(1, len(queries) + 1)
        ]


def test_load_in_the_long_run() -> None:
    """Over many chats, work over time is about the load asked for."""
    instance = conversation(chats=2000, load=Decimal("0.8"), seed=3)
    trie, cost, n = instance.trie, instance.cost, instance.n
    assert isinstance(cost, Potential)
    work = (cost.potential(trie.depth) - cost.potential(trie.depth[trie.parent])).sum()
    assert abs(work / (instance.arrival[-1] * n / (n - 1)) - 0.8) < 0.05


def test_think_time_is_in_ticks() -> None:
    """The mean time between the turns of a chat is the one asked for."""
    instance = conversation(chats=3000, think=Decimal(5_000_000), seed=4)
    waits = [
        instance.arrival[j] - instance.arrival[i]
        for queries in chats(instance).values()
        for i, j in itertools.pairwise(queries)
    ]
    assert abs(sum(waits) / len(waits) / 5_000_000 - 1) < 0.05


def test_think_time_must_be_positive() -> None:
    """A think time of 0 is refused by name."""
    with pytest.raises(InputError, match=r"^think: 0 is too small; give more than 0$"):
        conversation(think=Decimal(0))

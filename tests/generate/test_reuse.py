"""Work with perfect reuse."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from prefixsched.generate.reuse import work_with_reuse
from prefixsched.model.cost import Potential
from prefixsched.plugins.registry import load


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("rasq", {"users": 3, "per_user": 2}),
        ("recommender", {"users": 9, "per_user": 4, "templates": 3, "versions": 4}),
        ("conversation", {"chats": 20}),
        ("shared-documents", {"documents": 9, "queries": 40, "system": 50}),
        ("agents", {"systems": 3}),
    ],
)
def test_work_is_the_weight_of_the_trie(name: str, options: dict[str, Any]) -> None:
    """Summing labels gives the same work as building the trie, for every generator."""
    instance = load("generators", name)(
        **options, seed=6, token_time=Decimal("1.5"), attention_time=Decimal("0.01")
    )
    trie, cost = instance.trie, instance.cost
    assert cost == Potential(Fraction(3, 2), Fraction(1, 100))
    weight = (cost.potential(trie.depth) - cost.potential(trie.depth[trie.parent])).sum()
    assert work_with_reuse(instance.prompts, cost) == weight
    assert len({tuple(instance.prompts.segments(j)) for j in range(instance.n)}) == instance.n

"""Questions about shared documents."""

from collections import Counter
from decimal import Decimal

import pytest

from prefixsched.generate.shared_documents import shared_documents
from prefixsched.model.errors import InputError


def popularity(zipf: str) -> list[int]:
    """How often each of four documents is asked about in 6,000 questions."""
    instance = shared_documents(documents=4, queries=6000, zipf=Decimal(zipf), seed=1)
    asked = Counter(instance.prompts.segments(j)[0][0] for j in range(instance.n))
    return [asked[f"d{i}"] for i in range(1, 5)]


def test_popularity_is_zipf() -> None:
    """The i-th document is asked about in proportion to 1/i^zipf."""
    for zipf, weights in {"0": [1, 1, 1, 1], "1": [12, 6, 4, 3], "2": [144, 36, 16, 9]}.items():
        for asked, weight in zip(popularity(zipf), weights, strict=True):
            assert abs(asked - 6000 * weight / sum(weights)) < 150


def test_a_document_is_the_same_in_every_prompt() -> None:
    """All questions about a document share all of it, after the system prompt."""
    instance = shared_documents(documents=5, queries=60, system=77, seed=2)
    prompts = [instance.prompts.segments(j) for j in range(instance.n)]
    assert {prompt[0] for prompt in prompts} == {("system", 77)}
    assert len({prompt[1] for prompt in prompts}) == len({prompt[1][0] for prompt in prompts})
    assert [prompt[2][0] for prompt in prompts] == list(instance.ids)


def test_negative_exponent() -> None:
    """An exponent below 0 is refused by name."""
    with pytest.raises(InputError, match=r"^zipf: -1 is too small; give 0 or more$"):
        shared_documents(zipf=Decimal(-1))

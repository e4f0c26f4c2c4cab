"""Agents' calls: system prompt, examples, context and query, a deep trie."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate
from operator import mul
from typing import Literal

from prefixsched.generate.columns import Column, prompts_of
from prefixsched.generate.common_options import documents_common_options
from prefixsched.generate.setting import Setting
from prefixsched.generate.sizes import sizes
from prefixsched.model.instance import Instance
from prefixsched.model.options import CacheName, spread, total, whole


@documents_common_options
def agents(
    *,
    systems: int = 2,
    example_sets: int = 3,
    contexts: int = 4,
    per_context: int = 5,
    system: int = 1000,
    examples: int = 1500,
    context: int = 2000,
    query: int = 200,
    cv: float = 0.5,
    load: Decimal | None = None,
    gap: Decimal | None = None,
    rate: Decimal | None = None,
    arrivals: Literal["regular", "poisson"] = "poisson",
    seed: int = 0,
    token_time: Decimal = Decimal(1),
    attention_time: Decimal = Decimal(0),
    cache: CacheName = "last",
    name: str | None = None,
) -> Instance:
    """Make a queue of agents' calls, whose prompts share prefixes at three levels.

    A prompt is (system prompt)(few-shot examples)(tool or context)(query).
    Every system prompt is followed by its own example sets, each of those by
    its own contexts, and each of those by its own queries; all queries are
    shuffled.

    Parameters
    ----------
    systems
        System prompts.
    example_sets
        Example sets after each system prompt.
    contexts
        Tools or contexts after each example set.
    per_context
        Queries after each context.
    system
        Mean tokens of a system prompt.
    examples
        Mean tokens of an example set.
    context
        Mean tokens of a context.
    query
        Mean tokens of a query.

    Returns
    -------
    Instance
        Its queries in order of arrival.

    Raises
    ------
    InputError
        If an option is out of range.

    Examples
    --------
    ``prefixsched generate agents --systems 1 --contexts 8 --load 1.1 --seed 3 -o agents.json``
    """
    setting = Setting.read("agents", dict(locals()))
    for option, value in {
        "systems": systems,
        "example_sets": example_sets,
        "contexts": contexts,
        "per_context": per_context,
        "system": system,
        "examples": examples,
        "context": context,
        "query": query,
    }.items():
        whole(option, value)
    cv = spread("cv", cv)
    rng = setting.rng

    n = total(systems, example_sets, contexts, per_context)
    counts = accumulate((systems, example_sets, contexts, per_context), mul)
    shuffled = rng.permutation(n)
    columns, names = list[Column](), [""]
    for letter, count, mean in zip("sfcq", counts, (system, examples, context, query), strict=True):
        names = _below(names, letter, count)
        node = shuffled // (n // count)
        columns.append(Column(names, node, sizes(rng, count, mean, cv)[node]))
    prompts = prompts_of(*columns)
    arrival = setting.arrivals(n, setting.gap(prompts))
    return setting.instance([names[j] for j in shuffled.tolist()], arrival, prompts)


def _below(names: list[str], letter: str, count: int) -> list[str]:
    """``count`` names, as many below each of ``names``: s1, s1f1, s1f1c1."""
    each = count // len(names)
    return [f"{name}{letter}{k}" for name in names for k in range(1, each + 1)]

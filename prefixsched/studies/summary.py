"""What an instance holds, in a few figures."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from prefixsched.bounds.recomputation import recomputation_bound
from prefixsched.bounds.stack_distance import stack_distance_bound
from prefixsched.bounds.work import work_bound
from prefixsched.model.cost import Potential
from prefixsched.model.display import Displayed, Records, query_count
from prefixsched.model.instance import Instance
from prefixsched.online.simulation import simulate


@dataclass(frozen=True, repr=False)
class Summary(Displayed):
    """Figures of an instance; times in ticks, lengths in tokens.

    Parameters
    ----------
    n
        Queries.
    own_ttft
        Queries that state their own TTFT allowance.
    first_arrival, last_arrival
        When the first and the last query arrive.
    prompt_tokens, longest_prompt
        All prompts together, and the longest.
    trie_nodes, trie_depth
        Nodes of the prompts' radix trie, and edges on its longest path.
    reuse_tokens
        Prompt tokens that need not be computed where every query finds all that
        any other shares with it: what a depth-first order of the trie reuses.
    work
        Prefill time with that reuse; None where the cost isn't a potential, as
        it then depends on the order.
    lower_bound
        A proven lower bound on the largest TTFT of any schedule.
    """

    n: int
    own_ttft: int
    first_arrival: int
    last_arrival: int
    prompt_tokens: int
    longest_prompt: int
    trie_nodes: int
    trie_depth: int
    reuse_tokens: int
    work: int | None
    lower_bound: int

    @property
    def span(self) -> int:
        """Time between the first and the last arrival."""
        return self.last_arrival - self.first_arrival

    @property
    def reuse_share(self) -> float | None:
        """``reuse_tokens`` over ``prompt_tokens``; None without prompts."""
        return self.reuse_tokens / self.prompt_tokens if self.prompt_tokens else None

    @property
    def load(self) -> float | None:
        """Mean work per query over the mean gap between arrivals; None without either.

        Above 1 the queue grows however well the prompts are reused.
        """
        if self.work is None or self.span == 0:
            return None
        return (self.work / self.n) / (self.span / (self.n - 1))

    def _headline(self) -> str:
        return (
            f"of {query_count(self.n)}: {self.prompt_tokens:,} prompt tokens, "
            f"largest TTFT at least {self.lower_bound:,} ticks"
        )

    def _records(self, most: int | None) -> Records:
        return [self.as_dict()][:most]

    def _size(self) -> int:
        return 1

    def as_dict(self) -> dict[str, Any]:
        """All figures, by name."""
        derived = {"span": self.span, "reuse_share": self.reuse_share, "load": self.load}
        return asdict(self) | derived


def summarise(instance: Instance) -> Summary:
    """Collect the figures of an instance."""
    assert instance.allowance is not None
    trie, cost = instance.trie, instance.cost
    tokens = int(instance.length.sum())
    # A node's queries but the first compute one token each: the last, which is never reused.
    again = np.maximum(trie.ending - 1, 0) * (trie.depth > 0)
    computed = int((trie.depth - trie.depth[trie.parent] + again).sum())
    work = None
    if isinstance(cost, Potential):
        potential = cost.potential(trie.depth)
        last_token = potential - cost.potential(np.maximum(trie.depth - 1, 0))
        work = int((potential - potential[trie.parent] + again * last_token).sum())
    fcfs = simulate(instance, "fcfs")
    lower = work_bound(instance).ticks
    for bound in (recomputation_bound, stack_distance_bound):  # each for its own cache
        lower = bound(instance, lower, fcfs.max).ticks
    return Summary(
        n=instance.n,
        own_ttft=int((instance.allowance >= 0).sum()),
        first_arrival=int(instance.arrival.min()),
        last_arrival=int(instance.arrival.max()),
        prompt_tokens=tokens,
        longest_prompt=int(instance.length.max()),
        trie_nodes=trie.n_nodes,
        trie_depth=int(trie.level.max()),
        reuse_tokens=tokens - computed,
        work=work,
        lower_bound=lower,
    )

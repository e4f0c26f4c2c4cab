"""Local search with the cache ``lru``."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from prefixsched.cost import Table
from prefixsched.errors import InputError
from prefixsched.instance import Instance
from prefixsched.pathcosts import path_costs
from prefixsched.prompts import IntArray
from prefixsched.radix import clipped

MOVES = 20_000
"""Moves where neither a deadline nor a number of moves is given."""
BATCH = 500_000
"""Moves times queries between two looks at the clock."""


def improve_lru(
    instance: Instance,
    order: Sequence[int] | IntArray,
    *,
    deadline: float | None = None,
    seed: int = 0,
    max_moves: int | None = None,
    enough: int = 0,
) -> IntArray:
    """Rearrange an order so that the largest TTFT falls, by moving one query at a time.

    Parameters
    ----------
    instance
        Its cache is ``lru``.
    order
        ``[n]``; a permutation of all queries.
    deadline
        When to end, by ``time.monotonic()``; looked at every few hundredths of a second.
    seed
        Of all random choices: with ``max_moves`` and no deadline, runs repeat.
    max_moves
        The most moves; ``MOVES`` where no deadline is given either.
    enough
        A largest TTFT that need not be bettered: a proven lower bound, say.

    Returns
    -------
    array
        ``[n]``; an order with a largest TTFT no more than the one given.

    Raises
    ------
    InputError
        If the cache isn't ``lru``.
    """
    from prefixsched.kernels.climb import climb

    if instance.capacity is None:
        raise InputError(f"cache: {instance.cache}, but this search is for lru; use improve")
    assert not isinstance(instance.cost, Table)
    trie = clipped(instance)
    data = (
        instance.capacity, trie.node, trie.parent, trie.depth, trie.level, instance.arrival,
        *path_costs(instance.cost, trie),
    )  # fmt: skip
    left = MOVES if max_moves is None and deadline is None else max_moves
    best, worst = np.array(order, dtype=np.int64), enough + 1
    seeds = np.random.default_rng(seed)
    while worst > enough and (left is None or left > 0):
        if deadline is not None and time.monotonic() >= deadline:
            break
        moves = max(1, BATCH // instance.n)
        moves = moves if left is None else min(moves, left)
        best, worst = climb(best, moves, int(seeds.integers(2**31)), *data)
        left = None if left is None else left - moves
    return best

"""Hill climbing on an order with the cache ``lru``."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.cost import Table
from prefixsched.model.instance import Instance
from prefixsched.model.path_costs import path_costs
from prefixsched.online.radix_cache import clipped
from prefixsched.runtime.limits import expired

DEFAULT_WORK = 200_000_000
"""Moves times queries where neither a deadline nor a number of moves is given."""
WORK_BETWEEN_LOOKS = 500_000
"""Moves times queries between two looks at the clock."""


def climb_lru(
    instance: Instance,
    order: IntArray,
    deadline: float | None,
    seed: int,
    max_moves: int | None,
    enough: int,
) -> IntArray:
    """Move one query at a time, as no matrix says what a query costs with ``lru``.

    Parameters and result are those of :func:`prefixsched.heuristics.local_search.improve`.
    """
    from prefixsched.kernels.heuristics.lru_climb import climb

    assert instance.capacity is not None
    assert not isinstance(instance.cost, Table)
    trie = clipped(instance)
    nodes = (trie.node, trie.parent, trie.depth, trie.level)
    costs = path_costs(instance.cost, trie)
    rng = np.random.default_rng(seed)
    worst, left = enough + 1, max_moves
    if max_moves is None and deadline is None:
        left = DEFAULT_WORK // instance.n
    while worst > enough and (left is None or left > 0):
        if expired(deadline):
            break
        moves = max(1, WORK_BETWEEN_LOOKS // instance.n)
        if left is not None:
            moves = min(moves, left)
            left -= moves
        draws = rng.integers(2**62, size=(moves, 2))
        order, worst = climb(order, draws, instance.capacity, *nodes, instance.arrival, *costs)
    return order

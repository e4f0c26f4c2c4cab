"""Hitting sets: the fewest queries such that every core has one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.runtime.threads import beside

WORK = 5.0
"""CP-SAT's own measure of work, about seconds, that one hitting set may take."""


@dataclass(frozen=True)
class Hitting:
    """A small hitting set, and how small one can be.

    Parameters
    ----------
    least
        No hitting set is smaller.
    queries
        One that was found; the smallest where it has ``least`` queries.
    """

    least: int
    queries: tuple[int, ...]


def hitting_set(
    cores: Sequence[IntArray],
    rank: IntArray,
    seconds: float | None = None,
    after: Sequence[tuple[int, int]] = (),
) -> Hitting:
    """The smallest hitting set, by CP-SAT; of equal ones, that of low ranks.

    Each query of ``cores`` costs n² and its rank, with ranks below n, so that the
    ranks of a set sum to less than n²: a set of least cost is one of least size.

    Parameters
    ----------
    cores
        Nonempty arrays of queries.
    rank
        ``[n]``; distinct numbers from 0 to n - 1, the lowest for who shall miss first.
    seconds
        The most time to take; a set that is not proven smallest in it, or in ``WORK``,
        comes with a plainer bound.
    after
        Pairs (i, j): a set that has i has j, too.
    """
    if not cores:
        return Hitting(0, ())
    from ortools.sat.python import cp_model

    weight = len(rank) ** 2
    used = np.unique(np.concatenate((*cores, *after))).tolist()
    model = cp_model.CpModel()
    taken = {j: model.new_bool_var("") for j in used}
    for core in cores:
        model.add_bool_or([taken[j] for j in core.tolist()])
    for i, j in after:
        model.add_implication(taken[i], taken[j])
    model.minimize(sum((weight + int(rank[j])) * taken[j] for j in used))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = WORK
    if seconds is not None:
        solver.parameters.max_time_in_seconds = seconds
    solver.parameters.catch_sigint_signal = False  # it would put its own handler there
    (status,) = beside([lambda: solver.solve(model)], solver.stop_search)
    if status == cp_model.OPTIMAL:
        queries = tuple(j for j in used if solver.boolean_value(taken[j]))
        return Hitting(len(queries), queries)
    return Hitting(_apart(cores), _closed(_greedy(cores, rank), after))


def _apart(cores: Sequence[IntArray]) -> int:
    """Cores without a query in common, taken greedily: each needs one of its own."""
    seen: set[int] = set()
    count = 0
    for core in sorted(cores, key=len):
        queries = set(core.tolist())
        if not queries & seen:
            seen |= queries
            count += 1
    return count


def _closed(queries: Sequence[int], after: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """The queries, and all that must be in a set that has them."""
    follows: dict[int, list[int]] = {}
    for i, j in after:
        follows.setdefault(i, []).append(j)
    found, left = set(queries), list(queries)
    while left:
        for j in follows.get(left.pop(), []):
            if j not in found:
                found.add(j)
                left.append(j)
    return tuple(sorted(found))


def _greedy(cores: Sequence[IntArray], rank: IntArray) -> tuple[int, ...]:
    """One query after another that hits most of the cores not hit yet."""
    left, chosen = [set(core.tolist()) for core in cores], []
    while left:
        count = np.zeros_like(rank)
        for queries in left:
            count[list(queries)] += 1
        best = int(np.lexsort((rank, -count))[0])
        chosen.append(best)
        left = [queries for queries in left if best not in queries]
    return tuple(chosen)

"""Which row and colour of a Gantt chart each query has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.instance import Instance
from prefixsched.plot.style import COLOURS

MOST_QUERY_ROWS = 32
"""With more queries than this, a row holds a group of them."""
MOST_GROUP_ROWS = 48
"""With more groups than this, the last row holds all that are small."""


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of a chart, first at the top.

    Parameters
    ----------
    labels
        What each row is called.
    row
        ``[n]``; each query's row, -1 for one that isn't shown.
    colour
        ``[n]``; each query's colour, counted from 0; -1 for none of its own.
    per_query
        Whether each query has a row of its own.
    """

    labels: Sequence[str]
    row: IntArray
    colour: IntArray
    per_query: bool


def rows_of(instance: Instance, order: Sequence[int]) -> Rows:
    """One row per query in order of service, or per group where there are many queries.

    Groups come in the order in which they are served first. ``order`` may hold
    some of the queries: the others are not shown, nor counted.
    """
    branch = branches(instance)
    served = np.array(order)
    groups, first, count = np.unique(branch[served], return_index=True, return_counts=True)
    size = dict(zip(groups.tolist(), count.tolist(), strict=True))
    groups = groups[np.argsort(first)]
    shared = [g for g in groups.tolist() if size[g] > 1]
    row, colour = np.full((2, instance.n), -1)
    if len(served) <= MOST_QUERY_ROWS:
        # A group of one shares nothing and needs no colour: fewer are told apart more easily.
        colours = {g: k for k, g in enumerate(shared)}
        row[served] = np.arange(len(served))
        colour[served] = [colours.get(g, -1) for g in branch[served].tolist()]
        return Rows([instance.ids[j] for j in order], row, colour, per_query=True)
    large = sorted(shared, key=lambda g: -size[g])
    kept = large if len(large) == len(groups) <= MOST_GROUP_ROWS else large[: MOST_GROUP_ROWS - 1]
    kept = [g for g in groups.tolist() if g in set(kept)]
    rest = len(served) - sum(size[g] for g in kept)
    labels = [f"{_label(instance, branch, g)} ({size[g]})" for g in kept]
    if rest:
        labels.append(f"others ({rest})" if kept else f"queries ({rest})")
    place = {g: k for k, g in enumerate(kept)}
    row[served] = [place.get(g, len(kept)) for g in branch[served].tolist()]
    # Rows tell groups apart already.
    colour[served] = np.where(row[served] == len(kept), -1, row[served] % len(COLOURS))
    return Rows(labels, row, colour, per_query=False)


def branches(instance: Instance) -> IntArray:
    """``[n]``; the branch of the trie that each query is in, by its node.

    Branches are the children of the root, or of the first node below it where
    prompts part: a system prompt that all share makes no group. A query that
    ends above the branches is a branch of its own.
    """
    trie = instance.trie
    top = 0
    while not trie.ending[top] and len(children := np.flatnonzero(trie.parent[1:] == top)) == 1:
        top = int(children[0]) + 1
    branch = trie.node.copy()
    while len(climbing := np.flatnonzero((branch > top) & (trie.parent[branch] != top))):
        branch[climbing] = trie.parent[branch[climbing]]
    own = np.flatnonzero(branch <= top)
    branch[own] = trie.n_nodes + own
    return branch


def _label(instance: Instance, branch: IntArray, group: int) -> str:
    """The label of the segment with which a group's prompts part from the others'."""
    j = int(np.flatnonzero(branch == group)[0])
    skip = int(instance.trie.depth[instance.trie.parent[group]])
    for name, length in instance.prompts.segments(j):
        if skip < length:
            return name if isinstance(name, str) else f"token {name}"
        skip -= length
    return instance.ids[j]

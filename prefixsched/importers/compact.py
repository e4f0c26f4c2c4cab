"""Prompts with few, long segments in place of many short ones."""

from __future__ import annotations

import numpy as np

from prefixsched.prompts import Prompts
from prefixsched.trie import Trie


def compact(prompts: Prompts) -> Prompts:
    """Prompts with the same lengths and overlaps, one segment per chain of the trie.

    A node of the trie belongs to the prompt that comes first among those below
    it in lexicographic order. The nodes of one owner form a chain, which ends
    where the owner ends, and each chain becomes one label: a prompt that leaves
    a chain after t of its tokens has the segment [label, t], and goes on in the
    chain where it turned off. Prompts that leave a chain at one place and stay
    together share the next label; others have different lengths or labels there.

    A label is the name of the segment in which its chain begins; where that is
    taken, ``~2``, ``~3``, … are put after it.
    """
    trie = Trie.build(prompts)
    # Nodes are in preorder and an owner is a position in the order, so a chain
    # is a run of nodes with equal ``first``. The root is no part of any chain.
    heads = np.append(True, np.diff(trie.first[1:]) != 0)
    top = 1 + np.flatnonzero(heads)
    chain = np.append(-1, np.cumsum(heads) - 1)

    rows, labels, lengths = [], [], []
    row, node = np.arange(len(prompts)), trie.node
    while row.size:  # each round takes every prompt up by one chain
        within = chain[node]
        above = trie.parent[top[within]]
        rows.append(row)
        labels.append(within)
        lengths.append(trie.depth[node] - trie.depth[above])
        row, node = row[above > 0], above[above > 0]

    # The last round holds the first segments; a stable sort by row puts them in order.
    row = np.concatenate(rows[::-1])
    order = np.argsort(row, kind="stable")
    return Prompts(
        np.concatenate(([0], np.cumsum(np.bincount(row, minlength=len(prompts))))),
        np.concatenate(labels[::-1])[order],
        np.concatenate(lengths[::-1])[order],
        _names(prompts, trie, top),
    )


def _names(prompts: Prompts, trie: Trie, top: np.ndarray) -> list[str]:
    """A distinct label for each chain, from the segment in which it begins."""
    owner = trie.order[trie.first[top]]
    token = prompts.cumulative[prompts.offsets[owner]] + trie.depth[trie.parent[top]]
    segment = np.searchsorted(prompts.cumulative, token, side="right") - 1
    wanted = [str(prompts.names[label]) for label in prompts.labels[segment].tolist()]
    taken = set(wanted)
    names, seen = [], dict[str, int]()
    for name in wanted:
        count = seen[name] = seen.get(name, 0) + 1
        if count > 1:
            while (fresh := f"{name}~{count}") in taken:
                count = seen[name] = count + 1
            taken.add(fresh)
            name = fresh
        names.append(name)
    return names

"""Prompts with few, long segments in place of many short ones."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.prompts import Prompts
from prefixsched.model.trie import Trie


def compact(prompts: Prompts) -> Prompts:
    """Prompts with the same lengths and overlaps, one segment per chain of the trie.

    A chain goes down from a node to the child that most prompts run through, and
    on from there (heavy paths: Sleator and Tarjan, Journal of Computer and System
    Sciences 26(3), 1983). Whoever leaves it goes on where less than half of the
    prompts do, or as many; so a prompt of any depth has O(log n) segments, and a
    chat that grows by a block a turn has one. Each chain becomes one label: a prompt
    that leaves a chain after t of its tokens has the segment [label, t], and goes
    on in the chain where it turned off. Prompts that leave a chain at one place and
    stay together share the next label; others have different lengths or labels
    there.

    A label is the name of the segment in which its chain begins; where that is
    taken, ``~2``, ``~3``, … are put after it.
    """
    trie = Trie.build(prompts)
    top = _chains(trie)
    heads = np.unique(top[1:])  # the root is in no chain
    chain = np.searchsorted(heads, top)

    rows, labels, lengths = [], [], []
    row, node = np.arange(len(prompts)), trie.node
    while row.size:  # each round takes every prompt up by one chain
        within = chain[node]
        above = trie.parent[top[node]]
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
        _names(prompts, trie, heads),
    )


def _chains(trie: Trie) -> IntArray:
    """``[N]``; the node in which each node's chain begins."""
    queries = trie.last - trie.first
    # By parent, then most queries, then first place: the first of a parent's children is heavy.
    children = np.lexsort((trie.first, -queries, trie.parent))
    children = children[children > 0]
    first = np.append(True, np.diff(trie.parent[children]) != 0)
    heavy = children[first & (trie.parent[children] > 0)]
    top = np.arange(trie.n_nodes)
    top[heavy] = trie.parent[heavy]
    while (top[top] != top).any():  # pointer doubling: twice as far up each time
        top = top[top]
    return top


def _names(prompts: Prompts, trie: Trie, top: IntArray) -> list[str]:
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

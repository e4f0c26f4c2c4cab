"""Lowest common ancestor of two trie nodes, by climbing: O(depth)."""

from __future__ import annotations

from prefixsched.arrays import IntArray
from prefixsched.kernels.jit import kernel


@kernel
def common_ancestor(parent: IntArray, a: int, b: int) -> int:
    """The deepest node that is above both, or one of them.

    Parameters
    ----------
    parent
        ``[N]``; nodes in preorder, the root first: of two nodes the larger number is the deeper
        or the later, so that it is never above the other.
    a, b
        Two nodes.
    """
    while a != b:
        if a > b:
            a = parent[a]
        else:
            b = parent[b]
    return a

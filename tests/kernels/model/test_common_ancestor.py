"""Tests of the lowest common ancestor, against the two paths to the root."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import instances

from prefixsched.kernels.model.common_ancestor import common_ancestor

pytestmark = pytest.mark.kernels


def path(parent, v):
    """A node and all above it."""
    nodes = {v}
    while v:
        v = int(parent[v])
        nodes.add(v)
    return nodes


@given(instances(max_queries=8), st.data())
def test_common_ancestor_is_the_deepest_on_both_paths(instance, data):
    """In preorder the deepest of a path has the largest number."""
    parent = instance.trie.parent
    a, b = (data.draw(st.integers(0, len(parent) - 1)) for _ in range(2))
    found = common_ancestor(parent, np.int64(a), np.int64(b))
    assert found == max(path(parent, a) & path(parent, b))

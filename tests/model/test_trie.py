"""Tests of the radix trie against the definition of overlap."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import prompts, stream

from prefixsched.model.prompts import Prompts
from prefixsched.model.trie import Trie

pytestmark = pytest.mark.kernels


def shared_tokens(x, y):
    """The definition: segment by segment while labels agree, onward while lengths do."""
    shared = 0
    for (label, length), (other, other_length) in zip(x, y, strict=False):
        if label != other:
            break
        shared += min(length, other_length)
        if length != other_length:
            break
    return shared


@given(st.lists(prompts, min_size=1, max_size=9))
def test_overlaps_equal_the_definition(texts):
    """Pairwise look-ups and the matrix agree with the definition, cap included."""
    trie = Trie.build(Prompts.from_segments(texts))
    n = len(texts)
    expected = [
        [min(shared_tokens(x, y), sum(length for _, length in y) - 1) for y in texts] for x in texts
    ]
    i, j = (axis.ravel() for axis in np.meshgrid(np.arange(n), np.arange(n), indexing="ij"))
    assert trie.overlap_matrix().tolist() == expected
    assert trie.overlap(i, j).reshape(n, n).tolist() == expected


@given(st.lists(prompts, min_size=1, max_size=9))
def test_nodes_are_in_preorder_and_ranges_nest(texts):
    """Parents come before children, and a node's range lies in its parent's."""
    trie = Trie.build(Prompts.from_segments(texts))
    child = np.arange(1, trie.n_nodes)
    parent = trie.parent[1:]
    assert (parent < child).all()
    assert (trie.depth[parent] < trie.depth[child]).all()
    assert (trie.first[parent] <= trie.first[child]).all()
    assert (trie.last[child] <= trie.last[parent]).all()
    assert (trie.depth[trie.node] == trie.length).all()
    assert int(trie.ending.sum()) == len(texts)


@given(st.lists(prompts, min_size=1, max_size=9))
def test_graph_is_a_tree_with_the_same_levels(texts):
    """The networkx export is an arborescence whose hops are the trie's levels."""
    trie = Trie.build(Prompts.from_segments(texts))
    graph = trie.graph()
    assert nx.is_arborescence(graph)
    assert nx.single_source_shortest_path_length(graph, 0) == dict(enumerate(trie.level.tolist()))
    assert sorted(q for _, here in graph.nodes(data="queries") for q in here) == list(
        range(len(texts))
    )


def test_lengths_too_large_to_pack_are_ranked():
    """Labels and lengths whose product passes 64 bits still sort."""
    huge = 2**53
    texts = [[("a", huge), ("b", 1)], [("a", huge)], [("c", 5)], [("a", 3)]] + [
        [(f"x{k}", huge)] for k in range(2000)
    ]
    trie = Trie.build(Prompts.from_segments(texts))
    assert trie.overlap(np.array([0, 3]), np.array([1, 0])).tolist() == [huge - 1, 3]


def test_prompts_may_be_left_out():
    """Empty prompts, as a table cost allows, share nothing."""
    trie = Trie.build(Prompts.from_segments([[], []]))
    assert trie.overlap_matrix().tolist() == [[0, 0], [0, 0]]
    assert stream((0, "ab"), (0, "ac")).trie.n_nodes == 4

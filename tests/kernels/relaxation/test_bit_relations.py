"""Tests of relations as rows of bits, against networkx and numpy."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import examples

from prefixsched.kernels.relaxation.bit_relations import closure, twice

pytestmark = pytest.mark.kernels


@st.composite
def relations(draw):
    """Sparse relations on up to 70 things: more than one word, cycles and loops among them."""
    n = draw(st.one_of(st.integers(1, 8), st.sampled_from([63, 64, 65, 70])))
    pair = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))
    relation = np.zeros((n, n), dtype=bool)
    for i, j in draw(st.lists(pair, max_size=3 * min(n, 12))):
        relation[i, j] = True
    return relation


@settings(max_examples=examples(60))
@given(relations())
def test_closure_is_networkx_transitive_closure(relation):
    """Pairs joined by a walk of at least one step."""
    graph = nx.from_numpy_array(relation, create_using=nx.DiGraph)
    expected = nx.to_numpy_array(nx.transitive_closure(graph, reflexive=False), dtype=bool)
    assert (closure(relation) == expected).all()


@settings(max_examples=examples(60))
@given(relations())
def test_twice_is_the_product_with_itself(relation):
    """Pairs joined by a walk of two steps."""
    product = relation.astype(np.int64) @ relation.astype(np.int64)
    assert (twice(relation) == (product > 0)).all()

"""Tests of the longest common prefix with any earlier prompt, against all pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import causal, instances, linear

from prefixsched.kernels.heuristics.reuse_before import earlier_overlap

pytestmark = pytest.mark.kernels


@given(instances(max_queries=8, costs=st.one_of(linear, causal)), st.randoms(use_true_random=False))
def test_earlier_overlap_is_the_longest_with_an_earlier_prompt(instance, random):
    """Against all pairs."""
    rank = np.array(random.sample(range(instance.n), instance.n))
    trie = instance.trie
    found = earlier_overlap(rank[trie.order], trie.lcp)
    everyone = np.arange(instance.n)
    for place, j in enumerate(trie.order.tolist()):
        earlier = everyone[rank < rank[j]]
        shared = trie.shared(earlier, np.full(len(earlier), j))
        assert found[place] == shared.max(initial=0)

"""Tests that few long segments say the same as many short ones."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import prompts
from thorough import examples

from prefixsched.importers.compact import compact
from prefixsched.model.prompts import Prompts
from prefixsched.model.trie import Trie

blocks = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([4, 4, 4, 2])), min_size=1, max_size=6
)


@settings(max_examples=examples(300))
@given(st.lists(prompts | blocks, min_size=1, max_size=9))
def test_lengths_and_overlaps_stay(texts):
    """Repeats, prefixes, partial blocks and ids that return at other places included."""
    plain = Prompts.from_segments(texts)
    short = compact(plain)
    assert short.length.tolist() == plain.length.tolist()
    assert (
        Trie.build(short).overlap_matrix().tolist() == Trie.build(plain).overlap_matrix().tolist()
    )
    assert len(set(short.names)) == len(short.names)
    assert max(np.diff(short.offsets)) <= 1 + math.log2(len(texts))  # each turn halves who is left


def test_a_chat_that_grows_by_a_block_a_turn_is_one_segment():
    """However many turns it has; one more for the block that a turn has for itself."""
    row = [(k, 64) for k in range(300)]
    grown = compact(Prompts.from_segments([row[: k + 1] for k in range(300)]))
    assert [grown.segments(k) for k in (0, 299)] == [[("0", 64)], [("0", 64 * 300)]]
    ends = compact(Prompts.from_segments([[*row[: k + 1], (f"x{k}", 7)] for k in range(300)]))
    assert [ends.segments(k) for k in (0, 250)] == [
        [("0", 64), ("x0", 7)],
        [("0", 64 * 251), ("x250", 7)],
    ]


def test_a_chain_is_one_segment():
    """Blocks that always come together need one label, named after their first."""
    table = compact(
        Prompts.from_segments(
            [
                [("s", 512), ("a", 512), ("b", 100)],
                [("s", 512), ("a", 512), ("c", 512), ("d", 30)],
                [("s", 512), ("a", 512), ("b", 100)],
            ]
        )
    )
    assert [len(table.segments(j)) for j in range(3)] == [1, 2, 1]
    assert table.segments(0) == [("s", 1124)]
    assert table.segments(1) == [("s", 1024), ("c", 542)]

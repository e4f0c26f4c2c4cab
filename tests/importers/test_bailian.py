"""Tests of the Qwen-Bailian importer."""

import json
from pathlib import Path

import pytest

from prefixsched.importers.bailian import read
from prefixsched.importers.trace import to_instance
from prefixsched.model.errors import InputError

ROOT = Path(__file__).parents[2]


def write(path, *rows):
    """A trace file of the given rows."""
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def chat(chat_id, timestamp, input_length, hash_ids, parent=-1, turn=1):
    """One row, with all fields that the public traces have."""
    return {
        "chat_id": chat_id, "parent_chat_id": parent, "timestamp": timestamp,
        "input_length": input_length, "output_length": 9, "type": "text", "turn": turn,
        "hash_ids": hash_ids,
    }  # fmt: skip


def test_rows_become_queries(tmp_path):
    """Times in seconds, blocks of 16 tokens, chats by their ids."""
    path = write(
        tmp_path / "b.jsonl",
        chat(7, 61.114, 30, [1, 2]),
        chat(8, 61.5, 50, [1, 2, 3, 4], parent=7, turn=2),
    )
    instance = to_instance(read(path))
    assert list(instance.ids) == ["7", "8"]
    assert instance.arrival.tolist() == [0, 386_000]
    assert instance.length.tolist() == [30, 50]
    assert instance.trie.overlap_matrix()[0, 1] == 30
    assert instance.meta["block_size"] == 16


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"input_length": 4}, "b.jsonl:1: object missing required field timestamp; add it"),
        (chat(1, -2.5, 4, [1]), "b.jsonl:1: timestamp: -2.5 is negative; give 0 or more"),
        (chat(1, 0, -4, [1]), "b.jsonl:1: input_length: expected int >= 1; give 1 or more"),
    ],
)
def test_broken_lines_are_named(tmp_path, row, message):
    """File, line and field."""
    with pytest.raises(InputError) as caught:
        read(write(tmp_path / "b.jsonl", row))
    assert message in str(caught.value)


def test_the_sample_is_read():
    """The trace that the project ships."""
    instance = to_instance(read(ROOT / "instances" / "traces" / "bailian-sample.jsonl"))
    assert instance.n >= 100
    assert int(instance.trie.overlap_matrix().max()) >= 16

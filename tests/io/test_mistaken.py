"""Tests of files that are given for an instance and are none."""

import pytest

from prefixsched.io.instance_file import parse_instance
from prefixsched.model.errors import InputError

LOGS = {
    "Mooncake": b'{"timestamp": 0, "input_length": 9, "hash_ids": [0]}\n{"timestamp": 1}\n',
    "a serving log": b'{"request_id": "r", "arrival_s": 0.5, "ttft_ms": 3}\n',
    "CSV": b"arrival_ms,prompt_tokens,prefill_ms\n1,2,3\n",
    "CSV with semicolons": b'"request_id";"prompt_tokens"\n1;2\n',
    "a benchmark's result": b'{"input_lens": [1, 2], "ttfts": [0.1, 0.2]}',
    "one row, over lines": b'\n  {"timestamp": 0, "hash_ids": [1]}',
}
OTHERS = {
    "an unknown field": (b'{"format": "prefixsched-instance/1", "timestamp": 3}', "timestamp"),
    "text": (b"hello\n", "not JSON"),
    "a list": (b"[1, 2]", "expected object"),
    "nothing": (b"", "not JSON"),
    "no UTF-8": (b"\xff\xfe\x00", "JSON"),
    "deep": (b"[" * 100_000, "got array"),
}


@pytest.mark.parametrize("kind", LOGS)
def test_a_log_is_called_that(kind):
    """One line says what it is, and which commands take it."""
    with pytest.raises(InputError) as caught:
        parse_instance(LOGS[kind], "x.jsonl")
    assert str(caught.value).startswith("x.jsonl: this is a log or trace of requests, not an inst")
    assert "prefixsched import" in str(caught.value)


@pytest.mark.parametrize("kind", OTHERS)
def test_anything_else_is_not(kind):
    """The message is what it was."""
    raw, message = OTHERS[kind]
    with pytest.raises(InputError, match=message) as caught:
        parse_instance(raw, "x")
    assert "log or trace" not in str(caught.value)

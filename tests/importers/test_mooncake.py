"""Tests of the Mooncake importer, and of what all importers share."""

import gzip
import json
import logging
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from prefixsched.importers.mooncake import read
from prefixsched.importers.trace import to_instance
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache
from prefixsched.online.simulation import simulate
from prefixsched.verifier.schedule import evaluate

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "traces" / "mooncake_conversation.jsonl"


def row(timestamp=0, input_length=1000, hash_ids=(0, 1), **more):
    """One line of a trace."""
    fields = {"timestamp": timestamp, "input_length": input_length, "hash_ids": hash_ids}
    return json.dumps({k: v for k, v in (fields | more).items() if v is not None})


@pytest.fixture
def trace(tmp_path):
    """A function that writes lines and reads them as a trace."""

    def write(*lines, name="t.jsonl"):
        path = tmp_path / name
        text = "\n".join(lines).encode()
        path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        return read(path)

    return write


def overlaps(instance):
    """Pairwise reuse as a list of rows."""
    return instance.trie.overlap_matrix().tolist()


@pytest.mark.parametrize("name", ["t.jsonl", "t.jsonl.gz"])
def test_rows_become_queries(trace, name):
    """Times in ms, lengths in tokens, equal leading blocks a shared prefix."""
    read_back = trace(row(5), "", row(7.5, 900, [0, 9]), row(9, 300, ["x"]), name=name)
    instance = to_instance(read_back)
    assert instance.arrival.tolist() == [0, 2500, 4000]
    assert instance.length.tolist() == [1000, 900, 300]
    assert overlaps(instance) == [[999, 512, 0], [512, 899, 0], [0, 0, 299]]
    assert list(instance.ids) == ["q1", "q3", "q4"]
    assert (instance.name, instance.time_unit) == ("t", "us")
    assert instance.cost.token == 40


def test_equal_ids_after_different_ones_share_nothing(trace):
    """A prefix is a prefix: what follows a difference counts for nothing."""
    instance = to_instance(trace(row(0, 1024, [0, 5]), row(1, 1024, [1, 5])))
    assert overlaps(instance)[0][1] == 0


def test_a_partial_last_block_shares_what_both_have(trace):
    """The same id, cut at different places, is shared up to the shorter."""
    instance = to_instance(trace(row(0, 600, [0, 1]), row(1, 700, [0, 1]), row(2, 1024, [0, 1])))
    assert overlaps(instance)[0] == [599, 600, 600]
    assert overlaps(instance)[2] == [599, 699, 1023]


def test_lengths_that_differ_from_the_blocks_are_clamped_and_told_once(trace, caplog):
    """One warning for the file says how many rows, and what was made of them."""
    with caplog.at_level(logging.WARNING, logger="prefixsched"):
        read_back = trace(
            row(0, 5000, [0, 1]), row(1, 2000, [0, 2]), row(2, 100, [0, 3]), row(3, 77, [])
        )
    (record,) = caplog.records
    message = record.getMessage()
    assert (
        "2 of 4 rows have more tokens than their blocks of 512 hold; their prompts are clamped to "
        "the blocks (blocks of mooncake have 512 tokens; hash such)" in message
    )
    assert "1 of 4 rows have no blocks" in message
    assert "1 of 4 rows have blocks past their input_length" in message
    instance = to_instance(read_back)
    assert instance.length.tolist() == [1024, 1024, 100, 77]
    assert overlaps(instance)[3][:3] == [0, 0, 0]


def test_blocks_of_another_size_are_refused(trace):
    """No row's blocks hold its prompt; what is left of an engine's last block may be missing."""
    with pytest.raises(InputError, match="every row has more tokens than its blocks of 512 hold"):
        trace(row(0, 5000, [0, 1]), row(1, 1536, [0, 2]), row(3, 77, []))
    to_instance(trace(row(0, 1535, [0, 1]), row(1, 1500, [0, 2])))


def test_rows_out_of_order_are_sorted(trace):
    """By time, and rows of the same time stay in file order."""
    instance = to_instance(trace(row(9), row(3, 100, [4]), row(9, 200, [5]), row(0, 50, [6])))
    assert list(instance.ids) == ["q4", "q2", "q1", "q3"]


def test_aliases(trace):
    """Other tools' names of the same fields, and delays within a session."""
    instance = to_instance(
        trace(
            row(None, None, [1], created_time=100, input_tokens=500, request_id="a"),
            row(200, 300, [2], session_id="s", request_id="b", output_length=5),
            row(None, 300, [2], session_id="s", delay=50, request_id="c"),
        )
    )
    assert list(instance.ids) == ["a", "b", "c"]
    assert instance.arrival.tolist() == [0, 100_000, 150_000]


def test_a_window_is_taken_and_stretched(trace):
    """Start and count take rows; time-scale stretches exactly; costs and cache are set."""
    read_back = trace(*[row(3 * k, 100 + k, [k]) for k in range(10)])
    instance = to_instance(
        read_back,
        start=2,
        count=3,
        time_scale=Fraction(1, 2),
        token_time=Decimal("12.5"),
        attention_time=Decimal("0.01"),
        cache="unbounded",
    )
    assert instance.arrival.tolist() == [0, 1500, 3000]
    assert instance.length.tolist() == [102, 103, 104]
    assert (instance.name, instance.cache) == ("t-2-5", Cache.UNBOUNDED)
    assert (instance.cost.token, instance.cost.attention) == (Fraction(25, 2), Fraction(1, 100))
    assert instance.meta["source"] == "t.jsonl"
    assert to_instance(read_back, start=8, count=99).n == 2


def test_a_window_may_have_the_first_block_of_all(trace):
    """Its code is 0, which is no length."""
    lines = [row(timestamp=k, hash_ids=(k, k + 1)) for k in range(4)]
    assert to_instance(trace(*lines), count=2).length.tolist() == [1000, 1000]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "t.jsonl:2: not JSON (Input data was truncated); give one JSON object a line"),
        ("[]", "t.jsonl:2: expected object, got array"),
        (row(-1), "t.jsonl:2: timestamp: -1 is negative; give 0 or more"),
        (row(1e300), "t.jsonl:2: timestamp: 1E+300 is past 2^53 us"),
        (row(None), "t.jsonl:2: timestamp: "),
        (row(0, 0), "t.jsonl:2: input_length: expected int >= 1; give 1 or more"),
        (row(0, 2.5), "t.jsonl:2: input_length: expected int | null, got float; give a whole"),
        (row(0, None), "t.jsonl:2: input_length: missing; give the prompt's tokens"),
        (row(0, 5, [None]), "t.jsonl:2: hash_ids[0]: expected int | str, got null"),
    ],
)
def test_broken_lines_are_named(trace, line, message):
    """File, line and field."""
    with pytest.raises(InputError) as caught:
        trace(row(0), line)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": 1}, "start: 1, but the trace has 1 rows; give 0 to 0"),
        ({"start": -1}, "start: -1"),
        ({"count": 0}, "count: 0"),
        ({"time_scale": Fraction(-1)}, "time_scale: -1"),
        ({"token_time": Decimal(-1)}, "token_time: -1"),
    ],
)
def test_bad_options_are_refused(trace, options, message):
    """One line names the option."""
    with pytest.raises(InputError) as caught:
        to_instance(trace(row(0)), **options)
    assert message in str(caught.value)


def test_an_empty_trace_is_refused(trace):
    """A file of blank lines holds no request."""
    with pytest.raises(InputError, match="the file is empty"):
        trace("", " ")


def test_the_sample_is_read():
    """The trace that the project ships, with reuse in it."""
    instance = to_instance(read(ROOT / "instances" / "traces" / "mooncake-sample.jsonl"))
    assert instance.n >= 100
    assert instance.trie.depth[1:].min() >= 1
    assert instance.trie.n_nodes > instance.n


@pytest.mark.skipif(not REAL.exists(), reason="the real trace isn't beside this checkout")
def test_the_real_trace_is_read():
    """All 12,031 requests, with the lengths that the file states."""
    instance = to_instance(read(REAL))
    assert instance.n == 12_031
    assert int(instance.length.sum()) == 144_793_823
    assert np.all(np.diff(instance.arrival) >= 0)


@pytest.mark.skipif(not REAL.exists(), reason="the real trace isn't beside this checkout")
@pytest.mark.parametrize("policy", ["fcfs", "lpm", "k-lpm:4"])
def test_the_real_trace_runs_with_a_radix_cache(policy):
    """All of it, a million tokens cached, as the verifier finds it too."""
    instance = to_instance(read(REAL), cache="lru:1000000")
    run = simulate(instance, policy)
    schedule = evaluate(instance, run.order.tolist())
    assert run.completion.tolist() == list(schedule.completion)
    assert run.reused.tolist() == list(schedule.reused)

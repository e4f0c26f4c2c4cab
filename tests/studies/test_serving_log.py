"""Tests of serving logs."""

import json
import logging
from fractions import Fraction

import pytest

from prefixsched.importers import mooncake
from prefixsched.model.cost import Potential
from prefixsched.model.errors import InputError
from prefixsched.studies.serving_log import read_serving_log

COST = Potential(Fraction(1, 2))
ROWS = [
    {"timestamp": 100, "input_length": 600, "hash_ids": [0, 1], "first_token_ms": 100.5},
    {"timestamp": 101.25, "input_length": 700, "hash_ids": [0, 2], "first_token_ms": 104},
    {"timestamp": 101, "input_length": 512, "hash_ids": [3], "first_token_ms": 103.5},
]


@pytest.fixture
def written(tmp_path):
    """A function that writes rows as JSON Lines, or a text, and gives its path."""

    def write(rows, name="log.jsonl"):
        path = tmp_path / name
        path.write_text(rows if isinstance(rows, str) else "\n".join(map(json.dumps, rows)))
        return path

    return write


def changed(k, **fields):
    """``ROWS`` with other fields in the k-th; None takes one out."""
    rows = [dict(row) for row in ROWS]
    rows[k].update(fields)
    rows[k] = {key: value for key, value in rows[k].items() if value is not None}
    return rows


def test_rows_in_order_of_arrival(written):
    """Times count from the first arrival, in microseconds, and prompts share their blocks."""
    log = read_serving_log(written(ROWS), COST)
    instance = log.instance
    assert instance.ids == ["q1", "q3", "q2"]
    assert instance.arrival.tolist() == [0, 1000, 1250]
    assert log.first_token.tolist() == [500, 3500, 4000]
    assert log.order.tolist() == [0, 1, 2]
    assert instance.cost == COST
    assert instance.trie.depth[instance.trie.parent[instance.trie.node[2]]] == 512


def test_the_order_is_that_of_admission_where_it_is_told(written):
    """A server that begins with one and ends another first served the one first."""
    rows = changed(1, first_admit_ms=102)
    assert read_serving_log(written(rows), COST).order.tolist() == [0, 1, 2]
    for k, admitted in enumerate((100, 102, 103)):
        rows[k]["first_admit_ms"] = admitted
    assert read_serving_log(written(rows), COST).order.tolist() == [0, 2, 1]


def test_csv_with_words_in_a_cell(written):
    """The same log as CSV, with TTFTs in place of times, gives the same queries."""
    text = "id,arrival_us,input_length,hash_ids,ttft_us\n"
    text += "a,0,600,0 1,500\nb,1250,700,0 2,2750\nc,1000,512,3,2500\n"
    log = read_serving_log(written(text, "log.csv"), COST)
    assert log.instance.ids == ["a", "c", "b"]
    assert log.first_token.tolist() == [500, 3500, 4000]
    other = read_serving_log(written(ROWS), COST).instance
    assert log.instance.arrival.tolist() == other.arrival.tolist()
    assert log.instance.length.tolist() == other.length.tolist()


def test_requests_without_a_first_token_are_left_out(written, caplog):
    """What failed is told, not guessed; the clock begins with the first that ran."""
    with caplog.at_level(logging.WARNING):
        log = read_serving_log(written(changed(0, first_token_ms=None)), COST)
    assert log.instance.arrival.tolist() == [0, 250]
    assert log.first_token.tolist() == [2500, 3000]
    assert "1 requests have no first token" in caplog.text


REPORT = [
    {"uuid": "y", "arrival_time_ms": 1.25, "input_length": 700, "first_token_ms": 4.0},
    {"uuid": "x", "arrival_time_ms": 0.0, "input_length": 600, "first_token_ms": 0.5},
    {"uuid": "z", "arrival_time_ms": 1.0, "input_length": 512, "first_token_ms": 3.5},
]


def test_a_report_takes_its_prompts_from_the_trace(written):
    """The k-th request by arrival is the k-th of the trace, which has the hashes."""
    trace = mooncake.read(written(ROWS, "trace.jsonl"))
    log = read_serving_log(written(REPORT), COST, trace=trace)
    whole = read_serving_log(written(ROWS, "own.jsonl"), COST)
    assert log.instance.ids == ["x", "z", "y"]
    assert log.first_token.tolist() == whole.first_token.tolist()
    assert [log.instance.prompts.segments(j) for j in range(3)] == [
        whole.instance.prompts.segments(j) for j in range(3)
    ]


def test_twins_of_a_trace_are_told(written, caplog):
    """Two requests that only their blocks tell apart can't be told apart in the report."""
    rows = [ROWS[0], ROWS[2], ROWS[2] | {"hash_ids": [4]}, ROWS[2] | {"hash_ids": [4]}]
    report = [REPORT[1], *[REPORT[2] | {"uuid": name} for name in "abc"]]
    trace = mooncake.read(written(rows, "trace.jsonl"))
    read_serving_log(written(report), COST, trace=trace)
    assert "1 requests of the trace have the arrival and length of another" in caplog.text


def test_a_trace_of_other_requests_is_refused(written):
    """Numbers and lengths of requests have to agree."""
    trace = mooncake.read(written(ROWS, "trace.jsonl"))
    with pytest.raises(InputError, match="2 requests, but the trace has 3"):
        read_serving_log(written(REPORT[:2]), COST, trace=trace)
    other = [*REPORT[:2], REPORT[2] | {"input_length": 511}]
    with pytest.raises(InputError, match="a request of 511 tokens where the trace has one of 512"):
        read_serving_log(written(other), COST, trace=trace)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (changed(1, timestamp=None), "log.jsonl:2: timestamp: missing"),
        (changed(1, timestamp=-1), "log.jsonl:2: timestamp: -1 is negative"),
        (changed(2, first_token_ms=100), "log.jsonl:3: first_token_ms: 1,000 us before"),
        (changed(0, hash_ids=5), "log.jsonl:1: hash_ids: not a list of block ids"),
        (changed(0, hash_ids=[1.5]), "log.jsonl:1: hash_ids: not a list of block ids"),
        (changed(0, input_length=0), "log.jsonl:1: input_length: 0 is out of range"),
        (REPORT, "no hash_ids, so nobody knows what prompts share; .* --trace"),
        (
            [{key: row[key] for key in ("timestamp", "input_length", "hash_ids")} for row in ROWS],
            "log.jsonl: no request has a first token; give first_token_ms or ttft_ms",
        ),
    ],
)  # fmt: skip
def test_bad_rows(written, rows, message):
    """File, row, field and mend are named."""
    with pytest.raises(InputError, match=message):
        read_serving_log(written(rows), COST)


def test_a_log_without_a_column_is_told_which_would_do(written):
    """With what is there, so that a name can be changed."""
    rows = [{"time": 1, "tokens": 5}, {"time": 2, "tokens": 5, "hash ids": [1]}]
    with pytest.raises(InputError) as told:
        read_serving_log(written(rows), COST)
    assert "no column for the arrival (timestamp, created_time, " in str(told.value)
    assert str(told.value).endswith("; the columns are time, tokens, hash_ids")
    with pytest.raises(InputError, match=r"no column for prompt tokens \(prompt_tokens, "):
        read_serving_log(written([{"timestamp": 1, "tokens": 5}]), COST)
    with pytest.raises(InputError, match="a single column, 'timestamp;isl'; put commas between"):
        read_serving_log(written("timestamp;isl\n1;2\n", "log.csv"), COST)


def test_blocks_of_another_size_are_refused(written):
    """The answer would be of prompts that nobody sent."""
    with pytest.raises(InputError, match="blocks of 16 hold.*give the tokens of a block with --bl"):
        read_serving_log(written(ROWS), COST, block_size=16)

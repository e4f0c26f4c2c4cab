"""Tests of measured times read from logs."""

import json
import logging

import pytest

from prefixsched.calibrate.measurements import read_measurements
from prefixsched.model.errors import InputError


@pytest.fixture
def written(tmp_path):
    """A function that writes a log and gives its path."""

    def write(text, name="log.csv"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def columns(data):
    """The columns as lists."""
    return data.prompt.tolist(), data.cached.tolist(), data.microseconds.tolist()


@pytest.mark.parametrize(
    ("head", "time", "microseconds"),
    [
        ("prompt_tokens,cached_tokens,seconds", "0.25", 250_000),
        ("isl, Cached Tokens ,prefill_ms", "1.5", 1500),
        ("Input-Length,num_cached_tokens,us", "70", 70),
        ("input_tokens,reused_input_tokens,milliseconds", "2", 2000),
    ],
)
def test_columns_by_any_of_their_names(written, head, time, microseconds):
    """Names and units that serving tools use are known."""
    data = read_measurements(written(f"{head}\n100,40,{time}\n"))
    assert columns(data) == ([100], [40], [microseconds])


def test_a_prompt_that_is_wholly_cached_computes_its_last_token(written):
    """The model's cap holds for what a log says, too."""
    data = read_measurements(written("prompt_tokens,cached_tokens,ms\n100,100,3\n"))
    assert data.cached.tolist() == [99]


def test_results_of_a_serving_benchmark(written, caplog):
    """Arrays with one entry per request are read; failures are left out, and doubts told."""
    result = {
        "input_lens": [10, 20, 30], "ttfts": [0.1, 0.0, 0.2], "errors": ["", "timeout", ""],
        "start_times": [5.0, 5.0, 6.0], "mean_ttft_ms": 100,
    }  # fmt: skip
    with caplog.at_level(logging.WARNING):
        data = read_measurements(written(json.dumps(result), "result.json"))
    assert columns(data) == ([10, 30], [0, 0], [100_000, 200_000])
    assert "1 requests failed" in caplog.text
    assert "no cached_tokens" in caplog.text
    assert "TTFTs" not in caplog.text  # none was sent while another waited


def test_ttfts_that_overlap_are_told(written, caplog):
    """Requests sent before another's first token measure waiting, too."""
    result = {"input_lens": [1, 2, 3], "ttfts": [1.0, 1.0, 0.5], "start_times": [0.0, 0.5, 1.6]}
    read_measurements(written(json.dumps(result) + "\n" + json.dumps(result), "result.jsonl"))
    assert "of 6 requests were sent while another waited" in caplog.text


def test_ttfts_alone_are_doubted(written, caplog):
    """Where nobody knows when requests were sent, the caveat is said."""
    read_measurements(written("isl,cached,ttft_ms\n10,0,1\n"))
    assert "only requests sent one at a time" in caplog.text


def test_a_per_request_report(written, caplog):
    """From admission to first token is a prefill; what never had one is left out."""
    rows = [
        {"uuid": "a", "arrival_time_ms": 0.0, "first_admit_ms": 2.0, "first_token_ms": 5.5,
         "ttft_ms": 5.5, "input_length": 64, "reused_input_tokens": 32},
        {"uuid": "b", "arrival_time_ms": 0.0, "first_admit_ms": 5.0, "first_token_ms": None,
         "ttft_ms": None, "input_length": 64, "reused_input_tokens": 0},
    ]  # fmt: skip
    data = read_measurements(written("\n".join(map(json.dumps, rows)), "report.jsonl"))
    assert columns(data) == ([64], [32], [3500])
    assert "1 requests failed" in caplog.text
    assert "TTFT" not in caplog.text


GOOD = "prompt_tokens,cached_tokens,seconds\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "100,0,0.1\n\n100,zero,0.1\n", "log.csv:4: cached_tokens: 'zero' is not a number"),
        (GOOD + "100,101,0.1\n", "log.csv:2: cached_tokens: 101 of 100 prompt tokens"),
        (GOOD + "0,0,0.1\n", "log.csv:2: prompt_tokens: 0 is out of range"),
        (GOOD + "1.5,0,0.1\n", "log.csv:2: prompt_tokens: 1.5 is no whole number"),
        (GOOD + "100,0,0\n", "log.csv:2: seconds: 0 us is no time for a prefill"),
        (GOOD + "100,0,-1\n", "log.csv:2: seconds: -1 is negative"),
        (GOOD + "100,0,nan\n", "log.csv:2: seconds: 'nan' is not a number"),
        (GOOD + "100,0,1e-400\n", "seconds: 1E-394 us is no time"),
        (GOOD + "100,0,1e400\n", "log.csv:2: seconds: 1E.400 is past 2.53 us"),
        (GOOD + "100,0,\n", "log.csv:2: seconds: missing"),
        ("isl,seconds\n5,1,2\n", "log.csv:2: 3 cells under 2 heads"),
        ("isl,isl\n5,1\n", "log.csv: the head 'isl' stands twice"),
        ("tokens,seconds\n5,1\n", r"no column for prompt tokens \(.*isl\); the columns are tok"),
        ("isl,time\n5,1\n", r"no column for the prefill's time \(seconds, .* are isl, time"),
        ("prompt_tokens;seconds\n5;1\n", "a single column, 'prompt_tokens;seconds'; put commas"),
        (GOOD, "log.csv: no rows"),
        ("", "log.csv: the file is empty"),
        ('{"input_length": 1}\n{"input', "log.csv:2: not JSON"),
        ("[1, 2]", "request 1: not an object"),
        ('{"input_lens": [1, 2], "ttfts": [1]}', "ttfts: 1 entries, but input_lens has 2"),
        ('{"input_length": true, "seconds": 1}', "input_length: True is not a number"),
        ('{"input_lens": [1], "ttfts": [0], "errors": ["x"]}', "all 1 requests failed"),
    ],
)  # fmt: skip
def test_bad_rows(written, text, message):
    """File, row, field and mend are named."""
    with pytest.raises(InputError, match=message):
        read_measurements(written(text))


def test_cached_tokens_missing_in_one_row(written):
    """Where some rows tell what was cached, all have to."""
    with pytest.raises(InputError, match="log.csv:3: cached_tokens: missing; give it in every row"):
        read_measurements(written(GOOD + "100,0,1\n100,,1\n"))

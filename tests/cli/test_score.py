"""Tests of ``prefixsched score``."""

import json
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "instances" / "logs"
SAMPLE = SAMPLES / "serving-sample.jsonl"
COST = ("--token-time", "60", "--attention-time", "0.001")


@pytest.fixture
def small(tmp_path):
    """The first dozen requests of the sample."""
    path = tmp_path / "small.jsonl"
    path.write_text("".join(SAMPLE.read_text().splitlines(keepends=True)[:12]))
    return path


def test_the_parts_of_the_answer(run, small, tmp_path):
    """What was had, the optimum, the ratio, where most was lost, and a picture of it."""
    figure = tmp_path / "lost.svg"
    result = run("score", small, *COST, "--plot", figure)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("small: 12 queries, largest TTFT ")
    assert "certified optimum" in lines[0]
    for name in ("as logged", "its order, modelled", "fcfs", "lpm", "k-lpm:4"):
        assert any(line.startswith(name) for line in lines)
    assert "that nobody needed to exceed" in lines[-1] or "Nothing was lost" in lines[-1]
    assert figure.stat().st_size > 1000


def test_json_says_the_same(run, small):
    """One object, whose figures are those of the log."""
    told = json.loads(run("score", small, *COST, "-p", "lpm", "--json").stdout)
    rows = [json.loads(line) for line in small.read_text().splitlines()]
    had = [round(1000 * (row["first_token_ms"] - row["timestamp"])) for row in rows]
    assert told["log"]["max"] == max(had)
    assert told["lower_bound"] == told["upper_bound"] <= told["policies"][0]["max"]
    assert abs(told["misfit"]) < 0.1  # the sample has a constant and noise that the model lacks
    ratio = max(had) / told["upper_bound"]
    assert told["log"]["ratio_low"] == told["log"]["ratio_high"] == pytest.approx(ratio)


def test_a_bracket_ends_with_three(run, small, lazy):
    """Where the limit came first, ratios are intervals and the status says so."""
    result = run("score", small, *COST, "--backend", "brute")
    assert result.exit_code == 3
    assert "optimum under the cost between" in result.stdout
    assert json.loads(run("score", small, *COST, "--backend", "brute", "--json").stdout)


def test_a_trace_for_a_report_without_hashes(run, small, tmp_path):
    """The report of a replay and its trace score as the log that has both."""
    report = tmp_path / "report.jsonl"
    rows = [json.loads(line) for line in small.read_text().splitlines()]
    for row in rows:
        row["arrival_time_ms"] = row.pop("timestamp")
        del row["hash_ids"]
    report.write_text("\n".join(map(json.dumps, reversed(rows))))
    told = json.loads(run("score", report, "--trace", small, *COST, "--json").stdout)
    own = json.loads(run("score", small, *COST, "--json").stdout)
    same = ("lower_bound", "upper_bound", "log", "replayed")
    assert {key: told[key] for key in same} == {key: own[key] for key in same}


def refused(result, *parts):
    """Assert exit code 2 with one line that holds all ``parts``."""
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    for part in parts:
        assert part in result.stderr
    return True


def test_bad_usage(run, small, tmp_path):
    """One line names what is wrong and what mends it."""
    assert refused(run("score", small), "--cost is missing", "--token-time")
    assert refused(run("score", small, "--token-time", "-1"), "--token-time: -1 is too small")
    preset = ("--cost", "preset:llama-3.1-8b-h100")
    assert refused(run("score", small, *preset, *COST), "--cost gives it")
    both = ("--trace", small, "--block-size", "16")
    assert refused(run("score", small, *COST, *both), "--block-size: the trace gives it")
    assert refused(run("score", "-", "--trace", "-", *COST), "both -")
    assert refused(run("score", tmp_path / "none", *COST), "none: no such file")
    assert refused(run("score", small, *COST, "--plot", "x.bmp"), ".bmp is no figure format")
    assert refused(run("score", small, *COST, "-p", "nope"), "nope")


def test_the_samples_are_what_their_script_writes(tmp_path):
    """The example logs are made again byte for byte."""
    import runpy

    runpy.run_path(str(SAMPLES / "make_samples.py"))["main"](tmp_path)
    for name in ("prefill-sample.csv", "serving-sample.jsonl"):
        assert (tmp_path / name).read_bytes() == (SAMPLES / name).read_bytes()


def test_a_server_with_a_radix_cache(run):
    """The cache is spelt as elsewhere, and the optimum bracketed with it; a bad one is refused."""
    asked = ("score", SAMPLE, "--token-time", 60, "--time-limit", 2, "--json", "--cache")
    least, some = (json.loads(run(*asked, cache).stdout) for cache in ("unbounded", "lru:60000"))
    assert least["lower_bound"] <= some["lower_bound"] <= some["upper_bound"]
    refused = run(*asked, "lru")
    assert refused.exit_code == 2
    assert "--cache: 'lru' is unknown; give last, unbounded or lru:TOKENS" in refused.stderr


def test_one_query_is_no_plural(run, small, tmp_path):
    """A log of one request that was served late."""
    row = json.loads(small.read_text().splitlines()[0])
    row["first_token_ms"] = row["timestamp"] + 60_000
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(row) + "\n")
    lines = run("score", path, *COST).stdout.splitlines()
    assert lines[0].startswith("one: 1 query, largest TTFT ")
    assert lines[-1].startswith("Most was lost by the 1 query that arrived at 0 ")
    assert "average" not in lines[-1]

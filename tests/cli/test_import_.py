"""Tests of ``prefixsched import``."""

import json

import pytest

import prefixsched as ps


@pytest.fixture
def trace(tmp_path):
    """Four requests, the last of which is longer than its blocks."""
    path = tmp_path / "trace.jsonl"
    path.write_text(
        '{"timestamp": 0, "input_length": 600, "hash_ids": [0, 1]}\n'
        '{"timestamp": 10, "input_length": 700, "hash_ids": [0, 2]}\n'
        '{"timestamp": 30, "input_length": 512, "hash_ids": [3]}\n'
        '{"timestamp": 40, "input_length": 5000, "hash_ids": [3]}\n'
    )
    return path


def test_a_window_of_a_trace(run, trace, tmp_path):
    """The options pick rows, stretch time and set the cost."""
    path = tmp_path / "w.json"
    result = run(
        "import", "mooncake", trace, "--start", 1, "--count", 2, "--time-scale", "1/2",
        "--token-time", "0.5", "--attention-time", "0.001", "--cache", "unbounded",
        "--name", "window", "-o", path,
    )  # fmt: skip
    assert (result.exit_code, result.stdout) == (0, "")
    instance = ps.read(path)
    assert (instance.name, instance.n, str(instance.cache)) == ("window", 2, "unbounded")
    assert instance.arrival.tolist() == [0, 10_000]
    assert (float(instance.cost.token), float(instance.cost.attention)) == (0.5, 0.001)


def test_a_warning_is_one_line(run, trace):
    """What the importer had to guess goes to standard error, even with the file on the other."""
    result = run("import", "mooncake", trace)
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)["queries"]) == 4
    assert result.stderr.startswith("prefixsched: ")
    assert "1 of 4 rows have more tokens than their blocks of 512 hold" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_start_past_the_end(run, trace):
    """The option is named, and what it may be."""
    result = run("import", "mooncake", trace, "--start", 4)
    assert result.exit_code == 2
    assert result.stderr.endswith("--start: 4, but the trace has 4 rows; give 0 to 3\n")


def test_formats_are_documented(run):
    """The help names the formats of the project."""
    text = run("import", "--help").stdout
    assert "mooncake" in text
    assert "bailian" in text


def test_a_tsptw_is_imported_and_decided(run, tmp_path):
    """A file of distances and windows; then own allowances ask for a tour."""
    (tmp_path / "t.txt").write_text("3\n0 4 6\n5 0 2\n7 3 0\n0 40\n9 12\n3 30\n")
    path = tmp_path / "t.json"
    result = run("import", "tsptw", tmp_path / "t.txt", "--name", "tour", "-o", path)
    assert (result.exit_code, result.stdout) == (0, "")
    assert ps.read(path).name == "tour"
    answer = json.loads(run("solve", path, "--ttft", "own", "--json").stdout)
    assert answer["status"] == "feasible"
    assert answer["order"] in (["1", "2", "depot"], ["2", "1", "depot"])  # both keep the windows


def test_options_of_traces_are_refused_for_a_tsptw(run, tmp_path):
    """There is nothing to price or to stretch in a table."""
    (tmp_path / "t.txt").write_text("2\n0 1\n1 0\n0 9\n0 9\n")
    result = run("import", "tsptw", tmp_path / "t.txt", "--token-time", 40)
    assert result.exit_code == 2
    assert result.stderr.endswith(
        "--token-time: only for traces, and tsptw files are none; leave it out\n"
    )

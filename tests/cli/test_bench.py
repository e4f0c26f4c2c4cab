"""Tests of ``prefixsched bench``."""

import json
import resource
import subprocess
import sys

import pytest
from bench_suites import BACKENDS, TINY

from prefixsched.bench.store import Store


@pytest.fixture
def tiny(tmp_path):
    """A suite file."""
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return path


def test_a_table_of_ratios(run, tiny, tmp_path):
    """Median and worst for each policy, and the rows in the folder."""
    result = run("bench", tiny, "-o", tmp_path / "out")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "tiny: largest TTFT / optimum, certified"
    assert lines[2].split() == ["policy", "streams", "certified", "median", "worst"]
    assert {line.split()[0] for line in lines[4:]} == {"fcfs", "lpm"}
    assert len((tmp_path / "out" / "results.jsonl").read_bytes().splitlines()) == 12


def test_json(run, tiny, tmp_path):
    """One object; a resumed run that lacks nothing adds no row."""
    first = json.loads(run("bench", tiny, "-o", tmp_path / "out", "--json").stdout)
    again = json.loads(run("bench", tiny, "-o", tmp_path / "out", "--resume", "--json").stdout)
    assert (first["rows"], first["new_rows"], first["instances"]) == (12, 12, 4)
    assert (again["rows"], again["new_rows"]) == (12, 0)
    assert again["policies"] == first["policies"]
    assert {"policy", "median_low", "median_high", "worst_high"} <= set(first["policies"][0])


def test_a_table_of_backends(run, tmp_path):
    """Where a suite has several a second table holds them side by side, and so does --json."""
    (tmp_path / "two.toml").write_text(BACKENDS)
    lines = run("bench", tmp_path / "two.toml", "-o", tmp_path / "out").stdout.splitlines()
    at = lines.index("backends, each by itself")
    assert lines[at + 2].split() == [
        "backend",
        "streams",
        "proven",
        "median",
        "time",
        "median",
        "gap",
    ]
    assert [line.split()[:2] for line in lines[at + 4 :]] == [["cpsat:plain=1", "4"], ["dp", "4"]]
    again = run("bench", tmp_path / "two.toml", "-o", tmp_path / "out", "--resume", "--json")
    found = json.loads(again.stdout)
    assert (found["rows"], found["new_rows"], found["instances"]) == (16, 0, 4)
    assert [each["backend"] for each in found["backends"]] == ["cpsat:plain=1", "dp"]
    assert found["backends"][1]["median_gap"] == 0.0


def test_wrong_usage(run, tiny, tmp_path):
    """Each mistake in one line."""
    cases = {
        "there is no 'smok'; did you mean smoke?": ("smok",),
        "--trace: 'x' is no trace; give one as mooncake:trace.jsonl": ("traces", "--trace", "x"),
        "--trace: nowhere: no such file": ("traces", "--trace", "mooncake:nowhere"),
        "no trace to run; give --trace FORMAT:FILE": ("traces",),
        "--jobs and --dask are both given": (tiny, "--jobs", 2, "--dask", "tcp://x:1"),
        "holds no results": (tiny, "--resume"),
    }
    for message, args in cases.items():
        result = run("bench", *args, "-o", tmp_path / "out")
        assert (result.exit_code, result.stdout) == (2, ""), args
        assert message in result.stderr
        assert result.stderr.count("\n") == 1


def test_an_interrupt_keeps_the_rows(run, tiny, tmp_path, monkeypatch):
    """Ctrl-C says how far it came, and how to go on."""

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("prefixsched.bench.run.run_suite", interrupted)
    result = run("bench", tiny, "-o", tmp_path / "out")
    assert result.exit_code == 3
    assert "interrupted; 0 of 12 rows are in" in result.stderr
    assert "--resume goes on" in result.stderr


def test_a_full_disk_ends_in_one_line(tiny, tmp_path):
    """Where no more can be written, the rows that were stay whole."""

    def no_more_than_three_thousand_bytes():
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

    out = tmp_path / "out"
    command = [sys.executable, "-m", "prefixsched", "bench", str(tiny), "-o", str(out)]
    result = subprocess.run(
        command, preexec_fn=no_more_than_three_thousand_bytes, capture_output=True, text=True
    )
    assert result.returncode == 2
    assert result.stderr == "prefixsched: can't write: file too large\n"
    assert 0 < len(Store.open(out).rows()) < 12
    assert (out / "results.jsonl").read_bytes().endswith(b"\n")


def test_progress_on_a_terminal(run, tiny, tmp_path, monkeypatch):
    """A person sees how many rows there are, and the time left."""
    monkeypatch.setattr("prefixsched.cli.progress.on_terminal", lambda: True)
    result = run("bench", tiny, "-o", tmp_path / "out")
    assert result.exit_code == 0
    assert "12/12" in result.stderr
    assert "left:" in result.stderr

"""Tests of ``prefixsched report``."""

import json
import re
import sys

import pytest
from bench_suites import TINY
from strategies import stream

from prefixsched.io.instance_file import write_instance


def test_a_page_is_written(run, tmp_path):
    """From a folder of results to one HTML file."""
    (tmp_path / "tiny.toml").write_text(TINY)
    assert run("bench", tmp_path / "tiny.toml", "-o", tmp_path / "out").exit_code == 0
    result = run("report", tmp_path / "out", "-o", tmp_path / "report.html")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    text = (tmp_path / "report.html").read_text()
    assert text.startswith("<!DOCTYPE html>")
    assert "<title>tiny: policies against the optimum</title>" in text


def test_a_folder_without_results(run, tmp_path):
    """One line, and no page."""
    result = run("report", tmp_path, "-o", tmp_path / "report.html")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "holds no results; give the folder of a bench run" in result.stderr
    assert not (tmp_path / "report.html").exists()


OWN = """
from pathlib import Path

Path("imported").touch()

class Oldest:
    def pick(self, view):
        return view.waiting[0]
"""


def test_a_folder_with_a_policy_of_ones_own(run, tmp_path, monkeypatch):
    """Its rows are shown wherever the module isn't, and where it is nothing is imported."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_oldest.py").write_text(OWN)
    (tmp_path / "own.toml").write_text(TINY.replace('"lpm"', '"my_oldest:Oldest"'))
    assert run("bench", "own.toml", "-o", "out").exit_code == 0
    (tmp_path / "imported").unlink()
    for _ in range(2):
        sys.modules.pop("my_oldest", None)
        result = run("report", "out", "-o", "report.html")
        assert (result.exit_code, result.stderr) == (0, "")
        text = (tmp_path / "report.html").read_text()
        data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
        data = json.loads(data[1])
        assert {row["policy"] for row in data["rows"]} == {"fcfs", "Oldest"}
        assert [set(chart["schedules"]) for chart in data["charts"]] == [{"fcfs", "optimum"}] * 4
        assert not (tmp_path / "imported").exists()
        (tmp_path / "my_oldest.py").unlink(missing_ok=True)


def test_a_folder_that_names_other_peoples_files(run, tmp_path, monkeypatch):
    """What the folder has no digest of isn't read, nor is what has changed."""
    monkeypatch.chdir(tmp_path)
    write_instance(stream((0, "abc"), (1, "abd")), "a.json")
    (tmp_path / "s.toml").write_text('policies = ["fcfs"]\n[[family]]\nfiles = ["a.json"]\n')
    assert run("bench", "s.toml", "-o", "out").exit_code == 0

    def drawn():
        result = run("report", "out", "-o", "report.html")
        assert (result.exit_code, result.stderr) == (0, "")
        return (tmp_path / "report.html").read_text().count('"schedules"')

    assert drawn() == 1
    head = tmp_path / "out" / "bench.json"
    whole = head.read_bytes()
    head.write_bytes(re.sub(rb'"contents": \{.*?\}', b'"contents": {}', whole, flags=re.S))
    assert drawn() == 0
    head.write_bytes(whole)
    write_instance(stream((0, "abc"), (2, "abd")), "a.json")
    assert drawn() == 0


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("suite.toml", None, "suite.toml: no such file or directory"),
        ("suite.toml", b"\x80", "suite.toml: not text"),
        ("suite.toml", b"policies = " + b"[" * 3000, "suite.toml: not TOML (nested too deeply)"),
        ("bench.json", b"{}", "bench.json: "),
        ("bench.json", b"[" * 100_000, "bench.json: "),
        ("results.jsonl", None, "results.jsonl: no such file or directory"),
        ("results.jsonl", b"{}\n{", "results.jsonl:1: "),
        ("results.jsonl", b"\x00\n", "results.jsonl:1: "),
    ],
)
def test_a_folder_that_was_damaged(run, tmp_path, name, content, message):
    """One line names the file, and no page is written."""
    (tmp_path / "tiny.toml").write_text(TINY)
    assert run("bench", tmp_path / "tiny.toml", "-o", tmp_path / "out").exit_code == 0
    path = tmp_path / "out" / name
    path.unlink() if content is None else path.write_bytes(content)
    result = run("report", tmp_path / "out", "-o", tmp_path / "report.html")
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "report.html").exists()

"""Tests of ``prefixsched adversary``."""

import json

import pytest

import prefixsched as ps
from prefixsched.studies import adversary as search


def test_champions_are_kept(run, tmp_path):
    """Files for each policy and size, a figure, and a second run that goes on from them."""
    args = ("adversary", "lpm", "k-lpm:2", "--n", "2,3", "--steps", 20, "-o", tmp_path / "found")
    result = run(*args, "--figure", tmp_path / "worst.png", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    first = json.loads(result.stdout)["champions"]
    assert [(each["policy"], each["n"]) for each in first] == [
        ("lpm", 2), ("lpm", 3), ("k-lpm:2", 2), ("k-lpm:2", 3),
    ]  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "found").iterdir()) == [
        "k-lpm-2-n2.json", "k-lpm-2-n3.json", "lpm-n2.json", "lpm-n3.json",
    ]  # fmt: skip
    assert (tmp_path / "worst.png").read_bytes().startswith(b"\x89PNG")
    again = json.loads(run(*args, "--json").stdout)["champions"]
    assert all(b["ratio"] >= a["ratio"] for a, b in zip(first, again, strict=True))


def test_a_table(run):
    """Policy, size, TTFTs and ratio."""
    lines = run("adversary", "fcfs", "--n", "2", "--steps", 10).stdout.splitlines()
    assert lines[0].split() == ["policy", "n", "max", "optimum", "ratio"]
    assert lines[2].split()[:2] == ["fcfs", "2"]


def test_wrong_usage(run):
    """One line each."""
    result = run("adversary", "lmp")
    assert (result.exit_code, "did you mean lpm?" in result.stderr) == (2, True)
    result = run("adversary", "lpm", "--n", "1")
    assert (result.exit_code, "n: 1 is too small" in result.stderr) == (2, True)


def test_an_interrupt_shows_the_champion(run, tmp_path, monkeypatch):
    """What was found so far is printed and kept, with exit 3; what was kept is never made worse."""
    args = ("adversary", "lpm", "fcfs", "--n", "3,4", "--steps", 50, "-o", tmp_path / "found")
    judge, asked = search._judge, []

    def interrupted(*given):
        asked.append(given)
        if len(asked) == 80:
            raise KeyboardInterrupt
        return judge(*given)

    monkeypatch.setattr("prefixsched.studies.adversary._judge", interrupted)
    result = run(*args, "--json")
    assert result.exit_code == 3
    first = json.loads(result.stdout)["champions"]
    assert [(each["policy"], each["n"]) for each in first] == [("lpm", 3), ("lpm", 4)]
    assert "interrupted; these are the worst so far" in result.stderr
    kept = {path.name: ps.read(path) for path in (tmp_path / "found").iterdir()}
    assert sorted(kept) == ["lpm-n3.json", "lpm-n4.json"]
    assert kept["lpm-n4.json"].meta["adversary"]["steps"] < 50
    asked[:] = [None] * 78
    result = run(*args)
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert float(lines[2].split()[-1]) >= round(first[0]["ratio"], 3)
    asked[:] = [None] * 79  # before the first stream was judged
    assert run(*args).exit_code == 3


@pytest.mark.parametrize("ratio", [3, None, "1/0", "a", "1e999999999", "9" * 10**6, ["1/2"]])
def test_a_file_that_is_no_champion(run, tmp_path, changed, two_users, ratio):
    """One line; it stays as it is."""
    path = tmp_path / "lpm-n2.json"
    content = json.loads(two_users.read_text())
    content["meta"] = {"adversary": {"ratio": ratio}}
    path.write_text(json.dumps(content))
    before = path.read_bytes()
    result = run("adversary", "lpm", "--n", "2", "--steps", 1, "-o", tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "lpm-n2.json: no champion of a search; move it away" in result.stderr
    assert path.read_bytes() == before

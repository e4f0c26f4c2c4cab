"""Tests of ``prefixsched adversary``."""

import json


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

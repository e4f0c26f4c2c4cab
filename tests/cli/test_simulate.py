"""Tests of ``prefixsched simulate``."""

import json

import pytest
from examples import TWO_USERS

FIELDS = [
    "policy", "max", "mean", "p50", "p90", "p95", "p99", "makespan", "reused_tokens", "on_time",
    "order",
]  # fmt: skip


def test_a_table_for_people(run, two_users):
    """One row per policy, numbers at the right, the unit in the title."""
    result = run("simulate", two_users, "-p", "fcfs", "-p", "k-lpm:2")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "two-users: TTFT in us\n"
        "\n"
        "policy      max    P50     P90     P99     mean  makespan  reuse\n"
        "────────────────────────────────────────────────────────────────\n"
        "fcfs     13,000  9,500  13,000  13,000  9,500.0    18,000   0.0%\n"
        "k-lpm:2  11,500  6,000  11,500  11,500  6,833.3    14,000  22.2%\n"
    )


def test_json(run, two_users):
    """One object with a result per policy, in the order given."""
    result = run("simulate", two_users, "-p", "lpm", "-p", "fcfs", "--json")
    answer = json.loads(result.stdout)
    assert list(answer) == ["instance", "time_unit", "results"]
    assert [list(entry) for entry in answer["results"]] == [FIELDS, FIELDS]
    assert [entry["policy"] for entry in answer["results"]] == ["lpm", "fcfs"]
    assert answer["results"][0]["order"] == ["a1", "a2", "b1"]
    assert [entry["on_time"] for entry in answer["results"]] == [2, 2]  # b1 is late under both


def test_long_times_have_a_coarser_unit(run, changed):
    """A table stays within 80 columns whatever the tick."""

    def slow(content):
        content["cost"] = {"model": "linear", "token": 10000}

    result = run("simulate", changed(TWO_USERS, slow), "-p", "fcfs")
    assert result.stdout.startswith("two-users: TTFT in ms, rounded\n")
    assert "179,995" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_a_table_cost_has_no_reuse(run, changed):
    """Without prompts there is nothing to reuse."""

    def table(content):
        content["cost"] = {"model": "table", "start": [1, 1, 1], "matrix": [[2] * 3] * 3}
        for query in content["queries"]:
            del query["prompt"]

    result = run("simulate", changed(TWO_USERS, table), "-p", "lpm")
    assert (result.exit_code, result.stdout.split()[-1]) == (0, "–")


def test_a_schedule_is_written(run, two_users, tmp_path):
    """The order of service is a schedule file that ``verify`` accepts."""
    path = tmp_path / "fcfs.json"
    assert run("simulate", two_users, "-p", "fcfs", "-o", path).exit_code == 0
    content = json.loads(path.read_text())
    assert (content["order"], content["ttft"]) == (["a1", "b1", "a2"], 13000)
    assert (content["status"], content["backend"]) == ("feasible", "fcfs")
    assert run("verify", two_users, path).exit_code == 0


def test_a_schedule_on_standard_output(run, two_users):
    """``-o -`` leaves standard output to the schedule."""
    result = run("simulate", two_users, "-p", "fcfs", "-o", "-")
    assert json.loads(result.stdout)["ttft"] == 13000
    assert "13,000" in result.stderr


OWN = """
class Youngest:
    def pick(self, view):
        return view.waiting[-1]

class Broken:
    def pick(self, view):
        raise RuntimeError("out of ideas")

class Elsewhere:
    def pick(self, view):
        return 99
"""


def test_a_policy_of_ones_own(run, two_users, tmp_path, monkeypatch):
    """A class in the current folder runs as module:Class; what is wrong with it is one line."""
    (tmp_path / "own_policies.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    result = run("simulate", two_users, "-p", "own_policies:Youngest", "--json")
    assert json.loads(result.stdout)["results"][0]["policy"] == "Youngest"
    for name, message in (
        ("Broken", "policy Broken: pick 0 ends in RuntimeError at "),
        (
            "Elsewhere",
            "policy Elsewhere: picked 99 at pick 0, which isn't waiting; return one of view.wait",
        ),
        ("Missing", "own_policies:Missing: own_policies has no class 'Missing'; name one"),
    ):
        result = run("simulate", two_users, "-p", f"own_policies:{name}")
        assert (result.exit_code, result.stdout) == (2, "")
        assert message in result.stderr
        assert result.stderr.count("\n") == 1


def test_batches_are_marked_as_another_model(run, tmp_path):
    """In JSON by a field, in the table by a line below it."""
    path = tmp_path / "x.json"
    assert run("generate", "rasq", "--cache", "lru:9000", "-o", path).exit_code == 0
    asked = ("simulate", path, "-p", "lpm", "--batch-tokens", 4096, "--step-ticks", 10)
    found = json.loads(run(*asked, "--json").stdout)
    assert found["model"] == found["results"][0]["model"] == "batched"
    assert found["results"][0]["batch_tokens"] == 4096
    assert "Steps of up to 4,096 tokens: beyond the exact model" in run(*asked).stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--step-ticks", 5), "--step-ticks without --batch-tokens; give both"),
        (("--batch-tokens", 9, "-o", "s.json"), "a schedule file is of the exact model"),
        (("--batch-tokens", 9), "cache: a batch has no last prompt; use unbounded or lru"),
    ],
)
def test_batches_that_can_not_be(run, two_users, options, message):
    """One line says why."""
    result = run("simulate", two_users, "-p", "fcfs", *options)
    assert result.exit_code == 2
    assert message in result.stderr

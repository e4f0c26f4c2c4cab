"""Tests of ``prefixsched tune``."""

import json

import pytest
from examples import TWO_USERS

from prefixsched.exact.brute import Brute

BRUTE = ("--backend", "brute")


@pytest.fixture
def burst(changed):
    """Two queries, and then four of two users in a burst, for which LPM is better than FCFS."""

    def late(content):
        queries = content["queries"]
        old = [query | {"arrival": 100 * k, "id": f"old{k}"} for k, query in enumerate(queries)]
        new = [
            {
                "id": f"new{k}",
                "arrival": 100_000 + k,
                "prompt": [["userA" if k % 2 else "userB", 4000], [f"new{k}", 2000]],
            }
            for k in range(4)
        ]
        content["queries"] = old + new

    return changed(TWO_USERS, late)


def test_a_recommendation_for_people(run, burst):
    """Sentences that say what to use and how it held, then a table with that policy on top."""
    result = run("tune", burst, *BRUTE)
    assert (result.exit_code, result.stderr) == (0, "")
    use, held, optimum, cold, *table = result.stdout.splitlines()
    assert use == ("two-users: use lpm, chosen for its largest TTFT on the first 3 queries.")
    assert held == "On the other 4 no policy is better."
    assert optimum.startswith("The optimum there is 15,997 us, certified (brute, ")
    assert cold.startswith("Both parts begin with an idle server and an empty cache")
    assert table[0] == "validation: max TTFT in us"
    assert table[4].split() == ["policy", "backtest", "validation", "regret", "ratio"]
    assert table[6].split() == ["lpm", "1.000", "15,997", "0.0%", "1.000"]
    rows = {row.split()[0]: row.split()[1:] for row in table[6:]}
    assert rows["fcfs"] == ["1.281", "23,997", "50.0%", "1.500"]


def test_json(run, burst):
    """One object with the choice, what it rests on, and the optimum of the validation part."""
    answer = json.loads(run("tune", burst, *BRUTE, "--windows", "2", "--json").stdout)
    assert list(answer) == [
        "instance", "time_unit", "objective", "start", "recommended", "regret", "tolerance",
        "queries", "results", "origins", "optimum",
    ]  # fmt: skip
    assert answer["queries"] == {"windows": [2, 1], "validation": 4}
    assert answer["optimum"]["lower_bound"] == answer["optimum"]["upper_bound"] == 15_997
    results = {entry["policy"]: entry for entry in answer["results"]}
    assert (results["fcfs"]["validation"], results["lpm"]["regret"]) == (23_997, 0)
    assert len(results["fcfs"]["windows"]) == 2
    assert [list(origin) for origin in answer["origins"]] == [["policy", "regret"]]


def test_other_objectives(run, burst):
    """A percentile is held against its optimum, too; a mean is exact to the digit shown."""
    answer = json.loads(run("tune", burst, "--objective", "mean", "--json").stdout)
    assert (answer["objective"], answer["optimum"]) == ("mean", None)
    fcfs = answer["results"][0]
    assert fcfs["validation"] == (6000 + 11_999 + 17_998 + 23_997) / 4
    assert "optimum" not in run("tune", burst, "--objective", "mean").stdout
    shown = run("tune", burst, "--objective", "p50").stdout
    assert "chosen for its P50 of TTFT" in shown
    assert "The optimum there is 7,998 us, certified (" in shown


def test_policies_besides_the_grid(run, burst, tmp_path, monkeypatch):
    """A class of one's own, and a registered one that the grid hasn't."""
    (tmp_path / "tuned_own.py").write_text(
        "class Newest:\n    def pick(self, view):\n        return view.waiting[-1]\n"
    )
    monkeypatch.chdir(tmp_path)
    result = run("tune", burst, *BRUTE, "-p", "tuned_own:Newest", "-p", "rollout", "--json")
    names = [entry["policy"] for entry in json.loads(result.stdout)["results"]]
    assert names[-2:] == ["Newest", "rollout"]
    assert names[:2] == ["fcfs", "lpm"]


@pytest.mark.usefixtures("lazy")
def test_an_optimum_that_is_only_bracketed(run, changed):
    """The recommendation stands, and the ratios are intervals."""

    def late(content):
        first = content["queries"][0] | {"id": "old"}
        for query in content["queries"]:
            query["arrival"] += 100_000
        content["queries"].insert(0, first)

    result = run("tune", changed(TWO_USERS, late), *BRUTE)
    assert result.exit_code == 0
    assert "The optimum there is between 9,500 and 11,500 us (lazy, " in result.stdout
    assert "1.00–1.22" in result.stdout


def test_an_interrupt_keeps_the_recommendation(run, burst, monkeypatch):
    """After Ctrl-C in the search for the optimum the bracket is printed all the same."""

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Brute, "solve", interrupt)
    result = run("tune", burst, *BRUTE)
    assert (result.exit_code, result.stderr) == (3, "")
    assert "use lpm" in result.stdout


def test_an_option_that_is_out_of_range(run, burst, two_users):
    """One line names it."""
    for args, message in (
        (("--split", "1"), "split: 1 is too large"),
        (("--windows", "9"), "windows: 9 for 3 queries before the split"),
        (("--tolerance", "-1"), "tolerance: -1 is too small"),
    ):
        result = run("tune", burst, *args)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"prefixsched: {message}")

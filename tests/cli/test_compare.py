"""Tests of ``prefixsched compare``."""

import json
from fractions import Fraction

import pytest
from examples import TWO_USERS

from prefixsched.exact.brute import Brute

BRUTE = ("--backend", "brute")


def test_a_certified_optimum_for_people(run, two_users):
    """The optimum in a sentence, then a table with the ratios to it."""
    result = run("compare", two_users, *BRUTE)
    assert (result.exit_code, result.stderr) == (0, "")
    sentence, title, blank, *table = result.stdout.splitlines()
    assert sentence.startswith("two-users: certified optimum 11,500 us (brute, ")
    assert (title, blank) == ("TTFT in us; ratio is max / optimum", "")
    assert table[0] == "policy      max    P50     P90     P99     mean  ratio"
    assert table[2] == "fcfs     13,000  9,500  13,000  13,000  9,500.0  1.130"
    assert [row.split()[0] for row in table[2:]] == ["fcfs", "lpm", "k-lpm:2", "k-lpm:4"]


def test_json_of_one_file(run, two_users):
    """The comparison itself, with the fields of each policy and its ratios."""
    answer = json.loads(run("compare", two_users, *BRUTE, "-p", "fcfs", "--json").stdout)
    assert list(answer) == [
        "instance", "time_unit", "status", "lower_bound", "upper_bound", "p99_lower_bound",
        "p99_upper_bound", "backend", "seconds", "results", "comparisons",
    ]  # fmt: skip
    assert (answer["status"], answer["lower_bound"], answer["upper_bound"]) == (
        "optimal",
        11500,
        11500,
    )
    (fcfs,) = answer["results"]
    assert (fcfs["policy"], fcfs["max"], fcfs["order"]) == ("fcfs", 13000, ["a1", "b1", "a2"])
    assert fcfs["ratio_low"] == fcfs["ratio_high"] == float(Fraction(13000, 11500))


def test_json_of_several_files(run, two_users):
    """One object that holds all comparisons."""
    answer = json.loads(run("compare", two_users, two_users, *BRUTE, "--json").stdout)
    assert list(answer) == ["comparisons"]
    assert [entry["instance"] for entry in answer["comparisons"]] == ["two-users", "two-users"]


def test_several_files_for_people(run, two_users):
    """A blank line stands between two comparisons."""
    result = run("compare", two_users, two_users, *BRUTE, "-p", "fcfs")
    assert result.stdout.count("certified optimum") == 2
    assert "\n\ntwo-users: certified" in result.stdout


@pytest.mark.usefixtures("lazy")
def test_an_optimum_that_is_only_bracketed(run, two_users):
    """The ratios are intervals that hold the true ones, and the exit code is 3."""
    result = run("compare", two_users, *BRUTE, "-p", "fcfs", "-p", "lpm")
    assert result.exit_code == 3
    assert "two-users: optimum between 9,500 and 11,500 us, gap 21.1% (lazy, " in result.stdout
    assert "1.13–1.37" in result.stdout
    assert "1.00–1.22" in result.stdout
    result = run("compare", two_users, *BRUTE, "-p", "fcfs", "--json")
    (fcfs,) = json.loads(result.stdout)["results"]
    assert result.exit_code == 3
    assert (fcfs["ratio_low"], fcfs["ratio_high"]) == (13000 / 11500, 13000 / 9500)


def test_an_optimum_of_zero(run, changed):
    """Where work takes no time there is no ratio."""

    def free(content):
        content["cost"] = {"model": "linear", "token": 0}

    path = changed(TWO_USERS, free)
    result = run("compare", path, *BRUTE, "-p", "fcfs")
    assert (result.exit_code, result.stdout.split()[-1]) == (0, "–")
    answer = json.loads(run("compare", path, *BRUTE, "-p", "fcfs", "--json").stdout)
    assert (answer["results"][0]["ratio_low"], answer["results"][0]["ratio_high"]) == (None, None)


def test_an_interrupt_ends_all(run, two_users, monkeypatch):
    """After Ctrl-C the bracket is printed, and the files that follow are left."""

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Brute, "solve", interrupt)
    result = run("compare", two_users, two_users, *BRUTE, "--json")
    assert (result.exit_code, result.stderr) == (3, "")
    assert len(json.loads(result.stdout)["comparisons"]) == 1


def test_no_policy_beats_the_upper_bound(run, changed):
    """The best policy's schedule starts the search, so that no ratio falls below 1."""
    path = changed(TWO_USERS, lambda content: content["queries"].reverse())
    answer = json.loads(run("compare", path, *BRUTE, "-p", "k-lpm:7", "--json").stdout)
    assert answer["results"][0]["ratio_low"] >= 1


def test_p99_is_the_maximum_of_few_queries(run, two_users):
    """Below 100 queries nothing more is solved, and the ratios are the same."""
    answer = json.loads(run("compare", two_users, *BRUTE, "-p", "fcfs", "--json").stdout)
    (fcfs,) = answer["results"]
    assert (answer["p99_lower_bound"], answer["p99_upper_bound"]) == (11500, 11500)
    assert (fcfs["p99_ratio_low"], fcfs["p99_ratio_high"]) == (fcfs["ratio_low"],) * 2


def test_p99_of_many_queries_has_a_ratio_of_its_own(run, tmp_path):
    """Pairs far apart, one of which has a long prompt: P99 forgives that one."""
    path = tmp_path / "pairs.json"
    queries = [
        {"id": f"q{k}", "arrival": 100 * (k // 2), "prompt": [[f"p{k}", 5]]} for k in range(100)
    ]
    queries[-1]["prompt"] = [["long", 50]]
    content = {
        "format": "prefixsched-instance/1", "name": "pairs", "time_unit": "us",
        "cost": {"model": "linear", "token": 1}, "cache": {"policy": "last"}, "queries": queries,
    }  # fmt: skip
    path.write_text(json.dumps(content))
    answer = json.loads(run("compare", path, "-p", "fcfs", "--json").stdout)
    assert (answer["lower_bound"], answer["upper_bound"]) == (55, 55)
    assert (answer["p99_lower_bound"], answer["p99_upper_bound"]) == (10, 10)
    assert answer["results"][0]["p99_ratio_high"] == 1
    people = run("compare", path, "-p", "fcfs")
    assert "least P99 10 us, certified (" in people.stdout
    assert "ratio  P99 ratio\n" in people.stdout

"""Tests of ``prefixsched verify``."""

import json

import pytest
from examples import BEST


def test_a_right_schedule(run, two_users, best):
    """One line, and exit code 0."""
    result = run("verify", two_users, best)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "two-users: the schedule is right; every query is served once, with a largest TTFT of "
        "11,500 us, said to be optimal by brute\n"
    )


def test_a_schedule_that_claims_little(run, two_users, changed):
    """Neither a backend nor a bound is needed."""

    def modest(content):
        content.update(status="feasible", lower_bound=None)
        del content["backend"]

    result = run("verify", two_users, changed(BEST, modest))
    assert (result.exit_code, result.stdout.split()[-3:]) == (0, ["of", "11,500", "us"])


WRONG = {
    "too little": ({"ttft": 900}, "it claims a largest TTFT of 900 us, but has 11,500 us"),
    "too much": ({"ttft": 12000}, "it claims a largest TTFT of 12,000 us, but has 11,500 us"),
    "another instance": ({"instance": "x", "order": ["z"]}, "it names another instance, 'x'"),
    "no bound": ({"lower_bound": None}, "it claims to be optimal, but states no lower bound"),
    "low bound": ({"lower_bound": 9500}, "at 11,500 us, but its lower bound is 9,500 us"),
    "high bound": (
        {"status": "feasible", "lower_bound": 12000},
        "it claims that none is below 12,000 us, but has 11,500 us",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_schedule(name, run, two_users, changed):
    """One line on what is wrong, and exit code 1."""
    fields, message = WRONG[name]
    path = changed(BEST, lambda content: content.update(fields))
    result = run("verify", two_users, path)
    assert (result.exit_code, result.stderr, result.stdout.count("\n")) == (1, "", 1)
    assert result.stdout.startswith("two-users: the schedule is wrong; ")
    assert message in result.stdout


def test_json(run, two_users, best, changed):
    """The verdict, what was found and what was claimed."""
    result = run("verify", two_users, best, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "instance": "two-users",
        "valid": True,
        "problem": None,
        "ttft": 11500,
        "claimed": {
            "instance": "two-users",
            "ttft": 11500,
            "status": "optimal",
            "lower_bound": 11500,
        },
    }
    path = changed(BEST, lambda content: content.update(instance="x"))
    result = run("verify", two_users, path, "--json")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["valid"], answer["ttft"]) == (1, False, None)


def test_a_schedule_from_standard_input(run, two_users):
    """One of the two files may be ``-``."""
    assert run("verify", two_users, "-", input=json.dumps(BEST)).exit_code == 0

"""Tests of ``prefixsched verify``."""

import json

import pytest
from examples import BEST
from out_of_time import Lazy


def test_a_right_schedule(run, two_users, best):
    """One line, and exit code 0."""
    result = run("verify", two_users, best)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "two-users: the schedule is right; every query is served once, with a largest TTFT of "
        "11,500 us. The file says (brute) that this is optimal; that was not checked, --prove does "
        "it.\n"
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
        "lower_bound_proven": None,
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


def test_a_right_bound_is_proven(run, two_users, best, changed):
    """Whatever the bound is; 0 needs no search, and no bound no proof."""
    result = run("verify", two_users, best, "--prove")
    assert (result.exit_code, result.stdout.split(". ")[1]) == (0, "Proven: this is optimal.\n")
    for bound, says in (
        (9000, "Proven: none is below 9,000 us."),
        (0, "Proven: none is below 0 us."),
        (None, "The file states no lower bound."),
    ):
        fields = {"status": "feasible", "lower_bound": bound}
        path = changed(BEST, lambda content, fields=fields: content.update(fields))
        result = run("verify", two_users, path, "--prove")
        assert (result.exit_code, result.stdout.partition(". ")[2]) == (0, f"{says}\n")
    result = run("verify", two_users, best, "--prove", "--json")
    assert json.loads(result.stdout)["lower_bound_proven"] is True


@pytest.mark.parametrize(
    "fields",
    [
        {"order": ["a1", "b1", "a2"], "ttft": 13000, "lower_bound": 13000},
        {"order": ["a1", "b1", "a2"], "ttft": 13000, "lower_bound": 11501, "status": "feasible"},
    ],
    ids=("optimal", "feasible"),
)
def test_a_forged_bound_is_found_out(fields, run, two_users, changed):
    """Nothing in the file contradicts itself, so only a proof finds it; exit code 1."""
    path = changed(BEST, lambda content: content.update(fields))
    assert run("verify", two_users, path).exit_code == 0
    result = run("verify", two_users, path, "--prove")
    assert (result.exit_code, result.stderr) == (1, "")
    bound = f"{fields['lower_bound']:,}"
    assert result.stdout == (
        f"two-users: the schedule is wrong; it claims that none is below {bound} us, but there is "
        "one with 11,500 us\n"
    )
    answer = json.loads(run("verify", two_users, path, "--prove", "--json").stdout)
    assert (answer["valid"], answer["lower_bound_proven"]) == (False, False)


def test_a_limit_that_comes_first(run, two_users, best, monkeypatch):
    """Exit code 3, and the line says that nothing is known."""
    monkeypatch.setattr("prefixsched.exact.dp.Dp", Lazy)
    monkeypatch.setattr("prefixsched.offline.max_ttft.MaxTtft.bound_answers", lambda *_, **__: 0)
    result = run("verify", two_users, best, "--prove", "--time-limit", 0)
    assert (result.exit_code, result.stderr) == (3, "")
    assert "the search ended before that was proven" in result.stdout
    answer = run("verify", two_users, best, "--prove", "--time-limit", 0, "--json")
    assert (answer.exit_code, json.loads(answer.stdout)["lower_bound_proven"]) == (3, None)


def test_a_limit_without_a_search(run, two_users, best):
    """Usage that can't mean anything is refused."""
    result = run("verify", two_users, best, "--time-limit", 3)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--time-limit without --prove" in result.stderr

"""Tests of what ``solve`` says of where a bound comes from."""

import json


def arriving_at_once(count, arrival=0):
    """Prompts of 100 tokens that share nothing, a tick each, in an instance file."""
    queries = [
        {"id": f"q{k}", "arrival": arrival, "prompt": [[f"{arrival}-{k}", 100]]}
        for k in range(count)
    ]
    return json.dumps(
        {
            "format": "prefixsched-instance/1",
            "name": "burst",
            "time_unit": "us",
            "cache": {"policy": "unbounded"},
            "cost": {"model": "linear", "token": 1},
            "queries": queries,
        }
    )


def why(run, *words):
    """The line that says so, or None."""
    lines = run("solve", *words, "--max-nodes", 1).stdout.splitlines()
    return next((line for line in lines if line.startswith("Why:")), None)


def test_the_interval_of_a_largest_ttft(run, tmp_path):
    """Who, from when to when, what they need, and what follows."""
    path = tmp_path / "burst.json"
    path.write_text(arriving_at_once(20, arrival=7))
    assert why(run, path) == (
        "Why: with every first token sooner, the 20 queries that arrive at 7 us would need "
        "2,000 us of the server, so that one of them would complete 2,000 us or more after the "
        "last has arrived."
    )
    path.write_text(arriving_at_once(1))
    assert why(run, path, "--backend", "milp") in (
        None,
        "Why: the query that arrives at 0 us needs 100 us by itself.",
    )


def test_who_is_late(run, tmp_path):
    """As many as a percentile lets be late and one more; those of the goodput; and as JSON."""
    path = tmp_path / "burst.json"
    path.write_text(arriving_at_once(20))
    assert why(run, path, "--objective", "percentile:90") == (
        "Why: below the lower bound at least 3 of the 20 queries would be late. Of 20 that "
        "arrive at 0 us, at least 3 are late: all on time, they would need 2,000 us of the server "
        "within 1,799 us."
    )
    assert why(run, path, "--objective", "goodput", "--ttft", 1000) == (
        "Why: at least 10 of the 20 queries are late in every order. Of 20 that arrive at 0 us, "
        "at least 10 are late: all on time, they would need 2,000 us of the server within 1,000 us."
    )
    assert why(run, path, "--objective", "goodput", "--ttft", 99) == (
        "Why: at least 20 of the 20 queries are late in every order. 20 queries take too long by "
        "themselves."
    )
    words = ("solve", path, "--objective", "percentile:90", "--max-nodes", 1, "--json")
    reason = json.loads(run(*words).stdout)["reason"]
    (window,) = reason["windows"]
    assert reason["late"] == window["late"] == 3
    assert window | {"queries": len(window["queries"])} == {
        "queries": 20, "begin": 0, "end": 1_799, "work": 2_000, "late": 3,
    }  # fmt: skip


def test_the_largest_of_many_windows(run, tmp_path):
    """The one in which most are late, and how many others there are; in seconds where long."""
    path = tmp_path / "bursts.json"
    content = json.loads(arriving_at_once(20))
    content["cost"]["token"] = 100_000
    later = json.loads(arriving_at_once(30, arrival=100_000_000))["queries"]
    content["queries"] += [query | {"id": f"later-{query['id']}"} for query in later]
    path.write_text(json.dumps(content))
    assert why(run, path, "--objective", "goodput", "--ttft", 100_000_000) == (
        "Why: at least 30 of the 50 queries are late in every order. Of 30 that arrive at "
        "100.00 s, at least 20 are late: all on time, they would need 300.00 s of the server "
        "within 100.00 s. So it is with one other group, where 10 are."
    )


def test_no_reason_where_a_search_proved_it(run, two_users):
    """Nothing is said that the bound doesn't rest on."""
    answer = json.loads(run("solve", two_users, "--backend", "brute", "--json").stdout)
    assert (answer["status"], answer["reason"]) == ("optimal", None)


def test_no_reason_against_an_answer_that_is_yes(run, tmp_path):
    """A relaxed decision with a schedule needs none; refuted, it has one."""
    path = tmp_path / "burst.json"
    path.write_text(arriving_at_once(20))
    assert why(run, path, "--ttft", 1000, "--relax", 0.5) is None
    assert why(run, path, "--ttft", 1000, "--relax", 0.4).startswith("Why: at least 10 of the 20")

"""Tests of what is said before the figures."""

import pytest
from examples import TWO_USERS


@pytest.mark.parametrize("command", ["simulate", "compare"])
def test_edf_without_deadlines_says_so(run, changed, command):
    """It serves as FCFS then; one line on standard error, and the figures all the same."""
    path = changed(TWO_USERS, lambda content: content["queries"][1].pop("ttft"))
    result = run(command, path, "-p", "edf", "-p", "fcfs", "--json")
    assert result.exit_code == 0
    assert result.stderr == (
        "prefixsched: two-users: edf goes by each query's own ttft, and none states one, so it "
        "serves as fcfs does; add some, or leave it out\n"
    )


def test_edf_with_deadlines_says_nothing(run, two_users):
    """One query that states its own is enough."""
    assert run("simulate", two_users, "-p", "edf").stderr == ""


def test_tune_says_that_it_starts_cold(run, two_users):
    """In words and to programs."""
    told = run("tune", two_users, "--objective", "mean")
    assert "begin with an idle server and an empty cache" in told.stdout
    assert '"start":"cold"' in run("tune", two_users, "--objective", "mean", "--json").stdout

"""Tests of what policies are judged by."""

from fractions import Fraction

import pytest
from strategies import stream

import prefixsched as ps
from prefixsched.errors import InputError
from prefixsched.tune.objective import Objective


def test_objectives():
    """Nearest ranks, and the mean as an exact fraction; both spellings of a percentile."""
    run = ps.simulate(stream((0, "aa"), (0, "bb"), (0, "cccc")), "fcfs")
    assert run.ttft.tolist() == [2, 4, 8]
    expected = {"max": 8, "mean": Fraction(14, 3), "p50": 4, "p33": 2, "percentile:67": 8}
    assert {name: Objective(name)(run) for name in expected} == expected
    assert Objective("percentile:99.9").name == "p99.9"


@pytest.mark.parametrize("name", ["", "p", "best", "p-1", "p1e9", "px", "p0", "p101", "p²"])
def test_an_objective_that_is_none(name):
    """Each is refused with what there is."""
    with pytest.raises(InputError, match=r"^objective: '.*'.*; give "):
        Objective(name)

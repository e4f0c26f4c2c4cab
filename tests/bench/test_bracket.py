"""Tests of what several backends know together."""

import pytest
from bench_suites import BACKENDS
from hypothesis import given
from hypothesis import strategies as st

from prefixsched.bench.bracket import Bracket, one_optimum, tightest
from prefixsched.bench.row import OPTIMUM
from prefixsched.bench.suite import parse_suite
from prefixsched.bench.work import run_task


def bracket(lower, upper, backend="dp", seconds=1.0):
    """A bracket with the status that its ends give."""
    status = "optimal" if lower == upper else "feasible"
    return Bracket(status, backend, seconds, lower, upper)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(9, 20)), min_size=1, max_size=4))
def test_the_tightest_bracket(ends):
    """Highest lower and lowest upper bound; optimal if and only if they meet."""
    found = tightest([bracket(low, high, f"b{k}") for k, (low, high) in enumerate(ends)])
    assert found.lower == max(low for low, _ in ends)
    assert found.upper == min(high for _, high in ends)
    assert (found.status == "optimal") == (found.lower == found.upper)
    sources = [ends[int(name[1:])] for name in found.backend.split("+")]
    assert found.lower in {low for low, _ in sources}
    assert found.upper in {high for _, high in sources}
    assert found.seconds == len(sources)


def test_two_open_brackets_may_certify_an_optimum():
    """One has the bound, another the schedule; a backend that has both stands alone."""
    low, high = bracket(10, 14, "dp", 2.0), bracket(7, 10, "cpsat", 3.0)
    assert tightest([low, high]) == Bracket("optimal", "dp+cpsat", 5.0, 10, 10)
    assert tightest([low, high, bracket(10, 10, "milp")]) == bracket(10, 10, "milp")


def test_a_contradiction_is_a_defect():
    """A bound above a schedule that the verifier has seen is not passed over."""
    with pytest.raises(RuntimeError, match="dp claims that nothing is below 11, but cpsat has"):
        tightest([bracket(11, 12), bracket(5, 10, "cpsat")])


def test_one_optimum_an_instance(tmp_path):
    """Of the backends' rows one is left, in the first's place; others stay as they are."""
    from msgspec.structs import replace

    (task, *_) = parse_suite(BACKENDS, "s.toml", tmp_path, {}).tasks
    first, second, *policies = run_task(task)
    worse = replace(first, max=first.max + 5, upper_bound=first.max + 5, status="feasible")
    looser = replace(second, lower_bound=1, status="feasible")
    (best, *others) = one_optimum([worse, looser, *policies])
    assert others == policies
    assert (best.policy, best.asked, best.status) == (OPTIMUM, None, "optimal")
    assert (best.lower_bound, best.upper_bound) == (first.lower_bound, second.max)
    assert (best.max, best.order) == (second.max, second.order)
    assert one_optimum([first, *policies]) == [first, *policies]

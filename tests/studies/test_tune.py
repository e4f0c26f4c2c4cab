"""Tests of the choice of a policy for a trace."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import instances, stream

import prefixsched as ps
from prefixsched.model.errors import InputError
from prefixsched.studies.backtest_windows import parts_of
from prefixsched.studies.policy_choice import choose
from prefixsched.studies.tune import GRID, judged_by, tune, value_of

SOME = ("fcfs", "lpm", "k-lpm:2", "hrrn")
shares = st.fractions(Fraction(1, 20), Fraction(19, 20), max_denominator=20)


@pytest.fixture(scope="module")
def overloaded():
    """60 queries of 12 users that come faster than they can be served."""
    rng = np.random.Generator(np.random.PCG64(5))
    users = rng.integers(12, size=60)
    return stream(*((9 * k, "abcdefghijkl"[u] * 8 + f"{k:05d}") for k, u in enumerate(users)))


@settings(max_examples=50)
@given(instances(min_queries=2, max_queries=12), shares, st.integers(1, 3))
def test_parts_are_cut_by_time(instance, split, windows):
    """The past is all that comes strictly before the share of the time, in windows by age."""
    first, last = int(instance.arrival.min()), int(instance.arrival.max())
    assume(first < last)
    past = [
        instance.ids[j]
        for j in instance.by_age
        if int(instance.arrival[j]) - first < split * (last - first)
    ]
    assume(windows <= len(past))
    parts, after = parts_of(instance, split, windows)
    assert [name for part in parts for name in part.ids] == past
    assert max(part.n for part in parts) - min(part.n for part in parts) <= 1
    assert sorted([*past, *after.ids]) == sorted(instance.ids)
    assert instance.ids[instance.by_age[-1]] in after.ids


@settings(max_examples=25)
@given(instances(min_queries=3, max_queries=12), st.sampled_from(["max", "mean", "p50"]))
def test_values_are_those_of_the_simulator(instance, objective):
    """Under all costs and caches, each part by itself; the best run is the one to start from."""
    assume(len(set(instance.arrival.tolist())) > 1)
    parts, after = parts_of(instance, Fraction(1, 2), 1)
    goal = judged_by(objective)
    found = tune(instance, policies=SOME, objective=objective, windows=1)
    for spec, trial in zip(SOME, found.trials, strict=True):
        assert trial.policy == spec
        assert list(trial.windows) == [value_of(goal, ps.simulate(part, spec)) for part in parts]
        assert trial.validation == value_of(goal, ps.simulate(after, spec))
    least = min(trial.validation for trial in found.trials)
    assert value_of(goal, found.best) == least
    schedule = ps.evaluate(after, found.best.order.tolist())
    if objective == "max":
        assert schedule.max_ttft == least
    assert min(found.regret(trial) for trial in found.trials) == 0


def test_the_validation_part_takes_no_part_in_the_choice(overloaded):
    """Whatever comes after the split, the recommendation and the backtest stay."""
    found = tune(overloaded, policies=GRID)
    late = overloaded.arrival.copy()
    late[40:] += 1
    late[-1] = overloaded.arrival[-1]  # so that the split stays
    other = tune(replace(overloaded, arrival=late), policies=GRID)
    assert [t.validation for t in other.trials] != [t.validation for t in found.trials]
    assert [t.windows for t in other.trials] == [t.windows for t in found.trials]
    assert other.recommended.policy == found.recommended.policy


def test_an_overloaded_stream_wants_reuse(overloaded):
    """FCFS reuses next to nothing there, and is neither recommended nor near the best."""
    found = tune(overloaded)
    fcfs = found.trials[0]
    assert fcfs.policy == "fcfs"
    assert found.recommended.policy != "fcfs"
    assert found.regret(fcfs) > found.regret(found.recommended)
    assert found.scores[0] > Fraction(11, 10)


def test_earlier_choices_see_their_past_alone(overloaded):
    """Each origin is what tuning on the windows before it alone recommends."""
    found = tune(overloaded, policies=SOME, windows=3)
    assert (len(found.sizes), len(found.origins)) == (3, 2)
    levels = [trial.level for trial in found.trials]
    for f, origin in enumerate(found.origins, start=1):
        k = choose([trial.windows[:f] for trial in found.trials], levels, found.tolerance)
        least = min(trial.windows[f] for trial in found.trials)
        assert origin.policy == found.trials[k].policy
        assert origin.regret == found.trials[k].windows[f] / least - 1


def test_long_traces_have_several_windows():
    """One for each 200 queries before the split, and at most five."""
    for n, windows in ((300, 1), (800, 2), (4000, 5)):
        queries = stream(*((k, "a") for k in range(n)))
        assert len(tune(queries, policies=["fcfs"]).sizes) == windows


def test_ratios_to_an_optimum(overloaded):
    """A bracket gives an interval, nothing known gives none."""
    found = tune(overloaded, policies=SOME)
    assert found.ratio(found.trials[0]) == (None, None)
    optimum = ps.solve(found.validation, max_nodes=1, start=found.best.order.tolist())
    found = found.against(optimum)
    low, high = found.ratio(found.recommended)
    assert 1 <= low <= high
    assert low == found.recommended.validation / optimum.upper_bound


def test_what_is_the_same_is_run_once(overloaded):
    """A policy by two spellings has one row."""
    runs = []
    found = tune(overloaded, policies=["k-lpm", "k-lpm:4", "fcfs", "fcfs"], on_run=runs.append)
    assert [trial.policy for trial in found.trials] == ["k-lpm:4", "fcfs"]
    assert len(runs) == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": 0}, "split: 0 is too small"),
        ({"split": 1}, "split: 1 is too large; give less than 1"),
        ({"split": float("nan")}, "split: nan is not a number"),
        ({"tolerance": -0.1}, "tolerance: -0.1 is too small"),
        ({"windows": 0}, "windows: 0 is too small"),
        ({"windows": 99}, "windows: 99 for 30 queries before the split; give fewer"),
        ({"policies": []}, "policies: there is none to choose from"),
        ({"policies": ["fcsf"]}, "did you mean fcfs"),
    ],
)
def test_an_option_that_is_wrong(overloaded, options, message):
    """It is named, with what mends it."""
    with pytest.raises(InputError, match=message):
        tune(overloaded, **options)


def test_a_trace_without_a_past():
    """Where all arrive at once there is nothing to choose by."""
    with pytest.raises(InputError, match="all arrive at the same time"):
        tune(stream((3, "a"), (3, "b")))


def test_what_policies_are_judged_by():
    """Nearest ranks, and the mean as an exact fraction; a goodput needs a bound."""
    run = ps.simulate(stream((0, "aa"), (0, "bb"), (0, "cccc")), "fcfs")
    assert run.ttft.tolist() == [2, 4, 8]
    expected = {"max": 8, "mean": Fraction(14, 3), "p50": 4, "p33": 2, "percentile:67": 8}
    assert {name: value_of(judged_by(name), run) for name in expected} == expected
    with pytest.raises(ps.InputError, match="goodput counts what meets a bound; give"):
        judged_by("goodput")


def test_a_tuning_is_certified_by_itself(overloaded):
    """The optimum of the part that took no part in the choice; the mean has no such ratio."""
    found = tune(overloaded, policies=SOME).certified(time_limit=5)
    assert found.optimum.instance is found.validation
    assert all(found.ratio(trial)[1] >= 1 for trial in found.trials)
    with pytest.raises(InputError, match="no ratio of the mean"):
        tune(overloaded, policies=["fcfs"], objective="mean").certified()

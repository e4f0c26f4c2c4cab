"""Tests of what is said where an argument is something else than was asked for."""

from pathlib import Path

import pytest

import prefixsched as ps
from prefixsched.plot.anytime import plot_anytime

FILE = "instances/rasq-n16.json"


class Oldest:
    """A policy of one's own."""

    def pick(self, view):
        """First come, first served."""
        return view.waiting[0]


TAKE_AN_INSTANCE = {
    "solve": ps.solve,
    "compare": ps.compare,
    "tune": ps.tune,
    "simulate": lambda given: ps.simulate(given, "fcfs"),
    "evaluate": lambda given: ps.evaluate(given, [0]),
    "write": lambda given: ps.write(given, "never.json"),
    "sweep": lambda given: ps.studies.sweep_capacities(given, "fcfs"),
    "tradeoff": lambda given: ps.studies.sweep_ceilings(given, "fcfs"),
}
TAKE_OTHERS = {
    "score": ps.score,
    **{name: getattr(ps.plot, name) for name in (
        "cache", "cdf", "gantt", "lost", "percentiles", "phase", "ratios", "residuals", "reuse",
        "tradeoff", "worst",
    )},
    "anytime": lambda given: plot_anytime(given, []),
}  # fmt: skip


@pytest.mark.parametrize("call", TAKE_AN_INSTANCE.values(), ids=TAKE_AN_INSTANCE)
@pytest.mark.parametrize("given", [FILE, Path(FILE), 7, None], ids=repr)
def test_what_is_no_instance_is_refused(call, given):
    """One line says what to give."""
    with pytest.raises(ps.InputError, match=r"^instance: .*; give an Instance, as ps\.read\(path"):
        call(given)


@pytest.mark.parametrize("call", TAKE_OTHERS.values(), ids=TAKE_OTHERS)
@pytest.mark.parametrize("given", [FILE, Path(FILE), 7, [7]], ids=repr)
def test_what_is_no_result_is_refused(call, given):
    """Nor are figures drawn of paths."""
    with pytest.raises(ps.InputError, match=r"^\w+: .*; give (what ps\.|a )"):
        call(given)


def test_one_policy_need_not_be_a_list():
    """It isn't taken letter by letter."""
    instance = ps.generate("rasq", users=2, per_user=2)
    for one, name in (("k-lpm:2", "k-lpm:2"), (Oldest, "Oldest"), (Oldest(), "Oldest")):
        assert [run.policy for run in ps.compare(instance, one).runs] == [name]
    assert [trial.policy for trial in ps.tune(instance, policies="lpm").trials] == ["lpm"]
    swept = ps.studies.sweep_capacities(instance, "fcfs", [0], 1.0)
    assert {run.policy for point in swept for run in point.runs} == {"fcfs"}
    with pytest.raises(ps.InputError, match=r"policies: 7 is none; give one"):
        ps.compare(instance, 7)

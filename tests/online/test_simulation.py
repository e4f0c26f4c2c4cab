"""Tests of the simulator: kernels, the pick-by-pick server and the verifier must agree."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import cached, instances, stream
from thorough import examples

from prefixsched.model.cost import Table
from prefixsched.model.errors import InputError
from prefixsched.online.policies.prefix import FCFS, KLPM, LPM
from prefixsched.online.simulation import Simulation, simulate
from prefixsched.verifier.schedule import evaluate

pytestmark = pytest.mark.kernels

POLICIES = [FCFS(), LPM(), KLPM(2), KLPM(3, oldest="last"), KLPM("inf")]


class PickByPick:
    """A policy with its compiled description taken away."""

    def __init__(self, policy):
        self.policy = policy
        self.name = policy.name

    def pick(self, view):
        """The wrapped policy's pick."""
        return self.policy.pick(view)


@settings(max_examples=examples(400))
@given(instances(max_queries=10) | cached(max_queries=10), st.sampled_from(POLICIES))
def test_kernels_follow_the_rule(instance, policy):
    """The compiled run and the rule asked pick by pick serve alike, and at the same times."""
    fast, slow = simulate(instance, policy), simulate(instance, PickByPick(policy))
    assert fast.order.tolist() == slow.order.tolist()
    assert fast.completion.tolist() == slow.completion.tolist()
    assert fast.reused.tolist() == slow.reused.tolist()


@settings(max_examples=examples(200))
@given(instances(max_queries=10) | cached(max_queries=10), st.sampled_from(POLICIES))
def test_the_verifier_finds_the_same_times(instance, policy):
    """Serving a policy's order from first principles gives its completions and its reuse."""
    run = simulate(instance, policy)
    schedule = evaluate(instance, run.order.tolist())
    assert run.completion.tolist() == list(schedule.completion)
    assert run.reused.tolist() == list(schedule.reused)
    assert (run.max, run.makespan) == (schedule.max_ttft, schedule.makespan)


@given(instances(max_queries=10) | cached(max_queries=10), st.sampled_from(POLICIES))
def test_no_query_is_served_before_it_was_known(instance, policy):
    """When a query is picked, it has arrived, or nothing waited and it comes next."""
    run = simulate(instance, policy)
    now, seen = 0, np.zeros(instance.n, dtype=bool)
    for j in run.order.tolist():
        rest = instance.arrival[~seen]
        assert instance.arrival[j] <= max(now, int(rest.min()))
        now, seen[j] = int(run.completion[j]), True


def test_fcfs_serves_by_arrival_then_file_order():
    """The oldest is the earliest arrival, and the first in the file of equals."""
    instance = stream((5, "a"), (0, "b"), (5, "c"))
    assert simulate(instance, "fcfs").order.tolist() == [1, 0, 2]


def test_percentiles_are_nearest_rank():
    """The ⌈q n / 100⌉-th smallest TTFT, as an integer."""
    instance = stream(*[(0, f"{letter}") for letter in "abcdefghij"])
    run = simulate(instance, "fcfs")  # TTFT 1 to 10
    assert [run.p50, run.p90, run.p95, run.p99, run.max] == [5, 9, 10, 10, 10]
    assert run.percentile(Fraction(1, 1000)) == 1
    assert run.mean == 5.5
    for q in (0, 101):
        with pytest.raises(InputError, match=f"percentile: {q}"):
            run.percentile(q)


def test_as_dict_has_the_fields_of_the_contract():
    """Programs read these names."""
    instance = stream((0, "aab"), (0, "aac"))
    assert simulate(instance, "lpm").as_dict() == {
        "policy": "lpm", "max": 4, "mean": 3.5, "p50": 3, "p90": 4, "p95": 4, "p99": 4,
        "makespan": 4, "reused_tokens": 2, "order": ["q0", "q1"],
    }  # fmt: skip


class Stubborn:
    """A policy that always picks one query."""

    name = "stubborn"

    def __init__(self, pick):
        self._pick = pick

    def pick(self, view):
        """The same query whatever waits."""
        return self._pick


@pytest.mark.parametrize("pick", [1, 7, -1, None])
def test_a_policy_must_pick_what_waits(pick):
    """A query that hasn't arrived, doesn't exist or was served is refused; the policy is named."""
    with pytest.raises(InputError, match="policy stubborn: picked .*; return one of view.waiting"):
        simulate(stream((0, "a"), (9, "b")), Stubborn(pick))


def test_a_policy_sees_the_queue_and_cannot_change_it():
    """The view's arrays are aligned, oldest first, and read-only."""
    seen = []

    class Spy:
        name = "spy"

        def pick(self, view):
            seen.append((view.now, view.picks, view.waiting.tolist(), view.overlap.tolist()))
            with pytest.raises(ValueError, match="read-only"):
                view.overlap[0] = 9
            return int(view.waiting[-1])

    run = simulate(stream((0, "aax"), (1, "aay"), (2, "ab")), Spy())
    assert run.order.tolist() == [0, 2, 1]
    assert seen == [(0, 0, [0], [0]), (3, 1, [1, 2], [2, 1]), (4, 2, [1], [1])]


def test_table_costs_run_without_prompts():
    """Where prompts are left out all overlaps are 0, so longest match means oldest."""
    from prefixsched.model.instance import Instance
    from prefixsched.model.prompts import Prompts

    table = Table(np.array([4, 1]), np.array([[0, 2], [3, 0]]))
    instance = Instance(
        "t", ["x", "y"], np.array([1, 0]), Prompts.from_segments([[], []]), cost=table
    )
    run = simulate(instance, "lpm")
    assert isinstance(run, Simulation)
    assert (run.order.tolist(), run.completion.tolist()) == ([1, 0], [4, 1])


def test_unknown_policies_name_the_nearest():
    """A typo in a policy's name is answered with the right one."""
    with pytest.raises(InputError, match="did you mean fcfs"):
        simulate(stream((0, "a")), "fcsf")


def test_who_keeps_to_its_own_allowance():
    """Queries without one are on time; without any there is nothing to count."""
    instance = stream((0, "aaa"), (0, "bbb"), (0, "ccc"), allowance=np.array([3, 5, -1]))
    run = simulate(instance, "fcfs")
    assert (run.on_time, run.as_dict()["on_time"]) == (2, 2)
    assert "on_time" not in simulate(stream((0, "aaa")), "fcfs").as_dict()

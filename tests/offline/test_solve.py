"""Tests of the facade: what it promises whatever the backend says."""

from decimal import Decimal
from fractions import Fraction
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import instances, stream
from thorough import examples

import prefixsched as ps
from prefixsched.bounds.work import work_bound
from prefixsched.exact.backend import Outcome
from prefixsched.exact.brute import Brute
from prefixsched.generate.rasq import rasq
from prefixsched.model.status import Status
from prefixsched.plugins import registry

max_ttft = import_module("prefixsched.offline.max_ttft")
facade = import_module("prefixsched.offline.solve")  # the package's name for it is the function
HARD = stream((0, "aaab"), (1, "bbba"), (2, "aaac"), (3, "bbbc"), (4, "aaad"), (5, "bbbd"))


@settings(max_examples=examples(150))
@given(instances(max_queries=6))
def test_auto_equals_brute_force(instance):
    """Minimise, and decide at T* and T* - 1, over all costs and caches."""
    best = ps.solve(instance, backend="brute")
    assert best.status is Status.OPTIMAL
    found = ps.solve(instance, threads=1)
    assert (found.status, found.ttft, found.lower_bound) == (
        Status.OPTIMAL,
        best.ttft,
        best.ttft,
    )
    assert ps.solve(instance, ttft=best.ttft, threads=1).status is Status.FEASIBLE
    if best.ttft > 0:
        refuted = ps.solve(instance, ttft=best.ttft - 1, threads=1)
        assert (refuted.status, refuted.schedule) == (Status.INFEASIBLE, None)
        assert refuted.lower_bound == best.ttft


@settings(max_examples=examples(60))
@given(instances(max_queries=5), st.randoms(use_true_random=False), st.integers(0, 50))
def test_answers_dont_depend_on_file_order_time_shift_or_scale(instance, random, shift):
    """Reordering the file changes nothing; shifting and scaling time does what it should."""
    best = ps.solve(instance, backend="brute").ttft
    order = np.array(random.sample(range(instance.n), instance.n))
    assert ps.solve(instance.select(order), backend="brute").ttft == best
    if isinstance(instance.cost, ps.Table):
        return
    shifted = stream(*zip((instance.arrival + shift).tolist(), "a" * instance.n, strict=True))
    moved = ps.Instance(
        "moved", instance.ids, shifted.arrival, instance.prompts, instance.cost, instance.cache
    )
    assert ps.solve(moved, backend="brute").ttft == best


@settings(max_examples=examples(60))
@given(instances(max_queries=6, allowances=True))
def test_own_allowances_are_decided(instance):
    """``ttft="own"`` asks for each query's own bound and leaves the others free."""
    if not instance.has_allowances:
        with pytest.raises(ps.InputError, match="no query states its own ttft"):
            ps.solve(instance, ttft="own")
        return
    result = ps.solve(instance, ttft="own", threads=1)
    assert result.status is ps.solve(instance, ttft="own", backend="brute").status
    if result.status is Status.FEASIBLE:
        assert result.schedule.meets(instance)


def test_a_refuted_bound_comes_with_its_core():
    """Where the work bound refutes T, its interval is the core."""
    instance = stream((0, "x"), (100, "abc"), (100, "def"), (300, "y"))
    result = ps.solve(instance, ttft=5)
    assert (result.status, result.core, result.lower_bound) == (Status.INFEASIBLE, (1, 2), 6)
    assert result.as_dict()["core"] == ["q1", "q2"]


def test_progress_reports_a_shrinking_bracket():
    """Lower bounds never fall, upper bounds never rise, and they never cross."""
    seen = []
    result = ps.solve(HARD, backend="cpsat", on_progress=seen.append)
    assert result.status is Status.OPTIMAL
    lowers = [progress.lower_bound for progress in seen]
    uppers = [progress.upper_bound for progress in seen]
    assert lowers == sorted(lowers)
    assert uppers == sorted(uppers, reverse=True)
    assert all(low <= result.ttft <= up for low, up in zip(lowers, uppers, strict=True))


def test_a_start_is_used():
    """A given schedule is the first upper bound, even if no time is left to improve it."""
    order = ps.solve(HARD, backend="brute").schedule.order
    result = ps.solve(HARD, start=order, time_limit=0)
    assert result.ttft == ps.evaluate(HARD, order).max_ttft


class Liar:
    """A backend whose claims are wrong."""

    name = "liar"

    def __init__(self, outcome):
        self.outcome = outcome

    def solve(self, problem, limits, incumbent=None):
        """The prepared claim."""
        return self.outcome


@pytest.mark.parametrize(
    ("outcome", "ttft"),
    [
        (Outcome(Status.OPTIMAL, None, 1), None),
        (Outcome(Status.OPTIMAL, None, 10**6), None),
        (Outcome(Status.FEASIBLE, None, 0), 8),
        (Outcome(Status.INFEASIBLE, None, 0), 10**6),
    ],
)
def test_false_claims_are_caught(monkeypatch, outcome, ttft):
    """What the verifier doesn't find, no user sees."""
    monkeypatch.setattr(facade, "create", lambda *_: Liar(outcome))
    monkeypatch.setattr(max_ttft, "known_orders", lambda *_: [[0, 1, 2, 3, 4, 5]])
    with pytest.raises(RuntimeError, match="backend liar claims"):
        ps.solve(HARD, backend="liar", ttft=ttft)


def test_an_interrupt_gives_the_bracket_so_far(monkeypatch):
    """Ctrl-C during the search ends it with a true status."""

    class Interrupted(Brute):
        def solve(self, problem, limits, incumbent=None):
            incumbent.take([5, 4, 3, 2, 1, 0])
            incumbent.raise_bound(3)
            incumbent.report(7)
            raise KeyboardInterrupt

    monkeypatch.setattr(facade, "create", lambda *_: Interrupted())
    result = ps.solve(HARD, backend="brute")
    assert result.status is Status.FEASIBLE
    assert (result.lower_bound >= 3, result.nodes) == (True, 7)
    assert ps.solve(HARD, backend="brute", ttft=1).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"ttft": -1}, "ttft: -1; give a number of ticks"),
        ({"ttft": 2**60}, "give a number of ticks from 0 to 2"),
        ({"time_limit": -1.0}, "time limit: -1.0; give 0 or more seconds"),
        ({"time_limit": float("nan")}, "time limit: nan"),
        ({"threads": 0}, "threads: 0 is too small; give 1 or more"),
        ({"backend": "cpsta"}, "did you mean cpsat"),
        ({"start": [0]}, "not a permutation"),
        ({"relax": 1}, "relax: there is no bound to relax; give a ttft too"),
        ({"relax": 2, "ttft": 9}, "relax: 2; give a share from 0 to 1"),
        ({"promise": True, "ttft": 9}, "promise: it goes with a share of queries; give relax too"),
        ({"relax": 1, "ttft": 9, "backend": "cpsat"}, "relax: backend cpsat decides for all"),
    ],
)
def test_bad_arguments_are_refused(fields, message):
    """One line names the argument and its mend."""
    with pytest.raises(ps.InputError, match=message):
        ps.solve(HARD, **fields)


def test_results_read_well():
    """A result prints as a sentence and knows what it answers."""
    result = ps.solve(stream((0, "ab"), (0, "ac"), name="tiny"))
    assert str(result).startswith("tiny: optimal, TTFT 3 tick (bounds, ")
    assert result.answered
    assert result.gap == 0
    assert result.schedule_file().status == "optimal"
    refuted = ps.solve(stream((0, "ab"), name="tiny"), ttft=1)
    assert "tiny: infeasible at TTFT ≤ 1 tick" in str(refuted)
    with pytest.raises(ValueError, match="no schedule"):
        refuted.schedule_file()


def test_large_streams_end_with_their_bracket():
    """Past the size of a matrix, auto works on the stretch that decides."""
    n = 5000
    instance = stream(*[(2 * j, "ab"[j % 2] * 2 + str(j % 7)) for j in range(n)])
    result = ps.solve(instance)
    assert result.backend == "stretch"
    assert 0 < result.lower_bound <= result.upper_bound == result.ttft
    assert registry.available("backends")


@pytest.mark.parametrize(
    ("ttft", "share", "status", "on_time"),
    [
        (9, 0, Status.FEASIBLE, 3),
        (6, "0.34", Status.RELAXED, 2),
        (6, "0.33", Status.INFEASIBLE, None),
        (3, "0.34", Status.INFEASIBLE, None),
        (2, "1", Status.RELAXED, 0),
    ],
)
def test_relaxed_decisions(ttft, share, status, on_time):
    """All in time, or as many as asked for, or a proof that not so many can be."""
    instance = stream((0, "aaa"), (0, "bbb"), (0, "ccc"))
    result = ps.solve(instance, ttft=ttft, relax=Fraction(share))
    assert (result.status, result.answered) == (status, True)
    if on_time is None:
        assert result.schedule is None
    else:
        assert result.schedule.on_time(instance, ttft) == on_time


def test_a_promise_settles_for_a_proof_that_not_all_can():
    """The paper's question: infeasible where not all can, unless an order comes first."""
    instance = stream((0, "aaa"), (0, "bbb"), (0, "ccc"), (1, "ddd"))
    weak = ps.solve(instance, ttft=8, relax=Fraction(1, 2), promise=True, backend="brute")
    strong = ps.solve(instance, ttft=8, relax=Fraction(1, 2))
    assert weak.status in (Status.RELAXED, Status.INFEASIBLE)
    assert (strong.status, strong.promise, strong.enough) == (Status.RELAXED, False, 2)
    weak = ps.solve(instance, ttft=8, relax=Fraction(1, 4), promise=True, backend="brute")
    assert (weak.status, weak.promise, weak.enough) == (Status.INFEASIBLE, True, 3)


def test_a_share_given_as_a_float_is_read_as_it_prints():
    """0.3 of ten are three, though the float lies below."""
    instance = stream(*[(0, letter) for letter in "abcdefghij"])
    assert ps.solve(instance, ttft=7, relax=0.3).enough == 7


def test_relaxing_own_allowances():
    """Queries without an allowance are always on time."""
    instance = stream((0, "aaa"), (0, "bbb"), (0, "ccc"), allowance=np.array([3, 3, -1]))
    assert ps.solve(instance, ttft="own").status is Status.INFEASIBLE
    result = ps.solve(instance, ttft="own", relax=Fraction(1, 2))
    assert (result.status, result.schedule.on_time(instance)) == (Status.RELAXED, 2)


def test_visits_refute_a_bound_at_sight():
    """Prefixes that must be computed again are enough to refute it, and the core says of whom."""
    instance = rasq(users=25, per_user=4, load=Decimal("1.2"), seed=0)
    work = work_bound(instance).ticks
    result = ps.solve(instance, ttft=work + 20_000, max_nodes=1)
    assert (result.status, result.backend) == (Status.INFEASIBLE, "bounds")
    assert result.core


def test_visits_bound_the_optimum_before_any_search():
    """Far above the work bound, with no node spent."""
    instance = rasq(users=25, per_user=4, load=Decimal("0.7"), seed=0)
    result = ps.solve(instance, max_nodes=0)
    assert result.lower_bound > 3 * work_bound(instance).ticks // 2


@pytest.mark.parametrize(("objective", "ttft"), [("max", None), ("mean", None), ("goodput", 9)])
def test_progress_has_the_order_that_reaches_its_bound(objective, ttft):
    """A callback can keep the best schedule so far."""
    seen = []
    result = ps.solve(HARD, objective=objective, ttft=ttft, on_progress=seen.append)
    assert seen
    for news in seen:
        if news.order is not None:
            schedule = ps.evaluate(HARD, news.order)
            reached = result.objective.measure(HARD, schedule, ttft)
            assert reached == (news.lower_bound if objective == "goodput" else news.upper_bound)
    assert seen[-1].order == result.schedule.order

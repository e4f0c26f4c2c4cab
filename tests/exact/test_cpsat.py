"""Tests of what CP-SAT is given before it is asked, and of going without."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from ortools.sat.python import cp_model
from strategies import instances
from thorough import examples

from prefixsched.exact.brute import Brute
from prefixsched.generate.rasq import rasq
from prefixsched.model.errors import InputError
from prefixsched.model.problem import Problem
from prefixsched.model.status import Status
from prefixsched.plugins.registry import create
from prefixsched.runtime.limits import Limits

REFERENCE = Problem.of(rasq(users=4, per_user=4, load=Decimal("1.2"), seed=0))
BEST = 23_000


@settings(max_examples=examples(60))
@given(instance=instances(max_queries=6, allowances=True))
def test_plain_cpsat_agrees_with_brute_force(instance):
    """Without local search and relaxation: the same optimum, the same decision."""
    problem = Problem.of(instance)
    plain = create("backends", "cpsat:plain=1")
    found = plain.solve(problem, Limits())
    assert (found.status, found.lower) == (Status.OPTIMAL, Brute().solve(problem, Limits()).lower)
    own = problem.within(instance.allowance)
    assert plain.solve(own, Limits()).status is Brute().solve(own, Limits()).status


@pytest.fixture
def asked(monkeypatch):
    """The number of models that CP-SAT is given."""
    calls = []
    solve = cp_model.CpSolver.solve

    def counted(self, model, *rest):
        calls.append(model)
        return solve(self, model, *rest)

    monkeypatch.setattr(cp_model.CpSolver, "solve", counted)
    return calls


def test_what_the_relaxation_refutes_is_not_asked(asked):
    """Far below the optimum, yet past what windows alone refute: no model reaches CP-SAT."""
    below = REFERENCE.within(BEST * 9 // 10)
    assert create("backends", "cpsat").solve(below, Limits()).status is Status.INFEASIBLE
    assert asked == []
    assert create("backends", "cpsat:plain=1").solve(below, Limits()).status is Status.INFEASIBLE
    assert len(asked) == 1


def test_local_search_meets_a_loose_bound(asked):
    """Where its order is good enough there is nothing to ask; alone, CP-SAT has to find one."""
    loose = REFERENCE.within(BEST * 5 // 4)
    for backend, models in (("cpsat", 0), ("cpsat:plain=1", 1)):
        found = create("backends", backend).solve(loose, Limits())
        assert found.status is Status.FEASIBLE
        assert (loose.completions(found.order) <= loose.due).all()
        assert len(asked) == models


def test_plain_is_a_yes_or_no():
    """Anything but 0 and 1 is refused in one line."""
    with pytest.raises(InputError, match="cpsat: plain is 2; give 0 or 1"):
        create("backends", "cpsat:plain=2")

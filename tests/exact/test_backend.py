"""Tests of limits and of bad input that all backends share."""

import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
from incumbents import known
from strategies import stream

import prefixsched as ps
from prefixsched.exact.lru import answer, problem_of
from prefixsched.generate.rasq import rasq
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache
from prefixsched.model.problem import Problem
from prefixsched.model.status import Status
from prefixsched.plugins.registry import create
from prefixsched.runtime.limits import Limits

HUGE = stream((0, "a" * 3), (2**50 + 1, "b" * 5))


@pytest.mark.parametrize("backend", ["cpsat", "dp", "didp", "milp", "milp:solver=cbc"])
def test_no_time_means_no_claim(backend):
    """With the deadline past, a minimisation gives its start and a decision nothing."""
    problem = Problem.of(rasq(users=4, per_user=4, load=Decimal("1.2"), seed=0))
    start = list(range(problem.n))
    past = time.monotonic() - 1
    outcome = create("backends", backend).solve(
        problem, Limits(deadline=past), known(problem, start=start)
    )
    assert outcome.status is Status.FEASIBLE
    assert list(outcome.order) == start
    tight = problem.within((problem.max_flow(start) - 1) * problem.tick)
    decided = create("backends", backend).solve(
        tight, Limits(deadline=past), known(problem, start=start)
    )
    assert decided.status in (Status.UNKNOWN, Status.INFEASIBLE)


@pytest.mark.parametrize("backend", ["cpsat", "dp"])
def test_a_work_budget_makes_runs_repeat(backend):
    """Two runs under the same node budget end with the same bracket and order."""
    instance = rasq(users=6, per_user=4, load=Decimal("1.2"), seed=0)
    runs = [ps.solve(instance, backend=backend, threads=1, max_nodes=300) for _ in range(2)]
    assert runs[0].schedule.order == runs[1].schedule.order
    assert (runs[0].lower_bound, runs[0].nodes) == (runs[1].lower_bound, runs[1].nodes)


@pytest.mark.parametrize("backend", ["cpsat", "dp", "didp", "milp"])
def test_the_number_of_threads_may_change_within_a_process(backend):
    """HiGHS keeps one pool of workers a process, and refused runs that asked for another size."""
    problem = Problem.of(rasq(users=3, per_user=3, load=Decimal("1.2"), seed=0))
    found = [create("backends", backend).solve(problem, Limits(threads=k)) for k in (1, 2, 1)]
    assert {outcome.status for outcome in found} == {Status.OPTIMAL}
    assert len({outcome.lower for outcome in found}) == 1


@pytest.mark.parametrize(
    ("backend", "message"),
    [
        ("didp", "backend didp: times reach .* past 2.31; use cpsat"),
        ("milp", "backend milp: times reach .* past 10.15; use a coarser tick"),
        ("milp:solver=cbc", "backend milp:solver=cbc: times reach .* past 10.15; use a coarser"),
        ("brute", "backend brute: 10 queries; it takes at most 9, use cpsat"),
        ("milp:solver=scip", "milp: solver is 'scip'; give highs or cbc"),
    ],
)
def test_what_a_backend_cannot_take_is_refused(backend, message):
    """One line says what is too much and what to use."""
    instance = stream(*[(j, "ab") for j in range(10)]) if backend == "brute" else HUGE
    with pytest.raises(InputError, match=message):
        create("backends", backend).solve(Problem.of(instance), Limits())


def test_milp_takes_times_up_to_what_its_solver_can():
    """From 1e15 on HiGHS takes a coefficient for infinite and drops the row."""
    last = 10**15 - 12
    at_most = stream((0, "a"), (last, "ab"), (last + 1, "b"))
    horizon = Problem.of(at_most).horizon + 2
    assert horizon <= 10**15 - 1
    outcome = create("backends", "milp").solve(
        Problem.of(at_most), Limits(), known(Problem.of(at_most), [0, 1, 2])
    )
    assert outcome.status is Status.FEASIBLE
    assert sorted(outcome.order) == [0, 1, 2]


@pytest.mark.parametrize("cache", [Cache.LAST, Cache.LRU])
@pytest.mark.parametrize("limit", [{"deadline": 0.0}, {"max_nodes": 20}])
def test_brute_force_keeps_its_limits(cache, limit):
    """A proof only where no limit came first; a decision that was met is met."""
    texts = [(j, "ab"[j % 2] * 3 + "cdefghi"[j]) for j in range(7)]
    capacity = 9 if cache is Cache.LRU else None
    instance = stream(*texts, cache=cache, capacity=capacity)
    problem = problem_of(instance)
    start = list(range(7))
    outcome = answer(
        create("backends", "brute"), problem, Limits(**limit), known(problem, start=start, lower=1)
    )
    assert (outcome.status, outcome.lower) == (Status.FEASIBLE, 1)
    assert sorted(outcome.order) == start
    undecided = answer(create("backends", "brute"), problem.within(8), Limits(**limit))
    assert (undecided.status, undecided.order) == (Status.UNKNOWN, None)
    assert undecided.nodes <= 20


def test_cpsat_refuses_times_that_could_overflow_it():
    """Past 2^52 after scaling its own sums are not safe."""
    instance = stream((0, "aaa"), (2**52 + 1, "bbbbb"), (2**52 + 4, "cccc"))
    with pytest.raises(InputError, match="past 2.52; use a coarser tick"):
        create("backends", "cpsat").solve(Problem.of(instance), Limits())


def test_milp_claims_no_proof_that_floats_cannot_give():
    """Where tolerance times big-M passes half a tick, only the schedule is given."""
    instance = stream((0, "aaa"), (2**40 + 1, "bbbbb"), (2**40 + 2, "cccc"))
    outcome = create("backends", "milp").solve(
        Problem.of(instance), Limits(), known(Problem.of(instance), [0, 1, 2])
    )
    assert (outcome.status, outcome.lower) == (Status.FEASIBLE, 0)


def test_didp_says_how_to_install_it(monkeypatch):
    """The optional package is named with its extra."""
    monkeypatch.setitem(sys.modules, "didppy", None)
    with pytest.raises(InputError, match=r"pip install '\.\[didp\]'"):
        create("backends", "didp")


def test_cpsat_proves_rasq_of_16():
    """The reference instance at load 1.2."""
    result = ps.solve(
        rasq(users=4, per_user=4, load=Decimal("1.2"), seed=0), backend="cpsat", threads=2
    )
    assert (result.status, result.ttft) == (Status.OPTIMAL, 23_000)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["max", "mean", "lru"])
def test_a_search_keeps_to_its_memory(kind):
    """About 12 MiB beyond what its process has, kernels that are yet to be read included."""
    memory = 12 * 2**20
    script = Path(__file__).parents[1] / "support" / "peak_memory.py"
    command = [sys.executable, script, kind, str(memory)]
    peak = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert peak <= 2 * memory

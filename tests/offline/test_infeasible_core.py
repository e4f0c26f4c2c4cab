"""Tests of infeasible cores."""

from itertools import permutations

import numpy as np
from hypothesis import given, settings
from strategies import instances, stream
from thorough import examples

import prefixsched as ps
from prefixsched.exact.brute import Brute
from prefixsched.exact.relaxation.sub_instance import sub_instance
from prefixsched.model.problem import Problem
from prefixsched.model.status import Status
from prefixsched.offline import infeasible_core as infeasible_core_module
from prefixsched.offline.infeasible_core import Parts, infeasible_core
from prefixsched.runtime import limits as limits_module
from prefixsched.runtime.limits import Limits


@settings(max_examples=examples(150))
@given(instances(max_queries=6))
def test_a_core_refutes(instance):
    """What is left can't meet T* - 1 by itself, whatever the others do."""
    problem = Problem.of(instance)
    best = Brute().solve(problem, Limits()).lower
    if best == 0:
        return
    below = problem.within((best - 1) * problem.tick)
    core = infeasible_core(below, Limits(), 60.0)
    assert len(set(core.tolist())) == len(core) > 0
    assert Brute().solve(sub_instance(below, core), Limits()).status is Status.INFEASIBLE
    alone = Problem.of(instance.select(core)).within((best - 1) * problem.tick)
    assert Brute().solve(alone, Limits()).status is Status.INFEASIBLE


def test_a_core_leaves_out_what_does_not_matter():
    """A burst among quiet queries is the reason, and it alone."""
    quiet = [(100 * k, f"{k}x") for k in range(6)]
    burst = [(250, letter * 5) for letter in "abcd"]
    instance = stream(*quiet, *burst)
    core = infeasible_core(Problem.of(instance).within(17), Limits(), 60.0)
    assert sorted(core.tolist()) == [6, 7, 8, 9]


def test_a_known_core_is_cut_down():
    """The work bound's interval is where it begins."""
    instance = stream(*[(0, letter * 5) for letter in "abcdef"])
    core = infeasible_core(Problem.of(instance).within(12), Limits(), 60.0, np.arange(6))
    assert len(core) == 3


def test_refuted_decisions_come_with_a_core():
    """The facade finds one where the search had to refute, and limits end it in time."""
    instance = stream((0, "aaab"), (1, "bbba"), (2, "aaac"), (3, "bbbc"), (4, "aaad"), (5, "bbbd"))
    best = ps.solve(instance).ttft
    result = ps.solve(instance, ttft=best - 1, backend="dp")
    assert (result.status, result.backend) == (Status.INFEASIBLE, "dp")
    assert result.core
    repeated = [ps.solve(instance, ttft=best - 1, backend="dp", max_nodes=10**6) for _ in range(2)]
    assert repeated[0].core == repeated[1].core


def misses_in_every_order(instance, core, ttft):
    """Whether one of ``core`` is late in every schedule of all queries."""
    orders = permutations(range(instance.n))
    late = (max(ps.evaluate(instance, order).ttft[j] for j in core) > ttft for order in orders)
    return all(late)


@settings(max_examples=examples(100))
@given(instances(min_queries=3, max_queries=5))
def test_a_core_that_holds_alone_has_a_miss_in_every_schedule(instance):
    """Whoever else is late."""
    best = ps.solve(instance, threads=1).ttft
    if best == 0:
        return
    found = ps.solve(instance, ttft=best - 1, threads=1)
    assert found.core
    if found.core_alone:
        assert misses_in_every_order(instance, found.core, best - 1)


def test_a_core_may_be_met_where_others_are_late():
    """The first query fills the cache for the last; in time it can't, as it would delay it."""
    instance = stream((6, "bb"), (0, "abbb"), (11, "abbaa"))
    found = ps.solve(instance, ttft=4)
    assert (found.status, found.core, found.core_alone) == (Status.INFEASIBLE, (0, 2), False)
    assert not misses_in_every_order(instance, found.core, 4)
    alone = ps.solve(stream((6, "bb"), (0, "abbb"), (11, "cbbaa")), ttft=4)
    assert (alone.core, alone.core_alone) == ((2,), True)


def refuting(monkeypatch, answers):
    """Let parts be answered by ``answers``, each with the seconds of compiling that it takes."""
    compiled, asked = [0.0], []

    class Fake:
        """In place of the search."""

        def __init__(self, part, limits):
            asked.append(part.n)
            self.limits = limits

        def refutes(self, due, effort):
            """The next answer; what compiles has no time left for another."""
            answer, seconds = answers[len(asked) - 1]
            compiled[0] += seconds
            return answer and not self.limits.expired and not seconds

    monkeypatch.setattr(infeasible_core_module, "Decider", Fake)
    monkeypatch.setattr(limits_module, "compile_seconds", lambda: compiled[0])
    return asked


def test_a_part_is_asked_again_where_compiling_took_its_time(monkeypatch):
    """A newly installed program cuts down as far as any other."""
    problem = Problem.of(stream((0, "aa"), (0, "bb"))).within(1)
    asked = refuting(monkeypatch, [(True, 100.0), (True, 50.0), (True, 0.0)])
    parts = Parts(problem, Limits(), 60.0)
    assert parts.refuted(np.arange(2))
    assert (len(asked), parts.asked) == (3, 1)


def test_cutting_down_ends_after_parts_in_vain(monkeypatch):
    """Any success begins the count anew."""
    problem = Problem.of(stream((0, "aa"), (0, "bb"))).within(1)
    told = [False, False, True, False, False, False]
    asked = refuting(monkeypatch, [(answer, 0.0) for answer in told])
    parts = Parts(problem, Limits(), None, in_vain=3)
    assert [parts.refuted(np.arange(2)) for _ in range(9)] == [*told, False, False, False]
    assert len(asked) == 6

"""Tests of windows: whatever they say holds on every schedule that meets the deadlines."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from decisions import check_windows, decisions, schedules
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import stream
from thorough import examples

import prefixsched as ps
from prefixsched.arrays import INFINITY
from prefixsched.exact.relaxation.time_windows import Windows
from prefixsched.model.instance import Cache
from prefixsched.model.problem import NO_DEADLINE, Problem
from prefixsched.tsptw.instance import tsptw_instance

pytestmark = pytest.mark.kernels


@settings(max_examples=examples(250))
@given(decisions(caches=st.sampled_from([Cache.LAST, Cache.UNBOUNDED])))
def test_windows_hold_on_every_schedule(problem):
    """Completions, precedences, arcs and set-ups, over all costs and both caches."""
    windows = Windows.of(problem, problem.due, problem.precedences)
    for order in schedules(problem, problem.due):
        check_windows(windows, order)


@settings(max_examples=examples(200))
@given(decisions(caches=st.sampled_from([Cache.LAST, Cache.UNBOUNDED])), st.data())
def test_windows_of_queries_without_a_deadline(problem, data):
    """Late as they may be, they are served at once; so their completions have a bound, too."""
    free = data.draw(st.sets(st.integers(0, problem.n - 1), min_size=1))
    due = problem.due.copy()
    due[sorted(free)] = NO_DEADLINE
    problem = replace(problem, due=due)
    windows = Windows.of(problem, due, problem.precedences)
    for order in schedules(problem, due):
        check_windows(windows, order)


@settings(max_examples=examples(150))
@given(decisions(caches=st.sampled_from([Cache.LAST, Cache.UNBOUNDED])), st.data())
def test_restrictions_that_hold_for_some_schedules_keep_them(problem, data):
    """What is true of some schedules is put in; all that follows is true of them too."""
    found = list(schedules(problem, problem.due))
    if not found:
        return
    some = data.draw(st.lists(st.sampled_from(found), min_size=1, max_size=3))
    ends = np.array([problem.completions(order) for order in some])
    arcs = np.zeros((problem.n + 1, problem.n + 1), dtype=bool)
    for order in some:
        arcs[[problem.n, *order], [*order, problem.n]] = True
    windows = Windows.of(problem, problem.due, problem.precedences)
    narrow = windows.restricted(ends.min(axis=0), ends.max(axis=0), arcs)
    for order in some:
        check_windows(narrow, order)


@settings(max_examples=examples(150))
@given(decisions(caches=st.sampled_from([Cache.LAST, Cache.UNBOUNDED])))
def test_conditions_are_complete_under_their_own_rules(problem):
    """Tightening again changes nothing; ``direct`` is the transitive reduction of ``before``."""
    windows = Windows.of(problem, problem.due, problem.precedences)
    again = windows.tightened()
    assert again.consistent == windows.consistent
    if windows.consistent:
        for name in ("earliest", "latest", "before", "arcs"):
            assert (getattr(windows, name) == getattr(again, name)).all()
        graph = nx.from_numpy_array(windows.before, create_using=nx.DiGraph)
        reduced = nx.to_numpy_array(nx.transitive_reduction(graph), dtype=bool)
        assert (windows.direct == reduced).all()


def of(bound, *queries, cache=Cache.LAST):
    """The windows of a stream within one bound."""
    problem = Problem.of(stream(*queries, cache=cache)).within(bound)
    return Windows.of(problem, problem.due, problem.precedences)


def test_deadlines_order_queries():
    """The second can't come first without making the first late; then it starts later."""
    windows = of(7, (0, "aaaa"), (1, "bbbb"))
    assert windows.before.tolist() == [[False, True], [False, False]]
    assert windows.earliest.tolist() == [4, 8]
    assert windows.latest.tolist() == [4, 8]
    assert windows.arcs.tolist() == [
        [False, True, False],
        [False, False, True],
        [True, False, False],
    ]


@pytest.mark.parametrize(
    ("bound", "queries"),
    [
        (2, [(0, "aaa")]),  # alone too late
        (6, [(0, "aaaa"), (0, "bbbb")]),  # neither can come first
        (11, [(0, "aaaa"), (0, "aaab"), (0, "cccc"), (0, "dddd")]),  # too late after its twin
    ],
)
def test_contradictions_are_seen(bound, queries):
    """Deadlines that no schedule meets, where the rules suffice to tell."""
    problem = Problem.of(stream(*queries)).within(bound)
    assert not list(schedules(problem, problem.due))
    assert not of(bound, *queries).consistent


def test_precedences_that_form_a_cycle_contradict_each_other():
    """No order serves each before the other."""
    problem = Problem.of(stream((0, "a"), (0, "b"))).within(9)
    assert not Windows.of(problem, problem.due, [(0, 1), (1, 0)]).consistent


def test_a_query_that_nothing_can_precede_is_a_contradiction():
    """Without a source its set-up is ``INFINITY``."""
    windows = of(9, (0, "aa"), (0, "bb"))
    arcs = np.ones((3, 3), dtype=bool)
    arcs[:, 1] = False
    narrow = windows.restricted(windows.earliest, windows.latest, arcs)
    assert not narrow.consistent
    assert narrow.least.max() < INFINITY or not narrow.arcs[:, 1].any()


def test_with_an_unbounded_cache_any_query_before_is_a_source():
    """Only those that come later are none."""
    windows = of(100, (0, "aaaa"), (200, "aaab"), (400, "aaac"), cache=Cache.UNBOUNDED)
    assert windows.sources.tolist() == [
        [False, True, True],
        [False, False, True],
        [False, False, False],
        [True, True, True],
    ]
    assert windows.least.tolist() == [4, 1, 1]


def test_a_closing_depot_is_known_to_be_last():
    """No query can follow it in time, so that all precede it, and their work does."""
    far = [[0, 5, 5, 5], [5, 0, 5, 5], [5, 5, 0, 5], [5, 5, 5, 0]]
    instance = tsptw_instance(far, [[0, 100], [0, 90], [0, 90], [0, 90]])
    problem = Problem.of(instance).within(instance.allowance)
    windows = Windows.of(problem, problem.due, [])
    assert windows.before[:-1, -1].all()
    assert windows.earliest[-1] * problem.tick == 5 + 5 + 5 + 5
    assert ps.evaluate(instance, [0, 1, 2, 3]).completion[-1] == 20

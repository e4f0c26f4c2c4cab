"""Tests of the time graph: every schedule stays a path in it, whatever is dropped or unfolded."""

from itertools import islice, pairwise

import networkx as nx
import numpy as np
import pytest
from decisions import check_windows, decisions, schedules
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from strategies import stream
from thorough import examples

from prefixsched.arrays import INFINITY
from prefixsched.exact.relaxation.ng_sets import NgSets
from prefixsched.exact.relaxation.time_graph import CompletionBounds, TimeGraph
from prefixsched.exact.relaxation.time_windows import Windows
from prefixsched.model.problem import Problem

pytestmark = pytest.mark.kernels

LIMITS = st.sampled_from([4, 8, 16, 32, 10**5])


def made(problem, limit):
    """The graph of a decision; draws without one are not looked at."""
    windows = Windows.of(problem, problem.due, problem.precedences)
    assume(windows.consistent)
    graph = TimeGraph(windows, limit)
    assume(not graph.refused)
    return graph


def five():
    """Five queries in any order, which end at many times; a graph of 100 arcs has a coarse grid."""
    texts = [(0, letter * (9 + j)) for j, letter in enumerate("abcde")]
    problem = Problem.of(stream(*texts)).within(60)
    windows = Windows.of(problem, problem.due, problem.precedences)
    return problem, TimeGraph(windows, 10**5), TimeGraph(windows, 100)


def steps(graph):
    """Each node's next nodes by query; there is one for each."""
    after = [{} for _ in graph.query]
    for a, (tail, head) in enumerate(zip(graph.tail, graph.head, strict=True)):
        assert graph.query[head] not in after[tail]
        after[tail][int(graph.query[head])] = (a, int(head))
    return after


def walk(graph, order):
    """The nodes by which ``order`` goes through the graph."""
    after = steps(graph)
    nodes = [int(v) for v in graph.first if graph.query[v] == order[0]]
    assert len(nodes) == 1
    for j in order[1:]:
        nodes.append(after[nodes[-1]][j][1])
    assert nodes[-1] in graph.last
    return nodes


def check(graph, orders):
    """All ``orders`` are paths, at labels no later than their completions."""
    assert (graph.tail < graph.head).all()  # time goes forward, and the passes rely on it
    assert (np.diff(graph.tail) >= 0).all()
    for order in orders:
        ends = graph.windows.problem.completions(order)[order]
        labels = graph.time[walk(graph, order)]
        assert (labels <= ends).all()
        if graph.grid == 1:
            assert (labels == ends).all()


def drawn_multipliers(data, n):
    """Prices of either sign, small ones with ties or as large as they come."""
    most = data.draw(st.sampled_from([1, 5, 2**30]))
    multipliers = data.draw(st.lists(st.integers(-most, most), min_size=n, max_size=n))
    return np.array(multipliers, dtype=np.int64)


def fix_arcs(graph, multiplier):
    """Drop what costs more than every schedule pays; False if that refutes."""
    schedule_cost = int(multiplier.sum())
    found = graph.cheapest(multiplier)
    if found is None or found[0] > schedule_cost:
        return False
    graph.fix_arcs(multiplier, schedule_cost)
    return True


def drawn_ng_sets(data, problem):
    """ng-sets grown by cycles drawn."""
    n = problem.n
    ng_sets = NgSets(n, data.draw(st.integers(1, n)))
    cycle = st.lists(st.integers(0, n - 1), min_size=1, max_size=n, unique=True)
    ng_sets.augment(data.draw(st.lists(cycle, max_size=6)))
    return ng_sets


@settings(max_examples=examples(200))
@given(decisions(), LIMITS, st.data())
def test_every_schedule_stays_a_path(problem, limit, data):
    """Built, dropped from, unfolded, dropped from again; and what is read off holds."""
    graph = made(problem, limit)
    orders = list(schedules(problem, problem.due))
    check(graph, orders)
    for _ in range(data.draw(st.integers(1, 3))):
        if not fix_arcs(graph, drawn_multipliers(data, problem.n)):
            assert not orders
            return
        check(graph, orders)
        windows = graph.narrowed()
        for order in orders:
            check_windows(windows, order)
        if not windows.consistent:
            return
        grid = data.draw(st.integers(1, graph.grid))
        if graph.unfold(windows, drawn_ng_sets(data, problem), grid, 10**5):
            assert graph.grid == grid
            check(graph, orders)
    windows = graph.narrowed()
    for order in orders:
        check_windows(windows, order)


def test_coarse_grids_have_labels_before_completions():
    """The limit makes the grid coarse, and nodes then stand for several completions."""
    problem, fine, coarse = five()
    assert fine.grid == 1 < coarse.grid
    assert len(coarse.query) < len(fine.query)
    orders = list(schedules(problem, problem.due))
    assert len(orders) == 120
    check(fine, orders)
    check(coarse, orders)
    ends = [problem.completions(order)[order] for order in orders]
    early = [coarse.time[walk(coarse, order)] for order in orders]
    assert (np.array(early) < np.array(ends)).any()


@settings(max_examples=examples(60))
@given(decisions(), st.integers(0, 6))
@example(Problem.of(stream((0, "aa"), (5, "bb"), (9, "cc"))).within(2), 0)
@example(Problem.of(stream((0, "aa"), (5, "bb"), (9, "cc"))).within(2), 1)
def test_a_graph_that_cannot_be_small_enough_is_refused(problem, limit):
    """However few arcs are allowed, the building ends: within the limit, or not at all."""
    windows = Windows.of(problem, problem.due, problem.precedences)
    assume(windows.consistent)
    graph = TimeGraph(windows, limit)
    assert graph.refused or len(graph.tail) <= limit


def test_a_cycle_of_free_set_ups_is_refused():
    """Arcs that take no time and go in a circle have no topological order."""
    problem = Problem(
        np.zeros(2, np.int64), np.zeros((3, 2), np.int64), np.full(2, 5), False, False, 1, 0
    )
    windows = Windows.of(problem, problem.due, [])
    assert TimeGraph(windows, 100).refused


@settings(max_examples=examples(150))
@given(decisions(), LIMITS, st.data())
def test_cheapest_is_bellman_fords(problem, limit, data):
    """The cost of the path and the path itself, against networkx."""
    graph = made(problem, limit)
    multiplier = drawn_multipliers(data, problem.n)
    fix_arcs(graph, drawn_multipliers(data, problem.n))
    other = nx.DiGraph()
    other.add_nodes_from(["start", "end"])
    for v in graph.first.tolist():
        other.add_edge("start", v, weight=int(multiplier[graph.query[v]]))
    for u, v in zip(graph.tail.tolist(), graph.head.tolist(), strict=True):
        other.add_edge(u, v, weight=int(multiplier[graph.query[v]]))
    for v in graph.last.tolist():
        other.add_edge(v, "end", weight=0)
    found = graph.cheapest(multiplier)
    if not nx.has_path(other, "start", "end"):
        assert found is None
        return
    total, path = found
    assert total == nx.bellman_ford_path_length(other, "start", "end")
    stops = ["start", *path.nodes.tolist(), "end"]
    assert nx.path_weight(other, stops, "weight") == total == graph.visits(path) @ multiplier
    assert graph.order(path) == graph.query[path.nodes].tolist()
    assert graph.holds(path)
    assert len(path.arcs) == len(path.nodes) - 1


def paths(graph):
    """All paths, as tuples of nodes."""
    after, last = steps(graph), set(graph.last.tolist())
    stack = [(int(v),) for v in graph.first]
    while stack:
        path = stack.pop()
        if path[-1] in last:
            yield path
        stack.extend((*path, v) for _, v in after[path[-1]].values())


@settings(max_examples=examples(100))
@given(decisions(max_queries=4), LIMITS, st.data())
def test_dropping_leaves_what_is_affordable(problem, limit, data):
    """Arcs on affordable paths stay and others go; paths held are those that stay."""
    graph = made(problem, limit)
    multiplier = drawn_multipliers(data, problem.n)
    schedule_cost = data.draw(st.integers(-3, 3)) * max(1, int(np.abs(multiplier).max()))
    found = graph.cheapest(multiplier)
    assume(found is not None)
    everything = list(zip(graph.tail.tolist(), graph.head.tolist(), strict=True))
    useful = set()
    for path in paths(graph):
        if sum(multiplier[graph.query[v]] for v in path) <= schedule_cost:
            useful.update(pairwise(path))
    dropped = graph.fix_arcs(multiplier, schedule_cost)
    left = set(zip(graph.tail.tolist(), graph.head.tolist(), strict=True))
    assert dropped == (len(useful) <= 0.95 * len(everything))
    assert left == (useful if dropped else set(everything))
    path = found[1]
    if dropped and found[0] > schedule_cost:
        assert not graph.holds(path)
    elif not dropped:
        assert graph.holds(path)
    else:
        assert graph.holds(path) == (set(zip(path.nodes, path.nodes[1:], strict=False)) <= left)


@settings(max_examples=examples(150))
@given(decisions(), LIMITS, st.data())
def test_unfolding_takes_no_new_ways(problem, limit, data):
    """Paths of the new graph are paths of the old; and they visit nothing that they remember."""
    graph = made(problem, limit)
    fix_arcs(graph, drawn_multipliers(data, problem.n))
    old = {tuple(graph.query[list(path)]) for path in islice(paths(graph), 3000)}
    assume(len(old) < 3000)
    ng_sets, windows = drawn_ng_sets(data, problem), graph.windows
    if not graph.unfold(windows, ng_sets, data.draw(st.integers(1, graph.grid)), 10**5):
        return
    for path in paths(graph):
        order = graph.query[list(path)].tolist()
        assert tuple(order) in old
        known = set()
        for j in order:
            assert j not in known
            known = {i for i in known if ng_sets.member[j, i]} | {j}


def test_unfolding_past_its_limit_changes_nothing():
    """It says so, and the graph is what it was."""
    _, _, graph = five()
    before = graph.grid, graph.query.copy(), graph.tail.copy()
    assert not graph.unfold(graph.windows, NgSets(5, 0), 1, 100)
    assert graph.grid == before[0]
    assert (graph.query == before[1]).all()
    assert (graph.tail == before[2]).all()
    assert graph.unfold(graph.windows, NgSets(5, 0), 1, 10**5)


@settings(max_examples=examples(150))
@given(decisions(), LIMITS, st.data())
def test_completion_bounds_cut_no_schedule(problem, limit, data):
    """At each step, what was paid and the least still to pay are within the cost of a schedule."""
    graph = made(problem, limit)
    orders = list(schedules(problem, problem.due))
    fix_arcs(graph, drawn_multipliers(data, problem.n))
    multipliers = [drawn_multipliers(data, problem.n) for _ in range(2)]
    bounds = graph.completion_bounds(multipliers)
    assert bounds.schedule_cost.tolist() == [int(multiplier.sum()) for multiplier in multipliers]
    for order in orders:
        v, paid = len(bounds.query) - 1, np.zeros(2, dtype=np.int64)
        assert (bounds.bound[:, v] <= bounds.schedule_cost).all()
        for j in order:
            after = bounds.arc_head[bounds.arc_start[v] : bounds.arc_start[v + 1]]
            after = after[bounds.query[after] == j]
            assert len(after) == 1
            v = int(after[0])
            paid += bounds.multipliers[:, j]
            assert (paid + bounds.bound[:, v] <= bounds.schedule_cost).all()


@settings(max_examples=examples(60))
@given(decisions(max_queries=4), LIMITS, st.data())
def test_the_rest_is_the_least_of_all_ways_on(problem, limit, data):
    """``bound`` is attained: the least cost over all paths from a node, the node aside."""
    graph = made(problem, limit)
    multiplier = drawn_multipliers(data, problem.n)
    after, last = steps(graph), set(graph.last.tolist())
    bound = graph.completion_bounds([multiplier]).bound[0]

    def least(v):
        ways = [least(w) + int(multiplier[graph.query[w]]) for _, w in after[v].values()]
        return min(
            [0] * (v in last) + [way for way in ways if way < INFINITY // 2], default=int(INFINITY)
        )

    for v in range(len(graph.query)):
        assert bound[v] == least(v)


def test_no_completion_bounds_are_empty():
    """Nothing to follow, nothing to pay."""
    bounds = CompletionBounds.nothing(3)
    assert (bounds.query.size, bounds.arc_start.size, bounds.multipliers.shape) == (0, 0, (0, 3))

"""Tests of Lagrangian multipliers: what they prove is proved in integers, whatever floats did."""

from decimal import Decimal
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from decisions import decisions, schedules
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from thorough import examples

from prefixsched.arrays import INFINITY
from prefixsched.exact.dp.decision import EFFORTS
from prefixsched.exact.relaxation.lagrangian import MAX_MULTIPLIER, _Hull, _rounded, solve_dual
from prefixsched.exact.relaxation.time_graph import MAX_LABELS, Path, TimeGraph
from prefixsched.exact.relaxation.time_windows import Windows
from prefixsched.generate.rasq import rasq
from prefixsched.model.problem import Problem


def graph_of(problem, due, limit):
    """The graph of some deadlines; None without one."""
    windows = Windows.of(problem, due, problem.precedences)
    if not windows.consistent:
        return None
    graph = TimeGraph(windows, limit)
    return None if graph.refused else graph


def refutes(graph, multipliers):
    """Whether the cheapest path costs more than a schedule, in Python's integers."""
    other = nx.DiGraph()
    other.add_nodes_from(["start", "end"])
    cost = [int(multipliers[j]) for j in graph.query]
    other.add_weighted_edges_from(("start", int(v), cost[v]) for v in graph.first)
    arcs = zip(graph.tail.tolist(), graph.head.tolist(), strict=True)
    other.add_weighted_edges_from((u, v, cost[v]) for u, v in arcs)
    other.add_weighted_edges_from((int(v), "end", 0) for v in graph.last)
    if not nx.has_path(other, "start", "end"):
        return True
    cheapest = nx.bellman_ford_path_length(other, "start", "end")
    return cheapest > sum(int(each) for each in multipliers)


@settings(max_examples=examples(150))
@given(
    decisions(),
    st.sampled_from([8, 32, 10**5]),
    st.integers(1, 60),
    st.one_of(
        st.none(), st.lists(st.integers(-MAX_MULTIPLIER, MAX_MULTIPLIER), min_size=5, max_size=5)
    ),
)
def test_dual_solutions_agree_with_all_schedules(problem, limit, rounds, start):
    """Refuted, a schedule, or open; from nothing or from any multipliers."""
    graph = graph_of(problem, problem.due, limit)
    assume(graph is not None)
    first = None if start is None else np.array(start[: problem.n], dtype=np.int64)

    def meets(order):
        return bool((problem.completions(order) <= problem.due).all())

    solution = solve_dual(graph, first, rounds, meets, lambda: False)
    assert solution.rounds <= rounds
    assert max(np.abs(solution.multipliers).max(), np.abs(solution.latest).max()) <= MAX_MULTIPLIER
    if solution.refuted:
        assert refutes(graph, solution.multipliers)  # on what the multipliers before have left
        assert not list(schedules(problem, problem.due))
    elif solution.order is not None:
        assert sorted(solution.order) == list(range(problem.n))
        assert meets(solution.order)
    assert solution.refuted + (solution.order is not None) <= 1


def test_multipliers_that_refute_do_so_again_at_once():
    """RASQ of 16 below its optimum takes many paths; and then one."""
    problem = Problem.of(rasq(users=4, per_user=4, load=Decimal("1.2"), seed=0))
    graph = graph_of(problem, problem.release + 22_500 // problem.tick, 10**5)
    solution = solve_dual(graph, None, 1000, lambda _: False, lambda: False)
    assert solution.refuted
    assert solution.rounds > 1
    assert refutes(graph, solution.multipliers)
    assert not refutes(graph, np.zeros(problem.n, dtype=np.int64))
    assert solve_dual(graph, solution.multipliers, 1, lambda _: False, lambda: False).refuted


def test_nothing_is_asked_once_told_to_stop():
    """No path, no answer."""
    problem = Problem.of(rasq(users=4, per_user=4, load=Decimal("1.2"), seed=0))
    graph = graph_of(problem, problem.release + 23_000 // problem.tick, 10**5)
    solution = solve_dual(graph, None, 1000, lambda _: False, lambda: True)
    assert (solution.refuted, solution.order, solution.rounds) == (False, None, 0)


def test_sums_of_multipliers_stay_within_64_bits():
    """A path visits a node once; there are hardly more nodes than arcs or labels."""
    nodes = max(MAX_LABELS, *(effort.arcs for effort in EFFORTS)) + 2**20  # the first ones
    assert nodes < 2**30
    assert MAX_MULTIPLIER * nodes < INFINITY
    assert INFINITY + 2 * MAX_MULTIPLIER * nodes < 2**63


@settings(max_examples=examples(100))
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6))
def test_rounded_multipliers_keep_to_the_scale(direction):
    """The largest is the scale."""
    assume(max(map(abs, direction)) > 1e-6)
    assert np.abs(_rounded(np.array(direction))).max() == MAX_MULTIPLIER


def nearest_by_brute_force(points):
    """The squared distance from 0 to the hull: the least over affine hulls hit inside."""
    best = np.inf
    for k in range(1, len(points) + 1):
        for some in combinations(points, k):
            these = np.array(some, dtype=float)
            system = np.block(
                [[these @ these.T, np.ones((k, 1))], [np.ones((1, k)), np.zeros((1, 1))]]
            )
            weights = np.linalg.lstsq(system, np.append(np.zeros(k), 1.0), rcond=None)[0][:k]
            if (weights > -1e-9).all() and abs(weights.sum() - 1) < 1e-9:
                best = min(best, float(((weights @ these) ** 2).sum()))
    return best


@settings(max_examples=examples(60))
@given(
    st.integers(1, 3).flatmap(
        lambda n: st.lists(
            st.tuples(*[st.integers(-1, 3)] * n), min_size=1, max_size=6, unique=True
        )
    )
)
def test_wolfes_point_is_the_nearest(points):
    """Adding the lowest point until none is lower ends at the hull's nearest point."""
    path = Path(np.zeros(1, np.int64), np.zeros(0, np.int64))
    hull = _Hull(len(points[0]))
    every = np.array(points)
    hull.add(every[0] + 1, path)
    for _ in range(50):
        goal = hull.nearest()
        lowest = every[int((every @ goal).argmin())]
        if lowest @ goal >= goal @ goal - 1e-9:
            break
        assert hull.add(lowest + 1, path)
        assert not hull.add(lowest + 1, path)
    assert abs(hull.weights.sum() - 1) < 1e-9
    assert (hull.weights >= 0).all()
    assert abs(goal @ goal - nearest_by_brute_force(points)) < 1e-6


def test_without_a_direction_no_multiplier_is_tried():
    """Centre and goal may cancel out, and floats overflow: such ones would prove anything."""
    for direction in ([0.0, 0.0], [1e-320, 0.0], [np.nan, 1.0], [np.inf, 1.0]):
        assert _rounded(np.array(direction)).tolist() == [0, 0]
    assert _rounded(np.array([-0.5, 0.25])).tolist() == [-MAX_MULTIPLIER, MAX_MULTIPLIER // 2]


@pytest.mark.filterwarnings("error::RuntimeWarning")
@settings(max_examples=examples(200))
@given(st.lists(st.lists(st.integers(-1, 2), min_size=3, max_size=3), min_size=1, max_size=12))
def test_dependent_points_have_a_nearest_one(points):
    """However many of a plane, or of 1e9 times its size: finite weights that sum to 1."""
    for size in (1, 10**9):
        hull = _Hull(3)
        for k, point in enumerate(points):
            path = Path(np.array([k]), np.array([k]))
            hull.add(np.array(point) * size + 1, path)
            if k % 3 == 2:
                hull.nearest()
        nearest = hull.nearest()
        assert np.isfinite(nearest).all()
        assert abs(hull.weights.sum() - 1) < 1e-6


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_points_whose_affine_hull_floats_cannot_tell_leave_the_weights():
    """The sum that weights are divided by may round to 0."""
    hull = _Hull(2)
    hull.paths = [Path(np.zeros(1, np.int64), np.zeros(0, np.int64))] * 2
    hull.points = np.array([[1.0, 0.0], [-1.0, 0.0]])
    hull.weights = np.array([0.25, 0.75])
    hull.products = np.array([[-1.0, -2.0], [0.0, -1.0]])  # so that the solution is (1, -1)
    assert hull.nearest().tolist() == [-0.5, 0.0]

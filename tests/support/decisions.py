"""Random decisions for property tests, and every schedule that answers them."""

import itertools
from collections.abc import Iterator

import numpy as np
from hypothesis import strategies as st
from strategies import instances

from prefixsched.arrays import IntArray
from prefixsched.exact.brute import Brute
from prefixsched.exact.relaxation.time_windows import Windows
from prefixsched.model.instance import Cache
from prefixsched.model.problem import Problem
from prefixsched.runtime.limits import Limits


@st.composite
def matrices(draw: st.DrawFn, max_queries: int) -> Problem:
    """Queries of a few kinds, so that many are twins; set-ups long enough for coarse grids."""
    n = draw(st.integers(2, max_queries))
    kind = np.array(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    least = draw(st.sampled_from([0, 1, 5]))
    row = st.lists(st.integers(least, least + 7), min_size=4, max_size=4)
    setup = np.array(draw(st.lists(row, min_size=5, max_size=5)), dtype=np.int64)
    release = draw(
        st.lists(st.integers(0, draw(st.sampled_from([0, 9, 30]))), min_size=n, max_size=n)
    )
    rows = np.append(kind, 4)
    return Problem(
        np.array(release, dtype=np.int64),
        np.ascontiguousarray(setup[np.ix_(rows, kind)]),
        None,
        unbounded=False,
        anticipatory=draw(st.booleans()),
        tick=1,
        origin=0,
    )


def least_flow(problem: Problem) -> int:
    """The optimum of the minimisation."""
    return Brute().solve(problem, Limits()).lower


@st.composite
def decisions(
    draw: st.DrawFn,
    max_queries: int = 5,
    caches: st.SearchStrategy[Cache] = st.just(Cache.LAST),
) -> Problem:
    """Deadlines near the optimum, just met or just missed, or each query's own."""
    if draw(st.booleans()):
        problem = draw(matrices(max_queries))
    else:
        instance = draw(instances(max_queries=max_queries, caches=caches, allowances=True))
        problem = Problem.of(instance)
        if draw(st.booleans()):
            return problem.within(instance.allowance)
    slack = draw(st.integers(-2, 4))
    return problem.within(max(0, least_flow(problem) + slack) * problem.tick)


def schedules(problem: Problem, due: IntArray) -> Iterator[list[int]]:
    """All orders that meet ``due`` and serve twins in the order of ``problem.precedences``."""
    behind: list[set[int]] = [set() for _ in range(problem.n)]
    for i, j in problem.precedences:
        behind[j].add(i)

    def extend(order: list[int]) -> Iterator[list[int]]:
        if order and problem.completions(order)[order[-1]] > due[order[-1]]:
            return
        if len(order) == problem.n:
            yield order
        for j in range(problem.n):
            if j not in order and behind[j] <= set(order):
                yield from extend([*order, j])

    yield from extend([])


def check_windows(windows: Windows, order: list[int]) -> None:
    """``order``, a schedule, fulfils all that ``windows`` say."""
    problem, n = windows.problem, windows.problem.n
    assert windows.consistent
    ends = problem.completions(order)
    assert (windows.earliest <= ends).all()
    assert (ends <= windows.latest).all()
    place = np.argsort(order)
    assert (place[:, None] < place[None, :])[windows.before].all()
    stops = [n, *order, n]
    for i, j in itertools.pairwise(stops):
        assert windows.arcs[i, j]
    for k, j in enumerate(order):
        cached = [n, *order[:k]] if problem.unbounded else [stops[k]]
        source = cached[int(problem.setup[cached, j].argmin())]
        assert windows.sources[source, j]
        assert windows.least[j] <= problem.setup[source, j]

"""Tests of the TSPTW as an instance, against tours enumerated one by one."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import prefixsched as ps
from prefixsched.exact.backend import Outcome
from prefixsched.exact.dp import Dp
from prefixsched.model.errors import InputError
from prefixsched.model.status import Status
from prefixsched.tsptw.instance import DEPOT, tsptw_instance
from prefixsched.tsptw.makespan import least_makespan

BACKENDS = ("brute", "dp", "cpsat", "milp")


@st.composite
def tours(draw, most=6):
    """(distance, window, service) of a few places: any distances, windows of equal width or not."""
    n = draw(st.integers(2, most))
    far = st.lists(st.integers(0, 9), min_size=n, max_size=n)
    distance = draw(st.lists(far, min_size=n, max_size=n))
    service = draw(st.one_of(st.just([0] * n), st.lists(st.integers(0, 4), min_size=n, max_size=n)))
    earliest = draw(st.lists(st.integers(0, 20), min_size=n, max_size=n))
    equal = draw(st.one_of(st.none(), st.integers(3, 20)))
    widths = [equal] * n if equal else draw(far)
    window = [[e, e + w] for e, w in zip(earliest, widths, strict=True)]
    window[0] = [draw(st.sampled_from([0, 3])), draw(st.integers(20, 60))]
    return distance, window, service


def returns(distance, window, service):
    """When each feasible tour is back at the depot, straight from the definition."""
    for tour in permutations(range(1, len(window))):
        now, here = window[0][0], 0
        for there in (*tour, 0):
            now += service[here] + distance[here][there]
            if there:
                now = max(now, window[there][0])
            if now > window[there][1]:
                break
            here = there
        else:
            yield now


@pytest.mark.parametrize("backend", BACKENDS)
@settings(max_examples=40)
@given(tour=tours())
def test_feasibility_and_makespan_equal_enumeration(backend, tour):
    """Asymmetric distances without the triangle inequality, with service and without."""
    instance = tsptw_instance(*tour)
    least = min(returns(*tour), default=None)
    decided = ps.solve(instance, ttft="own", backend=backend)
    assert decided.status is (Status.INFEASIBLE if least is None else Status.FEASIBLE)
    found = least_makespan(instance, backend=backend)
    assert found.upper_bound == least
    if least is None:
        assert (found.status, found.schedule) == (Status.INFEASIBLE, None)
        assert found.lower_bound > tour[1][0][1]
    else:
        assert (found.status, found.lower_bound) == (Status.OPTIMAL, least)
        assert found.schedule.meets(instance)
        assert found.schedule.order[-1] == instance.index[DEPOT]


@pytest.mark.parametrize("backend", BACKENDS)
@settings(max_examples=40)
@given(tour=tours(most=5))
def test_the_other_set_up_rule(backend, tour):
    """Travel that begins only once the next customer is there: C = max(C', r) + p."""
    instance = tsptw_instance(*tour)
    instance = replace(instance, cost=replace(instance.cost, anticipatory=False))
    done = [
        schedule.completion[-1]
        for order in permutations(range(instance.n))
        if (schedule := ps.evaluate(instance, order)).meets(instance)
    ]
    found = least_makespan(instance, backend=backend)
    assert found.upper_bound == min(done, default=None)
    assert found.status is (Status.OPTIMAL if done else Status.INFEASIBLE)


def customers(n, width, seed, speed=1):
    """n customers in a square, their windows around a random tour; width the same for all."""
    rng = np.random.default_rng(seed)
    place = rng.integers(0, 50, (n + 1, 2))
    gap = place[:, None, :] - place[None, :, :]
    distance = np.sqrt((gap**2).sum(axis=2)).astype(np.int64)
    tour = np.append(rng.permutation(n) + 1, 0)
    along = distance[np.append(0, tour[:-1]), tour].cumsum() // speed
    window = np.zeros((n + 1, 2), dtype=np.int64)
    window[tour, 0] = np.maximum(0, along - rng.integers(0, width + 1, n + 1))
    window[:, 1] = window[:, 0] + width
    window[0] = 0, along[-1] + width
    return distance, window


@pytest.mark.parametrize(
    ("n", "width", "speed"), [(20, 40, 1), (20, 40, 2), (40, 30, 1), (60, 40, 1), (60, 20, 2)]
)
def test_dp_and_cpsat_agree_on_more_customers(n, width, speed):
    """Windows of equal width; where the tour was drawn twice as fast, none may be feasible."""
    instance = tsptw_instance(*customers(n, width, seed=n + width, speed=speed))
    dp, cpsat = (least_makespan(instance, backend=name) for name in ("dp", "cpsat"))
    assert dp.status in (Status.OPTIMAL, Status.INFEASIBLE)
    assert (dp.status, dp.upper_bound, dp.lower_bound) == (
        cpsat.status,
        cpsat.upper_bound,
        cpsat.lower_bound,
    )
    if speed == 1:
        assert dp.status is Status.OPTIMAL


def test_a_limit_leaves_an_honest_bracket():
    """No time: no claim beyond the windows, and what local search had time for."""
    instance = tsptw_instance(*customers(20, 40, seed=1))
    best = least_makespan(instance)
    none = least_makespan(instance, time_limit=0)
    assert none.status in (Status.UNKNOWN, Status.FEASIBLE)
    assert none.lower_bound <= best.upper_bound
    assert none.upper_bound is None or none.upper_bound >= best.upper_bound


class Timid(Dp):
    """Decides nothing that is within 20 ticks of the least makespan, though time is left."""

    name = "timid"
    least = 0

    def solve(self, problem, limits, incumbent=None):
        """Refutes what is far below."""
        if abs(int(problem.due[-1]) * problem.tick - self.least) < 20:
            return Outcome(Status.UNKNOWN, None)
        return super().solve(problem, limits, incumbent)


def test_what_is_undecided_does_not_end_the_search(monkeypatch):
    """Lesser bounds are refuted all the same; then it is asked once more."""
    instance = tsptw_instance(*customers(20, 60, seed=3))
    best = least_makespan(instance)
    monkeypatch.setattr("prefixsched.exact.dp.Dp", Timid)
    monkeypatch.setattr(Timid, "least", best.upper_bound)
    monkeypatch.setattr(
        "prefixsched.tsptw.makespan.MOVES_A_QUERY", 0
    )  # or local search answers what Timid doesn't
    found = least_makespan(instance, time_limit=60)
    assert found.lower_bound == best.upper_bound - 19
    assert found.status is Status.FEASIBLE


def test_progress_closes_in():
    """Brackets never widen, and the last one is the answer."""
    seen = []
    instance = tsptw_instance(*customers(20, 40, seed=3))
    best = least_makespan(instance, on_progress=lambda *bracket: seen.append(bracket))
    lower, upper = zip(*seen, strict=True)
    assert list(lower) == sorted(lower)
    assert list(upper) == sorted(upper, reverse=True)
    assert seen[-1] == (best.lower_bound, best.upper_bound)


def test_the_mapping_in_numbers():
    """Arrivals, allowances and set-ups of two customers, as documented."""
    instance = tsptw_instance(
        [[0, 4, 6], [5, 0, 2], [7, 3, 0]], [[1, 40], [9, 12], [3, 30]], [1, 2, 3]
    )
    assert list(instance.ids) == ["1", "2", DEPOT]
    assert instance.arrival.tolist() == [9, 3, 1]
    assert instance.allowance.tolist() == [3, 27, 39]
    assert instance.cost.start.tolist() == [6, 8, 41]
    assert instance.cost.matrix.tolist() == [[0, 4, 7], [6, 0, 10], [13, 31, 0]]
    assert instance.cost.anticipatory
    assert ps.evaluate(instance, [0, 1, 2]).completion == (9, 13, 23)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[0, 1]], [[0, 1]]), "distance: shape (1, 2); give n rows of n"),
        (([[0]], [[0, 1]]), "distance: shape (1, 1); give n rows of n, with 2 places or more"),
        (([[0, 1], [1, 0]], [[0, 1]]), "window: shape (1, 2); give 2 rows of earliest and latest"),
        (([[0, 1], [1, 0]], [[0, 9], [3, 2]]), "window[1]: earliest 3 is past latest 2; give the"),
        (([[0, -1], [1, 0]], [[0, 9], [1, 2]]), "distance: a number out of range; give 0 to 2^53"),
        (
            ([[0, 0.5], [1, 0]], [[0, 9], [1, 2]]),
            "distance[0][1]: 0.5 is not a whole number; give an int",
        ),
        (([[0, 1], [1, 0]], [[0, 9], [1, 2]], [1]), "service: shape (1,); give 2 times"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    """One line names the argument and the mend."""
    with pytest.raises(InputError) as caught:
        tsptw_instance(*arguments)
    assert message in str(caught.value)


def test_a_closing_depot_must_come_last():
    """What could be followed in time, or isn't there, is refused before any search."""
    instance = tsptw_instance([[0, 1], [1, 0]], [[0, 9], [1, 5]])
    with pytest.raises(InputError, match="last: there is no query 'home'; name the closing depot"):
        least_makespan(instance, "home")
    with pytest.raises(InputError, match=r"cost.matrix\[0\]\[1\]: depot could follow 1; give more"):
        least_makespan(instance, "1")
    free = replace(instance, allowance=None)
    with pytest.raises(InputError, match="not a table with an allowance for each query"):
        least_makespan(free)

"""Tests of the rule of choice."""

from fractions import Fraction
from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from prefixsched.plugins.registry import create
from prefixsched.studies.policy_choice import behind, choose, level, scores


@given(
    st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), min_size=1, max_size=6),
    st.data(),
)
def test_the_rule_of_choice(values, data):
    """Nothing simpler is within the tolerance, and nothing as simple has a better score."""
    levels = data.draw(st.lists(st.integers(0, 3), min_size=len(values), max_size=len(values)))
    tolerance = data.draw(st.sampled_from([Fraction(0), Fraction(1, 50), Fraction(1, 2)]))
    k = choose([[Fraction(v) for v in row] for row in values], levels, tolerance)
    best = [min(row[f] for row in values) for f in range(2)]
    score = [
        median(Fraction(v, b) if b else Fraction(1 + v) for v, b in zip(row, best, strict=True))
        for row in values
    ]
    assert score[k] <= min(score) * (1 + tolerance)
    for other in range(len(values)):
        if score[other] <= min(score) * (1 + tolerance):
            assert (levels[k], score[k], k) <= (levels[other], score[other], other)


def test_a_simpler_policy_wins_up_to_the_tolerance_and_not_past_it():
    """The border is exact: 102 of 100 is within 2 %, and a hundred-thousandth more is not."""
    two_percent = Fraction(1, 50)
    assert choose([[Fraction(102)], [Fraction(100)]], [0, 3], two_percent) == 0
    assert choose([[Fraction(102_001, 1000)], [Fraction(100)]], [0, 3], two_percent) == 1
    assert choose([[Fraction(100)], [Fraction(100)]], [3, 3], two_percent) == 0


def test_windows_count_alike_whatever_their_load():
    """One bad window of five doesn't decide, however long its times are."""
    steady = [Fraction(11)] * 4 + [Fraction(1000)]
    burnt = [Fraction(10)] * 4 + [Fraction(900_000)]
    assert scores([steady, burnt]) == [Fraction(11, 10), Fraction(1)]
    assert behind(Fraction(3), Fraction(0)) == 4


def test_how_much_there_is_to_a_policy():
    """FCFS, LPM, k-LPM, and then all others; k = 1 is FCFS and no k at all is LPM."""
    levels = {"fcfs": 0, "k-lpm:1": 0, "lpm": 1, "k-lpm:inf": 1, "k-lpm:2": 2, "hrrn": 3}
    assert {name: level(create("policies", name)) for name in levels} == levels

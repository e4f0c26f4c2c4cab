"""Tests of incumbents: what is best, what is proven, and who hears of it."""

from hypothesis import given
from hypothesis import strategies as st

from prefixsched.exact.incumbent import Incumbent

NEWS = st.lists(st.tuples(st.booleans(), st.integers(0, 20) | st.none()), max_size=12)


@given(NEWS, st.booleans(), st.integers(0, 20))
def test_the_best_and_the_sharpest_are_kept(news, maximise, bound):
    """Whatever comes in whatever order; each change is told once."""
    told = []
    best = min if not maximise else max
    incumbent = Incumbent(
        lambda solution: solution, bound, maximise=maximise, on_change=lambda: told.append(1)
    )
    values, bounds, changes = [], [bound], 0
    for is_bound, number in news:
        if is_bound:
            if number is None:
                continue
            sharper = number < bounds[-1] if maximise else number > bounds[-1]
            assert incumbent.raise_bound(number) == sharper
            bounds.append(number if sharper else bounds[-1])
            changes += sharper
        else:
            better = number is not None and (not values or best([number, *values]) not in values)
            assert incumbent.offer(number) == better
            values += [] if number is None else [number]
            changes += better
    value = best(values, default=None)
    assert (incumbent.best, incumbent.value, incumbent.bound) == (value, value, bounds[-1])
    assert len(told) == changes
    low, high = (value, bounds[-1]) if maximise else (bounds[-1], value)
    assert incumbent.interval == (low, high)
    assert incumbent.closed == (value is not None and low >= high)


def test_a_search_begins_from_what_is_known():
    """The value is taken on trust, and only better solutions are kept from then on."""
    incumbent = Incumbent(len)
    incumbent.begin("abc", 3)
    assert not incumbent.offer("abcd")
    assert incumbent.offer("ab")
    assert (incumbent.best, incumbent.value) == ("ab", 2)


def test_taking_says_nothing():
    """For whoever has more to tell at once."""
    told = []
    incumbent = Incumbent(len, on_change=lambda: told.append(1))
    assert incumbent.take("ab")
    assert not incumbent.take("abc")
    assert told == []
    incumbent.report(7)
    assert (incumbent.nodes, told) == (7, [1])

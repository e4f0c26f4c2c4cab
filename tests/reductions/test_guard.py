"""Tests of the queries that fill a given time."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thorough import examples

from prefixsched.model.cost import Potential
from prefixsched.model.instance import Instance
from prefixsched.model.prompts import Prompts
from reductions.easy import least_work
from reductions.guard import guard
from reductions.tokens import Lengths

rates = st.fractions(0, 3, max_denominator=20)


@settings(max_examples=examples(100), deadline=None)
@given(rates, rates, st.integers(1, 12), st.integers(0, 60), st.data())
def test_a_guard_costs_what_it_must(token, attention, families, more, data):
    """Whatever sum of families is asked for, its least work is exactly that."""
    if token == attention == 0:
        return
    cost = Potential(token, attention)
    prefix = Lengths.choose(cost, None, None).prefix + data.draw(st.integers(0, 3))
    lengths = Lengths.choose(cost, prefix, None)
    ticks = families * lengths.shared + (families + more) * lengths.own
    ids, arrivals, prompts = zip(*guard(lengths, "g", 7, ticks), strict=True)
    assert set(arrivals) == {7}
    assert all(name.startswith("g") for name in ids)
    made = Instance("guard", ids, np.array(arrivals), Prompts.from_segments(prompts), cost=cost)
    assert least_work(made) == ticks


def test_one_prompt_is_enough_where_the_potential_hits_the_time():
    """Under a linear cost the guard is a single query."""
    lengths = Lengths.choose(Potential(Fraction(2)), None, None)
    assert guard(lengths, "g", 0, 96) == [("g", 0, [("g", 48)])]


def test_a_time_that_no_families_sum_to():
    """Asking for an odd time where all is even is a mistake of the caller's."""
    with pytest.raises(ValueError, match="5 ticks are no sum of families of 2 \\+ 2 each"):
        guard(Lengths.choose(Potential(Fraction(2)), None, None), "g", 0, 5)

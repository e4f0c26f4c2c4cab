"""Tests of the cost models against exact rational arithmetic."""

from decimal import Decimal
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefixsched.model.cost import Potential, Rectangular, Table
from prefixsched.model.errors import InputError

coefficients = st.decimals(0, 1000, places=6).map(Fraction) | st.builds(
    Fraction, st.integers(0, 10**25), st.just(10**24)
)
lengths = st.integers(0, 10**6)


@given(coefficients, coefficients, st.lists(lengths, min_size=1, max_size=5))
def test_potential_rounds_half_up_exactly(token, attention, tokens):
    """F(L) = floor(token L + attention L² + ½), however many digits the coefficients have."""
    cost = Potential(token, attention)
    got = cost.potential(np.array(tokens, dtype=np.int64)).tolist()
    assert got == [floor(token * x + attention * x * x + Fraction(1, 2)) for x in tokens]
    assert got == [cost.worst(x) for x in tokens]


@given(coefficients, coefficients, lengths, lengths)
def test_rectangular_rounds_half_up_exactly(token, attention, overlap, new):
    """p = floor((L - o)(token + attention L) + ½)."""
    cost = Rectangular(token, attention)
    length = overlap + new
    got = cost.prefill(np.array([length]), np.array([overlap]))
    assert got.tolist() == [floor(new * (token + attention * length) + Fraction(1, 2))]
    assert cost.prefill(np.array([length]), np.array([0])).tolist() == [cost.worst(length)]


def test_arrays_keep_their_shape_in_big_integers():
    """The exact path for long coefficients broadcasts like numpy."""
    cost = Rectangular(Fraction(1, 3 * 10**17), Fraction(1, 7))
    length, overlap = np.array([[1000, 2000]]), np.array([[0, 10], [999, 5]])
    exact = [
        [cost.worst(1000), floor(1990 * (cost.token + cost.attention * 2000) + Fraction(1, 2))],
        [floor(cost.token + cost.attention * 1000 + Fraction(1, 2)),
         floor(1995 * (cost.token + cost.attention * 2000) + Fraction(1, 2))],
    ]  # fmt: skip
    assert cost.prefill(length, overlap).tolist() == exact


def test_the_triangle_inequality_fails_under_rectangular_cost():
    """Going through a third prompt can be cheaper, so rules that need the inequality are off.

    From a (nothing shared) to the long c directly, every new token attends to
    all of c; going through b, a prefix of c, computes b's tokens at b's length.
    """
    cost = Rectangular(Fraction(0), Fraction(1))
    b, c = 50, 100
    direct = cost.worst(c)
    through = cost.worst(b) + int(cost.prefill(np.array([c]), np.array([b]))[0])
    assert (direct, through) == (10_000, 2_500 + 5_000)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.data())
def test_potential_costs_obey_the_triangle_inequality(a, b, c, data):
    """p(a, c) ≤ p(a, b) + p(b, c), with the cap, for every overlap that prefixes can have."""
    ab = data.draw(st.integers(0, min(a, b)))
    bc = data.draw(st.integers(0, min(b, c)))
    ac = min(ab, bc) if ab != bc else data.draw(st.integers(ab, min(a, c) if a >= ab else ab))
    ac = min(ac, a, c)
    cost = Potential(Fraction(1, 3), Fraction(1, 7))

    def p(length, shared):
        return int(cost.prefill(np.array([length]), np.array([min(shared, length - 1)]))[0])

    assert p(c, ac) <= p(b, ab) + p(c, bc)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Decimal(-1), "cost.token: -1 is negative; give 0 or more ticks per token"),
        (Decimal("NaN"), "cost.token: NaN is not a number; give a finite decimal"),
        (Decimal("1e300"), "cost.token: 1E+300 is past 2^53; use a coarser tick"),
        (Decimal("1e-300"), "cost.token: 1E-300 is below 1e-40; give 0"),
    ],
)
def test_coefficients_out_of_range_are_refused(value, message):
    """A coefficient must be a finite decimal in a range that integers can hold."""
    for model in (Potential, Rectangular):
        with pytest.raises(InputError, match=message.replace("+", r"\+").replace("^", r"\^")):
            model(value)


def test_tables_must_be_square_and_non_negative():
    """A table has one row and one column per entry of start, none below 0."""
    with pytest.raises(InputError, match=r"cost.matrix: shape \(1, 2\), but cost.start has 1"):
        Table(np.array([1]), np.array([[1, 2]]))
    with pytest.raises(InputError, match="cost.matrix: a negative time"):
        Table(np.array([1]), np.array([[-1]]))

"""Arrival times."""

from decimal import Decimal
from fractions import Fraction
from math import floor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from prefixsched.generate.arrivals import delays, mean_gap, poisson, regular


def rng(seed: int = 0) -> np.random.Generator:
    """Random numbers."""
    return np.random.Generator(np.random.PCG64(seed))


@given(st.integers(1, 50), st.fractions(0, 10**12))
def test_regular_arrivals_are_exact(n: int, gap: Fraction) -> None:
    """The i-th arrival is floor(i gap + 1/2) for any rational gap."""
    assert regular(n, gap).tolist() == [floor(i * gap + Fraction(1, 2)) for i in range(n)]


def test_mean_gap_of_each_kind() -> None:
    """Load divides the work, a rate is per second, and a gap stands for itself."""
    work = Fraction(3000)
    assert mean_gap(work, load=None, gap=None, rate=None) == Fraction(10000, 3)
    assert mean_gap(work, load=Decimal("1.2"), gap=None, rate=None) == 2500
    assert mean_gap(work, load=None, gap=Decimal("0.5"), rate=None) == Fraction(1, 2)
    assert mean_gap(work, load=None, gap=None, rate=Decimal(7)) == Fraction(10**6, 7)


def test_poisson_gaps_are_exponential() -> None:
    """Gaps of many arrivals have the mean and the spread of the exponential law."""
    gaps = np.diff(poisson(rng(), 100_001, Fraction(10**7, 3)))
    assert abs(gaps.mean() / (10**7 / 3) - 1) < 0.01
    assert abs(gaps.std() / gaps.mean() - 1) < 0.01


def test_poisson_starts_at_zero() -> None:
    """The first arrival is at tick 0, even where it is the only one."""
    assert poisson(rng(), 1, Fraction(5)).tolist() == [0]
    assert poisson(rng(), 9, Fraction(5))[0] == 0


def test_poisson_scales_with_the_gap() -> None:
    """Twice the gap gives the same draws twice as far apart, up to rounding."""
    once, twice = poisson(rng(3), 500, Fraction(1000)), poisson(rng(3), 500, Fraction(2000))
    assert np.abs(2 * once - twice).max() <= 1


def test_delays_take_at_least_a_tick() -> None:
    """No delay is 0, however small the mean."""
    assert delays(rng(), 100, Fraction(1, 1000)).tolist() == [1] * 100

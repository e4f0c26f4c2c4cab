"""The shuffled queue with regular arrivals."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from math import floor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from prefixsched.generate.rasq import rasq


@given(
    st.integers(1, 6),
    st.integers(1, 5),
    st.integers(1, 9000),
    st.integers(1, 9000),
    st.decimals("0.1", "3", places=2),
    st.integers(0, 99),
)
def test_rasq_is_the_model(
    users: int, per_user: int, u: int, d: int, load: Decimal, seed: int
) -> None:
    """Each user has ``per_user`` prompts [u, d], and gaps are (u / per_user + d) / load."""
    instance = rasq(users=users, per_user=per_user, u=u, d=d, load=load, seed=seed)
    n = users * per_user
    seen = Counter()
    for j, name in enumerate(instance.ids):
        user, own = instance.prompts.segments(j)
        assert own == (name, d)
        assert user == (name.split("q")[0], u)
        seen[user[0]] += 1
    assert seen == {f"u{i}": per_user for i in range(1, users + 1)}
    gap = (Fraction(u, per_user) + d) / Fraction(load)
    assert instance.arrival.tolist() == [floor(i * gap + Fraction(1, 2)) for i in range(n)]


def test_rasq_gap_under_causal_cost() -> None:
    """Under quadratic attention the gap is (F(u) / per_user + F(u + d) - F(u)) / load."""
    instance = rasq(
        users=2,
        per_user=2,
        u=100,
        d=50,
        load=Decimal(2),
        token_time=Decimal(3),
        attention_time=Decimal("0.5"),
    )
    shared, whole = 3 * 100 + 5000, 3 * 150 + 11250
    gap = (Fraction(shared, 2) + whole - shared) / 2
    assert instance.arrival[1] == floor(gap + Fraction(1, 2))


def test_rasq_shuffles_all_queries() -> None:
    """The file order is not user by user, and over many seeds every place is equally likely."""
    first = Counter(rasq(users=3, per_user=2, seed=seed).ids[0] for seed in range(600))
    assert len(first) == 6
    assert min(first.values()) > 60


def test_rasq_builds_a_large_queue_in_columns() -> None:
    """100,000 queries keep their shape."""
    instance = rasq(users=25_000, per_user=4, load=Decimal("1.2"))
    assert instance.n == 100_000
    assert np.all(instance.length == 6000)
    assert instance.arrival[-1] == floor(99_999 * Fraction(2500) + Fraction(1, 2))

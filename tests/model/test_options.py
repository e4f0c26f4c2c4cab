"""Checks of options."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from prefixsched.model.errors import InputError
from prefixsched.model.options import cache_of, exact, one_of, spread, total, whole


def test_exact_reads_a_float_as_it_prints() -> None:
    """0.9 as a float is the decimal 0.9, not the binary fraction nearest to it."""
    assert exact("load", 0.9) == exact("load", Decimal("0.9")) == Fraction(9, 10)


def test_exact_keeps_fractions() -> None:
    """A fraction that is no decimal stays exact."""
    assert exact("gap", Fraction(1, 3)) == Fraction(1, 3)


@pytest.mark.parametrize(
    ("check", "arguments", "message"),
    [
        (whole, ("users", 0), "users: 0 is too small; give 1 or more"),
        (whole, ("seed", -1, 0), "seed: -1 is too small; give 0 or more"),
        (whole, ("u", 10**12), "u: 1000000000000 is too large; give 1000000000 or less"),
        (whole, ("u", 2.5), "u: 2.5 is not a whole number; give 1 or more"),
        (whole, ("u", True), "u: True is not a whole number; give 1 or more"),
        (exact, ("load", Decimal(0)), "load: 0 is too small; give more than 0"),
        (exact, ("load", Decimal("nan")), "load: NaN is not a number; give more than 0"),
        (exact, ("load", float("inf")), "load: inf is not a number; give more than 0"),
        (exact, ("load", "much"), "load: much is not a number; give more than 0"),
        (exact, ("gap", Decimal("1e30")), "gap: 1E+30 is past 2^53; give less"),
        (exact, ("gap", Decimal("1e-50")), "gap: 1E-50 is below 1e-40; give more"),
        (spread, ("cv", -0.5), "cv: -0.5 is out of range; give 0 (fixed sizes) to 100"),
        (spread, ("cv", float("nan")), "cv: nan is out of range; give 0 (fixed sizes) to 100"),
        (
            one_of,
            ("cache", "lru", "last", "unbounded"),
            "cache: 'lru' is unknown; give last or unbounded",
        ),
        (
            cache_of,
            ("cache", "lru:-1"),
            "cache: 'lru:-1' is unknown; give last, unbounded or lru:TOKENS",
        ),
        (total, (10**5, 10**5), "queries: the options ask for 10000000000; give 100000000 or less"),
    ],
)
def test_bad_options_say_what_mends_them(check: Any, arguments: Any, message: str) -> None:
    """Each check fails with one line that names the option and a value that will do."""
    with pytest.raises(InputError) as caught:
        check(*arguments)
    assert str(caught.value) == message

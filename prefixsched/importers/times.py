"""Times of traces as whole microseconds."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from prefixsched.model.cost import MAX_NUMBER
from prefixsched.model.errors import InputError


def microseconds(field: str, value: Decimal, per_unit: int) -> int:
    """A time as whole microseconds, rounded half up.

    Parameters
    ----------
    field
        What messages call it.
    value
        The time.
    per_unit
        Microseconds in its unit, a power of ten.

    Raises
    ------
    InputError
        If it is negative, not finite, or past 2^53 us.
    """
    if not value.is_finite():
        raise InputError(f"{field}: {value} is not a number; give 0 or more")
    if value < 0:
        raise InputError(f"{field}: {value} is negative; give 0 or more")
    if value > MAX_NUMBER // per_unit:
        raise InputError(f"{field}: {value} is past 2^53 us; give time from the trace's start")
    places = len(str(per_unit)) - 1
    return int(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP).scaleb(places))

"""Windows of a backtest: a trace's past in consecutive parts, and what comes after, kept apart."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil

import numpy as np

from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance
from prefixsched.model.options import exact, whole

QUERIES_A_WINDOW, MOST_WINDOWS = 200, 5
"""Without ``windows``, one for so many queries of the past, and no more than that."""


def parts_of(
    instance: Instance, split: Fraction | Decimal | float, windows: int | None
) -> tuple[list[Instance], Instance]:
    """The windows of the past, and what comes after.

    The past is what arrives before the share ``split`` of the time is over; the
    last arrival never does.

    Raises
    ------
    InputError
        If an option is out of range, or all arrive at once.
    """
    share = exact("split", split)
    if share >= 1:
        raise InputError(f"split: {split} is too large; give less than 1")
    arrival = instance.arrival[instance.by_age]
    first, span = int(arrival[0]), int(arrival[-1] - arrival[0])
    if span == 0:
        raise InputError(
            "queries: all arrive at the same time, so there is no past to choose by; "
            "give a trace that spans some time"
        )
    past = int(np.searchsorted(arrival, first + ceil(span * share), side="left"))
    if windows is None:
        windows = min(max(past // QUERIES_A_WINDOW, 1), MOST_WINDOWS)
    elif whole("windows", windows) > past:
        raise InputError(f"windows: {windows} for {past} queries before the split; give fewer")
    before, after = np.split(instance.by_age, [past])
    return (
        [instance.select(queries) for queries in np.array_split(before, windows)],
        instance.select(after, f"{instance.name}, validation part"),
    )

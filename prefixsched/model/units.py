"""Units of time for display."""

from __future__ import annotations

_UNITS = ("ns", "us", "ms", "s")


def coarser(unit: str, longest: int, most: int) -> tuple[int, str]:
    """By what to divide ticks so that ``longest`` is at most ``most``, and the unit that gives.

    A unit that isn't known stays as it is, and nothing is coarser than a second.
    """
    factor = 1
    while unit in _UNITS[:-1] and longest > most * factor:
        factor, unit = factor * 1000, _UNITS[_UNITS.index(unit) + 1]
    return factor, unit

"""Picking rows of a benchmark by family and by parameter."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from fractions import Fraction
from pathlib import Path

from prefixsched.bench.bracket import one_optimum
from prefixsched.bench.row import Row
from prefixsched.bench.store import Store
from prefixsched.model.arguments import check_each
from prefixsched.model.errors import InputError


def read_rows(folder: str | Path, family: str | None = None) -> list[Row]:
    """The rows of a folder that a benchmark was run into, with one optimum for each instance.

    Parameters
    ----------
    folder
        Where the results are.
    family
        Of which family of the suite; of all where None.

    Raises
    ------
    InputError
        If there are none.
    """
    return of_family(one_optimum(Store.open(Path(folder)).rows()), family)


def of_family(rows: Sequence[Row], family: str | None) -> list[Row]:
    """The rows of a family; all where None.

    Raises
    ------
    InputError
        If there is none.
    """
    if family is None:
        return list(rows)
    found = [row for row in rows if row.family == family]
    if not found:
        raise InputError(
            f"family: there is no {family!r}; {_hint(family, {row.family for row in rows})}"
        )
    return found


def one_family(rows: Sequence[Row]) -> None:
    """Refuse rows of several families: what one sweeps another may not have, or holds apart.

    Raises
    ------
    InputError
        If there are several.
    """
    check_each("rows", rows, Row, "what ps.bench.read_rows(folder) returned")
    families = list(dict.fromkeys(row.family for row in rows))
    if len(families) > 1:
        raise InputError(f"family: there are {', '.join(families)}; give one of them")


def swept(rows: Sequence[Row]) -> str:
    """The parameter that takes most values over ``rows``, all of them numbers.

    Raises
    ------
    InputError
        If none takes more than one.
    """
    names = dict.fromkeys(name for row in rows for name in row.parameters)
    values = {
        name: {row.parameters[name] for row in rows if name in row.parameters} for name in names
    }
    several = [
        name
        for name, found in values.items()
        if len(found) > 1 and all(_number(text) is not None for text in found)
    ]
    if not several:
        raise InputError("parameter: none takes several values; give a family that sweeps one")
    return max(several, key=lambda name: len(values[name]))


def by_value(rows: Sequence[Row], parameter: str) -> dict[Fraction, list[Row]]:
    """Rows by the value of a parameter, from the least.

    Raises
    ------
    InputError
        If a row lacks it, or it isn't a number.
    """
    groups: dict[Fraction, list[Row]] = {}
    for row in rows:
        if parameter not in row.parameters:
            raise InputError(
                f"parameter: {row.family} has no {parameter!r}; {_hint(parameter, row.parameters)}"
            )
        value = _number(row.parameters[parameter])
        if value is None:
            raise InputError(
                f"parameter: {parameter} is {row.parameters[parameter]!r} in {row.family}; "
                "give one whose values are numbers"
            )
        groups.setdefault(value, []).append(row)
    return dict(sorted(groups.items()))


def unit_of(rows: Sequence[Row]) -> str:
    """What a tick is in all of ``rows``.

    Raises
    ------
    InputError
        If it isn't the same in all.
    """
    units = {row.time_unit for row in rows}
    if len(units) != 1:
        raise InputError(f"family: times are in {' and '.join(sorted(units))}; give one family")
    return units.pop()


def _number(text: str) -> Fraction | None:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None


def _hint(name: str, names: Collection[str]) -> str:
    known = sorted(names)
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"

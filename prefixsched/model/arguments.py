"""Type checks of arguments: what a user gave in place of an instance, a log or a result."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable
from os import PathLike
from typing import Any

from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance

AN_INSTANCE = "an Instance, as ps.read(path) makes it"


def check_instance(value: Any) -> None:
    """Refuse what is no instance.

    Raises
    ------
    InputError
        If ``value`` is a path, or anything else.
    """
    check_type("instance", value, Instance, AN_INSTANCE)


def check_type(field: str, value: Any, kinds: type | tuple[type, ...], mend: str) -> None:
    """Refuse what is of no type of ``kinds``.

    Parameters
    ----------
    field
        What the argument is called.
    value
        What was given.
    kinds
        What it may be.
    mend
        What to give, as the message says it.

    Raises
    ------
    InputError
        If it is of another type.
    """
    if isinstance(value, kinds):
        return
    shown = f" ({reprlib.repr(str(value))})" if isinstance(value, str | PathLike) else ""
    raise InputError(f"{field}: a {type(value).__name__} is given{shown}; give {mend}")


def check_each(field: str, values: Any, kind: type, mend: str) -> None:
    """Refuse what is no sequence of ``kind``.

    Raises
    ------
    InputError
        If it is something else, or one of it is.
    """
    if isinstance(values, str | PathLike) or not isinstance(values, Iterable):
        check_type(field, values, (), mend)
    for value in values:
        check_type(field, value, kind, mend)

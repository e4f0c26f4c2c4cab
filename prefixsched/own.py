"""A user's own class, named as ``module:Class``."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from prefixsched.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPEC = re.compile(r"(?P<module>[A-Za-z_][\w.]*):(?P<name>[A-Za-z_]\w*)(?::(?P<rest>.*))?", re.S)


def find_own(spec: str) -> tuple[Any, str] | None:
    """The class and its parameters that ``module:Class`` or ``module:Class:key=value,…`` names.

    Modules are looked up as ``python -m`` does it, the current folder first.

    Returns
    -------
    tuple or None
        None where ``spec`` has another form, or there is no such module.

    Raises
    ------
    InputError
        If the module can't be imported, or has no such class.
    """
    match = _SPEC.fullmatch(spec)
    if match is None:
        return None
    with _current_folder():
        if not _exists(match["module"]):
            return None
        try:
            module = import_module(match["module"])
        except Exception as error:
            raise InputError(
                f"{spec}: importing {match['module']} ends in {type(error).__name__}: {error}"
            ) from error
    found = getattr(module, match["name"], None)
    if not callable(found):
        raise InputError(f"{spec}: {match['module']} has no class {match['name']!r}; name one")
    if not callable(getattr(found, "pick", None)):
        raise InputError(f"{spec}: {match['name']} has no method pick(view); add one")
    return found, match["rest"] or ""


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ModuleNotFoundError, ValueError):  # of a package above it, or a module without a spec
        return module in sys.modules


@contextmanager
def _current_folder() -> Iterator[None]:
    """Let modules of the current folder be found while the block lasts."""
    sys.path.insert(0, "")
    try:
        yield
    finally:
        sys.path.remove("")

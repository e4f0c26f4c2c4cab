"""A user's own class, named as ``module:Class``, and what goes wrong in it."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from prefixsched.model.errors import InputError

_SPEC = re.compile(r"(?P<module>[A-Za-z_][\w.]*):(?P<name>[A-Za-z_]\w*)(?::(?P<rest>.*))?", re.S)
_PACKAGE = str(Path(__file__).parents[1])


def find_own(spec: str) -> tuple[Any, str] | None:
    """The class or object, and its parameters, that ``module:Class:key=value,…`` names.

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
    with _current_folder(), foreign(f"{spec}: importing {match['module']}"):
        if not _exists(match["module"]):
            return None
        module = import_module(match["module"])
    found = getattr(module, match["name"], None)
    if found is None:
        raise InputError(f"{spec}: {match['module']} has no class {match['name']!r}; name one")
    if not callable(getattr(found, "pick", None)):
        raise InputError(f"{spec}: {match['name']} has no method pick(view); add one")
    return found, match["rest"] or ""


def is_own(spec: str) -> bool:
    """Whether ``spec`` has the form ``module:Class``, whatever there is."""
    return _SPEC.fullmatch(spec) is not None


@contextmanager
def foreign(where: str, mend: str = "mend it") -> Iterator[None]:
    """Let whatever is raised by other people's code in the block end in one line.

    That includes ``sys.exit``, which would end the program without a word.

    Parameters
    ----------
    where
        What is being done, as the message has it.
    mend
        What to do about it.

    Raises
    ------
    InputError
        With the type of the exception, its message, and the file and line where
        it left that code.
    """
    try:
        yield
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        told = str(error) or "no message"
        raise InputError(
            f"{where} ends in {type(error).__name__}{_place(error)}: {told}; {mend}"
        ) from error


def _place(error: BaseException) -> str:
    """The file and line of other people's code where ``error`` came up, if there is any.

    That is the first file outside this package and the standard library in which
    a frame stands, and the innermost of its frames: not the library that it called.
    """
    if isinstance(error, SyntaxError) and error.filename is not None:
        return f" at {error.filename}:{error.lineno}"
    library = str(Path(traceback.__file__).parent)
    frames = [
        (frame.filename, frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((_PACKAGE, "<"))
        and (not frame.filename.startswith(library) or "site-packages" in frame.filename)
    ]
    own = [line for name, line in frames if name == frames[0][0]]
    return f" at {frames[0][0]}:{own[-1]}" if own else ""


def _exists(module: str) -> bool:
    """Whether there is such a module; the packages that it is in are imported."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError as error:
        parts = module.split(".")
        above = {".".join(parts[:k]) for k in range(1, len(parts))}
        if error.name in above or error.name == module:
            return False
        raise  # a package above it imports something that isn't there
    except ValueError:  # a module that was made without a spec
        return module in sys.modules


@contextmanager
def _current_folder() -> Iterator[None]:
    """Let modules of the current folder be found while the block lasts."""
    sys.path.insert(0, "")
    try:
        yield
    finally:
        sys.path.remove("")

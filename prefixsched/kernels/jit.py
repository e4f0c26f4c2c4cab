"""Compilation, caching and calls of kernels: no signal's exception is raised inside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from numba import config, njit
from numba.core import event

from prefixsched.kernels.cache import keep_apart
from prefixsched.runtime.interrupt import call_held, compiling

P = ParamSpec("P")
R = TypeVar("R")


class _Kernel:
    """A compiled function that is called with interrupts held back.

    Other kernels call the compiled function itself: numba asks a global value for
    ``_numba_type_``.
    """

    def __init__(self, dispatcher: Any) -> None:
        self.dispatcher = dispatcher
        self._numba_type_ = dispatcher._numba_type_
        self.py_func = dispatcher.py_func
        self.__doc__ = dispatcher.__doc__
        self.__name__ = dispatcher.__name__

    def __call__(self, *args: Any) -> Any:
        return call_held(self.dispatcher, args)


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function`` at its first call; later processes load it from the cache.

    Where no cache can be written (an installation and a home that are both read-only), each
    process compiles anew; ``NUMBA_CACHE_DIR`` names another place.
    """
    if config.DISABLE_JIT:  # type: ignore[attr-defined]
        return function
    try:
        dispatcher: Any = njit(cache=True, nogil=True)(function)
    except RuntimeError:  # numba found no place for a cache
        dispatcher = njit(nogil=True)(function)
    else:
        keep_apart(dispatcher._cache._cache_file, function.__module__)
    return cast("Callable[P, R]", _Kernel(dispatcher))


def cache_folder(function: Callable[..., Any]) -> str | None:
    """Where a kernel is kept once it is compiled; None where it is not."""
    if not isinstance(function, _Kernel):
        return None
    path: str | None = getattr(function.dispatcher._cache, "cache_path", None)
    return path


class _Compilations(event.Listener):
    """Follows what numba compiles, in whichever thread."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []
        self.begun = 0

    def on_start(self, event: Any) -> None:  # noqa: ARG002 - the base class names it
        compiling(True)
        self.begun += 1
        while self.waiting:
            self.waiting.pop()()

    def on_end(self, event: Any) -> None:  # noqa: ARG002 - the base class names it
        compiling(False)


_compilations = _Compilations()
event.register("numba:compile", _compilations)  # type: ignore[no-untyped-call]


def on_first_compile(notify: Callable[[], None]) -> None:
    """Call ``notify`` once, just before the next kernel that isn't cached is compiled."""
    _compilations.waiting.append(notify)


def compilations() -> int:
    """How many functions this process has begun to compile, those that others call included."""
    return _compilations.begun

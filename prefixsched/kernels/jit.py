"""How kernels are compiled, and how a program can tell its user that they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit
from numba.core import event

P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function`` at its first call; later processes load it from the cache."""
    return cast("Callable[P, R]", njit(cache=True, nogil=True)(function))


class _OnCompile(event.Listener):
    def __init__(self, notify: Callable[[], None]) -> None:
        self._notify = [notify]

    def on_start(self, event: Any) -> None:  # noqa: ARG002 - the base class names it
        while self._notify:
            self._notify.pop()()

    def on_end(self, event: Any) -> None:
        """Nothing: the caller only learns that compilation has begun."""


def on_first_compile(notify: Callable[[], None]) -> None:
    """Call ``notify`` once, just before the first kernel that isn't cached is compiled."""
    event.register("numba:compile", _OnCompile(notify))  # type: ignore[no-untyped-call]

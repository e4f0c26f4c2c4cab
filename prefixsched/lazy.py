"""Lazy re-exports: the public names of a package, loaded at first use (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from inspect import Signature
    from typing import Any


class _Face(ModuleType):
    """A package whose names stand for what its modules hold."""

    _homes: Mapping[str, tuple[str, str]]
    _folders: tuple[str, ...]

    def __getattr__(self, name: str) -> object:
        if name in self._folders:
            return import_module(f"{self.__name__}.{name}")
        if name not in self._homes:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = _found(self._homes[name])
        self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: object) -> None:
        # Importing ``prefixsched.plot.gantt`` would otherwise put that module where the
        # function of that name belongs, whoever imports it and whenever.
        if not (name in self._homes and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*self._homes, *self._folders})


class _CallableFace(_Face):
    """A package that stands for one of its functions, too: ``generate("rasq")``."""

    _call: tuple[str, str]

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._function(*args, **options)

    @property
    def __signature__(self) -> Signature:
        from inspect import signature

        return signature(self._function)

    @property
    def _function(self) -> Callable[..., Any]:
        function: Callable[..., Any] = _found(self._call)
        return function


def reexport(package: str, *folders: str, call: str | None = None, **names: str) -> None:
    """Let ``package`` have each of ``names`` without loading what it stands for.

    Parameters
    ----------
    package
        The ``__name__`` of the package that calls.
    folders
        Packages within it that are there without being imported.
    call
        The function that the package is when it is called, if it can be.
    names
        What each stands for, as ``module:attribute``, or ``module`` where the attribute has
        the same name; within ``package``, or anywhere where it begins with ``prefixsched.``.
    """
    face = sys.modules[package]
    face.__dict__["_homes"] = {name: _home(package, name, home) for name, home in names.items()}
    face.__dict__["_folders"] = folders
    if call is None:
        face.__class__ = _Face
    else:
        face.__dict__["_call"] = _home(package, "", call)
        face.__class__ = _CallableFace


def _home(package: str, name: str, home: str) -> tuple[str, str]:
    """The module, and what it calls the thing."""
    module, _, attribute = home.partition(":")
    inside = module if module.startswith("prefixsched.") else f"{package}.{module}"
    return inside, attribute or name


def _found(home: tuple[str, str]) -> Any:
    module, attribute = home
    return getattr(import_module(module), attribute)

"""Lazy re-exports: the public names of a package, loaded at first use (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType


class _Face(ModuleType):
    """A package whose names stand for what its modules hold."""

    _homes: Mapping[str, tuple[str, str]]

    def __getattr__(self, name: str) -> object:
        if name not in self._homes:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        module, attribute = self._homes[name]
        value = getattr(import_module(module), attribute)
        self.__dict__[name] = value
        return value

    def __setattr__(self, name: str, value: object) -> None:
        # Importing ``prefixsched.plot.gantt`` would otherwise put that module where the
        # function of that name belongs, whoever imports it and whenever.
        if not (name in self._homes and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*self._homes, *self.__dict__})


def reexport(package: str, **names: str) -> None:
    """Let ``package`` have each of ``names`` without loading what it stands for.

    Parameters
    ----------
    package
        The ``__name__`` of the package that calls.
    names
        What each stands for, as ``module:attribute``, or ``module`` where the attribute has
        the same name; within ``package``, or anywhere where it begins with ``prefixsched.``.
    """
    homes = {}
    for name, home in names.items():
        module, _, attribute = home.partition(":")
        inside = module if module.startswith("prefixsched.") else f"{package}.{module}"
        homes[name] = (inside, attribute or name)
    face = sys.modules[package]
    face.__dict__["_homes"] = homes
    face.__class__ = _Face

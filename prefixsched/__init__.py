"""Exact and approximate offline scheduling of LLM prefill with prefix reuse.

The names below load what they need at first use, so that importing the
package is quick.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

TYPE_CHECKING = False  # as in typing, which takes longer to load than all the rest here

if TYPE_CHECKING:
    from prefixsched.cost import Potential, Rectangular, Table
    from prefixsched.errors import InputError
    from prefixsched.instance import Cache, Instance
    from prefixsched.io.instance_file import read_instance as read
    from prefixsched.io.instance_file import write_instance as write
    from prefixsched.policies.policy import Policy, View
    from prefixsched.prompts import Prompts
    from prefixsched.result import Progress, Result, Status
    from prefixsched.schedule import Schedule, evaluate
    from prefixsched.simulate import Simulation, simulate
    from prefixsched.solve import solve
    from prefixsched.versions import show_versions

    __version__: str

_HOMES = {
    "Cache": ("instance", "Cache"),
    "InputError": ("errors", "InputError"),
    "Instance": ("instance", "Instance"),
    "Policy": ("policies.policy", "Policy"),
    "Potential": ("cost", "Potential"),
    "Progress": ("result", "Progress"),
    "Prompts": ("prompts", "Prompts"),
    "Rectangular": ("cost", "Rectangular"),
    "Result": ("result", "Result"),
    "Schedule": ("schedule", "Schedule"),
    "Simulation": ("simulate", "Simulation"),
    "Status": ("result", "Status"),
    "Table": ("cost", "Table"),
    "View": ("policies.policy", "View"),
    "evaluate": ("schedule", "evaluate"),
    "read": ("io.instance_file", "read_instance"),
    "show_versions": ("versions", "show_versions"),
    "simulate": ("simulate", "simulate"),
    "solve": ("solve", "solve"),
    "write": ("io.instance_file", "write_instance"),
}

__all__ = [
    "Cache",
    "InputError",
    "Instance",
    "Policy",
    "Potential",
    "Progress",
    "Prompts",
    "Rectangular",
    "Result",
    "Schedule",
    "Simulation",
    "Status",
    "Table",
    "View",
    "__version__",
    "evaluate",
    "read",
    "show_versions",
    "simulate",
    "solve",
    "write",
]


class _Package(ModuleType):
    """The package as a module whose functions keep their names.

    Importing ``prefixsched.solve`` would otherwise put the submodule where the
    function ``solve`` belongs, whoever imports it and whenever.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


def __getattr__(name: str) -> object:
    if name == "__version__":  # to look it up takes longer than all the rest here
        from importlib.metadata import version

        globals()[name] = version("prefixsched")
        return globals()[name]
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    value = getattr(import_module(f"{__name__}.{module}"), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


sys.modules[__name__].__class__ = _Package

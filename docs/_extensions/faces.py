"""Public names in the documentation: what a package re-exports is described where it is defined.

``{public-names} prefixsched`` makes a table of all that the package announces in ``__all__``,
each with a link and the first line of its docstring. References such as
``:func:`prefixsched.solve``` lead to that description, too, as they do in Python.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

OURS = ("prefixsched.", "reductions.")


def _found(path: str) -> Any:
    """What a dotted path leads to; None where there is nothing."""
    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name, None)
    except (ImportError, ValueError):
        return None


def _home(value: Any) -> str:
    """The module that it is, or where a class or function is defined; empty for all else."""
    if inspect.ismodule(value):
        return value.__name__
    if not (inspect.isclass(value) or inspect.isfunction(value)):
        return ""
    return f"{value.__module__}.{value.__qualname__}"


class PublicNames(SphinxDirective):
    """The table of a package's public names."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """A row for each name."""
        package = import_module(self.arguments[0])
        lines = [".. list-table::", "   :widths: auto", ""]
        for name in sorted(package.__all__, key=str.lower):
            value = getattr(package, name)
            home = _home(value)
            shown = f"{package.__name__.replace('prefixsched', 'ps', 1)}.{name}"
            link = f":py:obj:`{shown} <{home}>`" if home else f"``{shown}``"
            doc = inspect.getdoc(value) if home else "The version that is installed."
            lines += [f"   * - {link}", f"     - {(doc or '').partition(chr(10))[0]}"]
        return self.parse_text_to_nodes(_rst(lines))


def _rst(lines: list[str]) -> str:
    """Text that MyST hands on to the other parser."""
    return "\n".join(["```{eval-rst}", *lines, "```"])


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.Node | None:
    """Follow a re-exported name to where it is defined."""
    target = node.get("reftarget", "")
    if node.get("refdomain") != "py" or not target.startswith(OURS):
        return None
    home = _home(_found(target))
    if not home or home == target:
        return None
    node["reftarget"] = home
    domain = env.get_domain("py")
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", home, node, content)


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of both."""
    app.add_directive("public-names", PublicNames)
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

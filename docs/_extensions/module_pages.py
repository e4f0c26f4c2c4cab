"""A page for each package, with all that its modules' docstrings say.

One for each module would be hundreds; a wing on one page can be read and searched. The command
line isn't among them: ``--help`` describes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
PAGES = "_generated/modules"
LEFT_OUT = {"prefixsched.cli", "prefixsched.__main__"}


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _page(package: Path) -> str:
    """A package and its modules, each under a heading of its own."""
    name = _name(package)
    lines = [name, "=" * len(name), "", f".. automodule:: {name}", "   :no-members:", ""]
    for path in sorted(package.glob("*.py")):
        module = _name(path)
        if path.name != "__init__.py" and module not in LEFT_OUT:
            lines += [module, "-" * len(module), "", f".. automodule:: {module}", ""]
    return "\n".join(lines)


def write(app: Sphinx) -> None:
    """Write the pages that aren't as they should be, and remove those of packages that went."""
    folder = Path(app.srcdir) / PAGES
    folder.mkdir(parents=True, exist_ok=True)
    kept = set()
    for top in ("prefixsched", "reductions"):
        for face in sorted((ROOT / top).rglob("__init__.py")):
            name = _name(face.parent)
            if name in LEFT_OUT:
                continue
            page = folder / f"{name}.rst"
            text = _page(face.parent)
            if not page.exists() or page.read_text("utf-8") != text:
                page.write_text(text, "utf-8")
            kept.add(page)
    for page in folder.glob("*.rst"):
        if page not in kept:
            page.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of it."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""The picture of the wings, drawn from the floors that ``tests/test_architecture.py`` enforces."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
RULES = ROOT / "tests" / "test_architecture.py"
PICTURE = "_generated/wings.svg"
WIDTH, FLOOR, GAP = 9.0, 0.72, 0.1
"""Inches: of the picture, of a floor's height, and between boxes."""
POINTS_A_LETTER = 4.1
"""How wide a letter of the small print is, on average."""


def floors() -> list[list[str]]:
    """The wings of each floor, from the ground up, as the test has them."""
    for node in ast.parse(RULES.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FLOORS":
            return [sorted(floor) for floor in ast.literal_eval(node.value)]
    raise LookupError(f"{RULES}: there is no FLOORS")


def purpose(wing: str) -> str:
    """The first line of a wing's docstring."""
    path = ROOT / "prefixsched" / wing
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    first = (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]
    return first.replace("`", "").rstrip(".")


def draw() -> Figure:
    """Floors as rows of boxes, the ground at the bottom."""
    rows = floors()
    figure = Figure(figsize=(WIDTH, len(rows) * FLOOR), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(0, len(rows) * FLOOR))
    axes.set_axis_off()
    for level, wings in enumerate(rows):
        width = (WIDTH - GAP) / len(wings)
        for k, wing in enumerate(wings):
            left, bottom = GAP + k * width, level * FLOOR + GAP / 2
            box = FancyBboxPatch(
                (left, bottom),
                width - GAP,
                FLOOR - GAP,
                boxstyle="round,pad=0,rounding_size=0.06",
                facecolor="#eef3f8",
                edgecolor="#5b7083",
            )
            axes.add_patch(box)
            letters = int((width - 2 * GAP) * 72 / POINTS_A_LETTER)
            words = textwrap.fill(purpose(wing), letters)
            middle = left + (width - GAP) / 2
            top = bottom + FLOOR - GAP - 0.06
            axes.text(middle, top, wing, ha="center", va="top", weight="bold", size=10)
            axes.text(middle, bottom + 0.04, words, ha="center", va="bottom", size=7.5)
    return figure


def write(app: Sphinx) -> None:
    """Draw before the pages are read."""
    path = Path(app.srcdir) / PICTURE
    path.parent.mkdir(exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "wings"}):
        draw().savefig(path, format="svg", metadata={"Date": None})


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of it."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

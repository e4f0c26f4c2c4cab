"""Tests of the import rules: data flows one way, through wings that stand on one another."""

import ast
from pathlib import Path

import networkx as nx
import pytest

PACKAGE = Path(__file__).parents[1] / "prefixsched"
FLOORS = (
    {"arrays", "lazy", "runtime"},
    {"kernels"},
    {"model"},
    {"plugins"},
    {"verifier", "io", "generate", "bounds"},
    {"calibrate", "online"},
    {"heuristics"},
    {"exact"},
    {"offline", "tsptw"},
    {"importers"},
    {"studies"},
    {"bench"},
    {"plot"},
    {"report"},
    {"cli"},
    {"__main__"},
)
"""From the ground up; a wing imports only from floors below its own."""
FLOOR = {wing: floor for floor, wings in enumerate(FLOORS) for wing in wings}
ALONE = {
    "arrays": set(),
    "runtime": set(),
    "kernels": {"arrays", "runtime"},
    "model": {"arrays", "kernels"},
    "verifier": {"model"},
    "plugins": {"model"},
}
"""Wings that others rely on as they are: what these import, and no more."""


def _module(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {_module(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def _imported(path):
    """All imports of a file: those within functions, and those for types, count too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write absolute imports"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


FILES = nx.DiGraph(
    (module, other)
    for module, path in MODULES.items()
    for other in _imported(path)
    if other in MODULES and other != module
)


def _wing(module):
    return module.split(".")[1] if "." in module else None  # None: the face of it all


def test_no_file_imports_itself_by_way_of_others():
    """What imports what has no cycle."""
    cycles = [sorted(c) for c in nx.strongly_connected_components(FILES) if len(c) > 1]
    assert cycles == []


def test_every_wing_has_its_floor():
    """A new folder is given a place before anybody moves in."""
    assert {_wing(module) for module in MODULES} - {None} == set(FLOOR)


@pytest.mark.parametrize("wing", sorted(FLOOR))
def test_a_wing_imports_only_from_below(wing):
    """Nothing imports the command line, nothing of the model imports a solver, and so on."""
    up = [
        (module, other)
        for module, other in FILES.edges
        if _wing(module) == wing and _wing(other) not in (wing, None)
        and FLOOR[_wing(other)] >= FLOOR[wing]
    ]  # fmt: skip
    assert up == []


@pytest.mark.parametrize("wing", sorted(ALONE))
def test_what_all_rely_on_relies_on_little(wing):
    """The verifier shares no code with what it judges; kernels know arrays alone."""
    face = f"prefixsched.{wing}"
    used = {
        _wing(other)
        for module, other in FILES.edges
        if _wing(module) == wing and (module, other) != (face, "prefixsched.lazy")
    }
    assert used - {wing, None} <= ALONE[wing]


def test_a_face_re_exports_its_own_wing_alone():
    """What a folder offers is its own, and only a folder's ``__init__`` offers names."""
    lazy = "prefixsched.lazy"
    faces = {module for module, other in FILES.edges if other == lazy}
    assert all(MODULES[face].name == "__init__.py" for face in faces)
    foreign = [
        (face, other) for face, other in FILES.edges
        if face in faces - {"prefixsched"} and other != lazy and _wing(other) != _wing(face)
    ]  # fmt: skip
    assert foreign == []


def test_kernels_meet_the_runtime_in_one_file():
    """How kernels are compiled and called is the business of one of them."""
    meets = {m for m, other in FILES.edges if _wing(m) == "kernels" and _wing(other) == "runtime"}
    assert meets == {"prefixsched.kernels.jit"}


def test_one_file_asks_the_clock():
    """All others of the engine ask :mod:`prefixsched.runtime.limits`.

    The command line's watch thread, which outlives an engine that hangs, has its own; so have
    waits for other machines.
    """
    asking = {m for m, path in MODULES.items() if set(_imported(path)) & {"time", "datetime"}}
    assert asking == {
        "prefixsched.runtime.limits",
        "prefixsched.runtime.interrupt",
        "prefixsched.cli.cut",
        "prefixsched.bench.cluster",
    }

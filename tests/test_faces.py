"""Tests of the faces: the names that packages offer to users, and what offering them costs."""

import ast
import inspect
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import prefixsched as ps
from prefixsched.model.errors import InputError

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "prefixsched"
FACES = sorted(
    ".".join(path.parent.relative_to(ROOT).parts)
    for path in PACKAGE.rglob("__init__.py")
    if "reexport(" in path.read_text()
)
HEAVY = {"numba", "ortools", "pulp", "matplotlib", "plotly", "pandas", "didppy", "numpy", "msgspec"}
DEEP = re.compile(r"\b(?:from|import) (prefixsched(?:\.\w+){2,})")


def announced(face):
    """The names that type checkers see in a face, in its ``__all__``, and in its lazy table."""
    tree = ast.parse((ROOT.joinpath(*face.split(".")) / "__init__.py").read_text())
    (typed,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.asname or alias.name: f"{node.module}:{alias.name}"
        for node in typed.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    seen |= {node.target.id: "" for node in typed.body if isinstance(node, ast.AnnAssign)}
    call = next(
        node.value for node in tree.body
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    )  # fmt: skip
    table = {word.arg: word.value.value for word in call.keywords if word.arg != "call"}
    folders = {arg.value for arg in call.args[1:]}
    return seen, import_module(face).__all__, table, folders


def test_every_wing_that_users_import_from_has_a_face():
    """The wings of the model, the engine, the studies and the files."""
    engine = {"model", "verifier", "online", "offline", "bounds", "heuristics", "tsptw"}
    around = {"studies", "calibrate", "importers", "generate", "plot", "bench", "io"}
    assert {f"prefixsched.{wing}" for wing in engine | around} < set(FACES)


@pytest.mark.parametrize("face", FACES)
def test_what_a_face_says_agrees(face):
    """Editors, ``import *`` and the running program know the same names, from the same places."""
    seen, names, table, folders = announced(face)
    assert set(seen) == set(names) == table.keys() | folders
    assert len(names) == len(set(names))
    assert dir(import_module(face)) == sorted(names)
    for name, home in table.items():
        module, _, attribute = home.partition(":")
        if seen[name]:
            assert seen[name] == f"{face}.{module}:{attribute or name}"


@pytest.mark.parametrize("face", FACES)
def test_the_names_of_a_face_resolve(face):
    """Each is what its home holds, whatever modules were imported before or after."""
    module = import_module(face)
    _, _, table, folders = announced(face)
    for name, home in table.items():
        inside, _, attribute = home.partition(":")
        found = getattr(import_module(f"{face}.{inside}"), attribute or name)
        assert getattr(module, name) is found
        assert not inspect.ismodule(found)
    for name in folders:
        assert getattr(module, name) is import_module(f"{face}.{name}")
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = module.nothing


def test_faces_load_nothing_heavy():
    """To import any of them takes no solver, compiler, plotting library or array."""
    code = f"import {', '.join(FACES)}, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert "prefixsched.plot" in loaded.split()
    assert not HEAVY & set(loaded.split())
    ours = {name for name in loaded.split() if name.startswith("prefixsched")}
    assert ours <= {*FACES, "prefixsched.lazy"} | {
        "prefixsched." + ".".join(face.split(".")[1:k]) for face in FACES for k in range(2, 4)
    }


@pytest.mark.parametrize("face", ["prefixsched.generate", "prefixsched.calibrate"])
def test_a_package_that_is_a_function_shows_its_parameters(face):
    """Notebooks show the signature of the function, not of a module."""
    package = import_module(face)
    function = getattr(package, face.rpartition(".")[2])
    assert inspect.signature(package) == inspect.signature(function)
    assert package is import_module(face)


def test_packages_that_are_functions():
    """They make what their functions make, and still hold their names."""
    made = ps.generate("rasq", users=2, per_user=2, load=1.2)
    same = ps.generate.rasq(users=2, per_user=2, load=1.2)
    assert made.ids == same.ids
    assert made.arrival.tolist() == same.arrival.tolist()
    fit = ps.calibrate(ROOT / "instances" / "logs" / "prefill-sample.csv")
    assert fit.cost == ps.calibrate(fit.data).cost


def test_generators_of_other_packages_are_there_by_name():
    """Names are those of the command line; a wrong one is told, and so is a wrong option."""
    hard = ps.generate("three-partition", items=(26, 33, 41), prefix=20, prompt=40)
    assert hard.meta["generator"] == "three-partition"
    with pytest.raises(InputError, match="did you mean rasq"):
        ps.generate("rask")
    with pytest.raises(TypeError, match="user"):
        ps.generate("rasq", user=4)


def test_traces_are_imported_by_name():
    """With a cost or its coefficients, but not with both; a TSPTW takes neither."""
    sample = ROOT / "instances" / "traces" / "mooncake-sample.jsonl"
    cost = ps.Potential(60, 0)
    one = ps.import_trace("mooncake", sample, count=5, cost=cost, cache="unbounded", name="five")
    other = ps.import_trace("mooncake", sample, count=5, token_time=60, cache="unbounded")
    assert (one.name, one.n, one.cost, one.cache) == ("five", 5, other.cost, ps.Cache.UNBOUNDED)
    assert one.arrival.tolist() == other.arrival.tolist()
    with pytest.raises(InputError, match="token_time: cost gives it"):
        ps.import_trace("mooncake", sample, cost=cost, token_time=60)
    with pytest.raises(InputError, match="did you mean mooncake"):
        ps.import_trace("moncake", sample)


def test_a_tour_is_imported_by_name(tmp_path):
    """It is an instance at once, which has no trace's options."""
    path = tmp_path / "tour.txt"
    path.write_text("2\n0 3\n3 0\n0 20\n0 20\n")
    assert ps.import_trace("tsptw", path, name="there and back").name == "there and back"
    with pytest.raises(InputError, match="count: only for traces"):
        ps.import_trace("tsptw", path, count=1)


def test_no_document_imports_deeply():
    """Notebooks and pages need two names at most: ``from prefixsched.plot import gantt``."""
    texts = {path: path.read_text() for path in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]}
    for path in ROOT.glob("notebooks/*.ipynb"):
        cells = json.loads(path.read_text())["cells"]
        texts[path] = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    deep = {path.name: DEEP.findall(text) for path, text in texts.items()}
    assert {name: found for name, found in deep.items() if found} == {}

"""Tests of the package as a stranger gets it."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
from bench_suites import TINY

import prefixsched as ps

ROOT = Path(__file__).parents[1]


def test_the_import_is_light():
    """Importing the package loads no solver, compiler or plotting library."""
    code = "import prefixsched, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    heavy = {"numba", "ortools", "pulp", "matplotlib", "plotly", "pandas", "didppy", "numpy"}
    assert not heavy & set(loaded.split())


def test_all_names_resolve():
    """What the package announces is there, and nothing else is promised."""
    assert all(getattr(ps, name) is not None for name in ps.__all__)
    assert dir(ps) == ps.__all__
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = ps.nothing


def test_a_function_is_not_hidden_by_its_module():
    """``ps.solve`` stays the function after the module of that name is imported."""
    code = (
        "import prefixsched as ps, prefixsched.offline.solve, prefixsched.online.simulation;"
        "assert callable(ps.solve) and callable(ps.simulate)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_core_imports_nothing_of_the_reductions():
    """The hard families come in through entry points alone."""
    imported = set()
    for path in (ROOT / "prefixsched").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    assert "prefixsched" in imported
    assert "reductions" not in imported


def test_the_core_works_without_the_reductions():
    """Where the package cannot be imported, everything else can, and its own commands say why."""
    code = (
        "import sys; sys.modules['reductions'] = None\n"
        "from prefixsched.cli.root import cli\n"
        "cli.main(sys.argv[1:])"
    )

    def run(*args):
        return subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True)

    made = run("generate", "rasq", "--users", "2", "--per-user", "2")
    assert (made.returncode, made.stderr) == (0, "")
    for args in (["recover-partition"], ["generate", "three-partition"]):
        refused = run(*args)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "needs the package 'reductions" in refused.stderr
    assert "needs the package" in run("--help").stdout


def test_the_version_is_the_same_everywhere():
    """What is installed says it, who cites it does, and the changelog tells what it changed."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
    releases = re.findall(r"^## \[([\d.]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert releases[0] == version


@pytest.mark.slow
def test_a_wheel_installs_and_runs_elsewhere(tmp_path):
    """Built from the tree, installed into an empty environment, the program does its job."""
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path / "dist", ROOT]
    subprocess.run(build, check=True, capture_output=True)
    wheel = next((tmp_path / "dist").glob("*.whl"))
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", wheel]
    subprocess.run(install, check=True, capture_output=True)
    program = tmp_path / "env" / "bin" / "prefixsched"
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV", "NUMBA"))}
    clean["NUMBA_DISABLE_JIT"] = "1"  # or kernels would be compiled anew, for minutes
    run = {"cwd": tmp_path, "check": True, "capture_output": True, "env": clean}
    rasq = ["generate", "rasq", "--users", "3", "--per-user", "2", "--seed", "1", "-o", "r.json"]
    subprocess.run([program, *rasq], **run)
    compared = subprocess.run([program, "compare", "r.json", "--json"], **run)
    assert b'"optimal"' in compared.stdout
    (tmp_path / "tiny.toml").write_text(TINY)
    subprocess.run([program, "bench", "tiny.toml", "-o", "out"], **run)
    subprocess.run([program, "report", "out", "-o", "page.html"], **run)  # needs no extra
    assert (tmp_path / "page.html").stat().st_size > 1_000_000
    subprocess.run([program, "generate", "three-partition", "--m", "2", "-o", "p.json"], **run)
    subprocess.run([program, "solve", "p.json", "-o", "s.json"], **run)
    triples = subprocess.run([program, "recover-partition", "p.json", "s.json"], **run)
    assert triples.stdout.count(b"100 = ") == 2

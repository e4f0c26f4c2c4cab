"""Smoke tests of the scripts in ``benchmarks``, and of what their tables say."""

import importlib.util
import re
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from tables import stamp, write_table

import prefixsched as ps
from prefixsched.generate.rasq import rasq

FOLDER = Path(__file__).parents[1] / "benchmarks"
STAMP = (
    r"\*(commit [0-9a-f]{7,}( and changes)?|prefixsched [\d.]+), \d{4}-\d\d-\d\d; "
    r".+, \d+ cores; Python 3\.[\d.]+\*"
)
"""What a run writes under its table."""


@pytest.fixture
def exact(monkeypatch):
    """The script ``exact.py`` as a module."""
    spec = importlib.util.spec_from_file_location("exact_benchmark", FOLDER / "exact.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def bench(exact, tmp_path):
    """A function that runs it and gives the table's lines, with a figure beside."""

    def run(*options):
        table, figure = tmp_path / "t.md", tmp_path / "t.png"
        arguments = [*options, "-o", table, "--figure", figure]
        result = CliRunner().invoke(exact.main, list(map(str, arguments)), catch_exceptions=False)
        assert result.exit_code == 0
        assert figure.read_bytes().startswith(b"\x89PNG")
        begin, *lines, blank, stamp, end = table.read_text().splitlines()
        assert (begin, blank, end) == ("<!-- table: exact -->", "", "<!-- end: exact -->")
        assert re.fullmatch(STAMP, stamp)
        return lines

    return run


def test_the_exact_benchmark_runs(bench):
    """A tiny setting: two sizes, each proven by each backend asked."""
    lines = bench("--most", 12, "--seeds", 1, "--backend", "cpsat", "--backend", "dp")
    assert lines[2] == "| load | users × queries | n | cpsat | dp |"
    cells = [line.strip("| ").split(" | ") for line in lines[4:6]]
    assert [row[:3] for row in cells] == [["1.2", "3 × 3", "9"], ["1.2", "3 × 4", "12"]]
    for row in cells:
        assert all(cell.endswith(" s") and float(cell[:-2]) < 60 for cell in row[3:])


def test_two_open_sizes_end_a_series_for_a_backend(exact, bench, monkeypatch):
    """Then it is not asked for larger ones of that load; the figures say what was left."""
    proven = ps.solve(rasq(users=2, per_user=2, load=Decimal("1.2")), backend="dp")
    left = replace(
        proven, status=ps.Status.FEASIBLE, lower_bound=100, upper_bound=125, seconds=60.0
    )
    asked = []

    def solve(instance, *, backend, **limits):
        asked.append((backend, instance.n))
        if backend == "dp":
            return replace(proven, seconds=0.002)
        return replace(proven, seconds=3.0) if instance.n < 12 else left

    monkeypatch.setattr(exact.ps, "solve", solve)
    lines = bench("--most", 24, "--seeds", 1, "--backend", "milp", "--backend", "dp")
    assert [n for backend, n in asked if backend == "milp"] == [9, 9, 12, 16]
    of_dp = [n for backend, n in asked if backend == "dp"][-25:]
    assert of_dp == [9] * 5 + [12] * 5 + [16] * 5 + [20] * 5 + [24] * 5  # brief runs are repeated
    assert [line.split(" | ")[3] for line in lines[4:9]] == [
        "3 s", "gap 25.0% (0 of 1)", "gap 25.0% (0 of 1)", "–", "–"
    ]  # fmt: skip
    assert "dp proves n = 20 in 0.002 s" in lines[-1]
    assert "1,500 times for n = 9 (milp, 3 s)" in lines[-1]
    assert "more than 30,000 times for n = 16, which both leave" in lines[-1]


def test_a_rerun_writes_between_its_markers_alone(tmp_path):
    """What is written by hand stays, and so do other tables."""
    path = tmp_path / "page.md"
    write_table(path, "one", "first")
    path.write_text(f"# By hand\n\n{path.read_text()}\nMore by hand.\n")
    write_table(path, "two", "other")
    write_table(path, "one", "second \\1")
    assert path.read_text() == (
        f"# By hand\n\n<!-- table: one -->\nsecond \\1\n\n*{stamp()}*\n<!-- end: one -->\n\n"
        f"More by hand.\n\n<!-- table: two -->\nother\n\n*{stamp()}*\n<!-- end: two -->\n"
    )


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_every_table_is_stamped(path):
    """Each of the files has markers, and says under each table what it was measured on."""
    text = path.read_text()
    names = re.findall(r"^<!-- table: (\S+) -->$", text, re.MULTILINE)
    assert names
    for name in names:
        table = text.partition(f"<!-- table: {name} -->\n")[2].partition(f"\n<!-- end: {name} -->")[
            0
        ]
        assert re.match(r"\*commit [0-9a-f]{7}.*, \d{4}-\d\d-\d\d; ", table.splitlines()[-1])

"""Tests of commands where other people's packages are broken."""

import pytest

from prefixsched.plugins import registry

BROKEN = {
    "raises": "raise RuntimeError('not today')",
    "exits": "import sys; sys.exit(0)",
    "lacks": "import no_such_package",
    "is_no_python": "def (",
    "has_nothing": "",
}


# What can be loaded, but says nothing of its parameters, or what no option and no JSON can hold.
ODD = """
class Thing:
    def __init__(self, what: dict = object()):
        pass

    __signature__ = property(lambda self: 1 / 0)
"""


@pytest.fixture
def _plug_ins(tmp_path, monkeypatch):
    """An installed package all of whose entry points are broken, each in its own way."""
    info = tmp_path / "ghosts-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ghosts\nVersion: 1\n")
    (tmp_path / "ghost_odd.py").write_text(ODD)
    lines = []
    for kind in ("policies", "backends", "generators", "importers", "commands"):
        lines.append(f"[prefixsched.{kind}]")
        lines += [f"ghost-{name} = ghost_{name}:Thing" for name in BROKEN]
        lines += ["ghost-odd = ghost_odd:Thing"]
        lines += ["ghost-dotty = ..:", "fcfs = ghost_raises:Thing", "rasq = ghost_raises:Thing"]
    (info / "entry_points.txt").write_text("\n".join(lines))
    for name, source in BROKEN.items():
        (tmp_path / f"ghost_{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    registry.available.cache_clear()
    yield
    monkeypatch.undo()
    registry.available.cache_clear()


@pytest.mark.usefixtures("_plug_ins")
def test_broken_plug_ins_break_nothing_else(run):
    """Commands that list them show each with its reason; one that is asked for says it."""
    for command in ("policies", "backends"):
        result = run(command)
        assert (result.exit_code, result.stderr) == (0, "")
        assert "RuntimeError at " in result.stdout
        assert "not today" in result.stdout
    for args in (["--help"], ["generate", "--help"], ["import", "--help"], ["policies", "--json"]):
        assert run(*args).exit_code == 0, args
    assert registry.create("policies", "fcfs").name == "fcfs"
    for name in (*BROKEN, "dotty"):
        for command in (("simulate", "x.json", "-p", f"ghost-{name}"), (f"ghost-{name}",),
                        ("generate", f"ghost-{name}"), ("import", f"ghost-{name}", "x"),
                        ("solve", "x.json", "--backend", f"ghost-{name}")):  # fmt: skip
            result = run(*command)
            assert (result.exit_code, result.stdout) == (2, ""), command
            assert f"'ghost-{name}'" in result.stderr
            assert result.stderr.count("\n") == 1

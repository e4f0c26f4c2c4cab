"""Tests of ``prefixsched plot``."""

import pytest
from bench_suites import TINY

BEGINS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


@pytest.mark.parametrize("suffix", BEGINS)
def test_gantt(suffix, run, two_users, best, tmp_path):
    """The suffix says what is written."""
    path = tmp_path / f"gantt{suffix}"
    result = run("plot", "gantt", two_users, best, "--ttft", 11000, "-o", path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert path.read_bytes().startswith(BEGINS[suffix])


@pytest.mark.parametrize("suffix", BEGINS)
def test_cdf(suffix, run, two_users, tmp_path):
    """The suffix says what is written, in capitals too."""
    path = tmp_path / f"cdf{suffix.upper()}"
    result = run("plot", "cdf", two_users, "-p", "fcfs", "--optimum", 11500, "-o", path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert path.read_bytes().startswith(BEGINS[suffix])


def test_the_group_lists_its_kinds(run):
    """Alone it shows what there is."""
    text = run("plot").stdout
    assert "gantt" in text
    assert "cdf" in text


def test_figures_of_a_benchmark(run, tmp_path):
    """Every kind is drawn from a folder of results."""
    (tmp_path / "tiny.toml").write_text(TINY)
    out = tmp_path / "out"
    assert run("bench", tmp_path / "tiny.toml", "-o", out).exit_code == 0
    for kind in ("ratios", "phase", "percentiles", "reuse"):
        path = tmp_path / f"{kind}.png"
        result = run("plot", kind, out, "--family", "rasq", "-o", path)
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
        assert path.read_bytes().startswith(BEGINS[".png"])
    result = run("plot", "phase", tmp_path, "-o", tmp_path / "x.png")
    assert (result.exit_code, "holds no results" in result.stderr) == (2, True)


def test_several_families_need_one_named(run, tmp_path):
    """What is drawn over a parameter is of one family, and the error lists them."""
    (tmp_path / "two.toml").write_text(
        f'{TINY}[[family]]\nname = "other"\ngenerator = "agents"\n'
        "systems = 1\nexample-sets = 1\ncontexts = 1\nper-context = 3\nload = [0.8, 1.2]\n"
    )
    out = tmp_path / "out"
    assert run("bench", tmp_path / "two.toml", "-o", out).exit_code == 0
    for kind in ("phase", "percentiles"):
        result = run("plot", kind, out, "-o", tmp_path / "x.png")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--family: there are rasq, other; give one of them" in result.stderr
        assert run("plot", kind, out, "--family", "other", "-o", tmp_path / "x.png").exit_code == 0


def test_anytime(run, two_users, tmp_path):
    """The solver runs, and its bracket is drawn."""
    path = tmp_path / "anytime.svg"
    result = run("plot", "anytime", two_users, "-o", path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert path.read_bytes().startswith(BEGINS[".svg"])


def test_cache(run, two_users, tmp_path):
    """Ratios as a table, and the figure; capacities are checked."""
    path = tmp_path / "cache.png"
    asked = ("plot", "cache", two_users, "-p", "fcfs", "--capacities")
    result = run(*asked, "0,20000", "-o", path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "lru:20000" in result.stdout
    assert path.read_bytes().startswith(BEGINS[".png"])
    result = run(*asked, "-1", "-o", path)
    assert result.exit_code == 2
    assert "--capacities: -1 is too small; give 0 or more" in result.stderr

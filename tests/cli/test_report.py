"""Tests of ``prefixsched report``."""

from bench_suites import TINY


def test_a_page_is_written(run, tmp_path):
    """From a folder of results to one HTML file."""
    (tmp_path / "tiny.toml").write_text(TINY)
    assert run("bench", tmp_path / "tiny.toml", "-o", tmp_path / "out").exit_code == 0
    result = run("report", tmp_path / "out", "-o", tmp_path / "report.html")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    text = (tmp_path / "report.html").read_text()
    assert text.startswith("<!DOCTYPE html>")
    assert "<title>tiny: policies against the optimum</title>" in text


def test_a_folder_without_results(run, tmp_path):
    """One line, and no page."""
    result = run("report", tmp_path, "-o", tmp_path / "report.html")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "holds no results; give the folder of a bench run" in result.stderr
    assert not (tmp_path / "report.html").exists()

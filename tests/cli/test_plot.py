"""Tests of ``prefixsched plot``."""

import pytest

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

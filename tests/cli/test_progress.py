"""Tests of what a person sees of long work."""

import pytest

from prefixsched.cli.progress import Bracket
from prefixsched.offline.result import Progress


def test_verbose_prints_each_better_bound(run, two_users):
    """On standard error, while standard output stays the answer's."""
    result = run("solve", two_users, "-v", "--json")
    assert result.stdout.count("\n") == 1
    lines = result.stderr.splitlines()
    assert lines[-1].startswith("two-users  11,500 to 11,500 us  gap 0.0%  ")
    bounds = [line.split("  ")[1] for line in lines]
    assert len(bounds) == len(set(bounds))
    assert run("solve", two_users, "--json").stderr == ""


@pytest.mark.parametrize(
    ("options", "unit"),
    [
        (("--objective", "goodput", "--ttft", 9500), "queries"),
        (("--ttft", 5000, "--relax", "0.4"), "queries"),
        (("--ttft", 9600, "--relax", "0.1", "--promise", "--backend", "brute"), "us"),
        (("--objective", "mean"), "us"),
    ],
)
def test_verbose_counts_in_the_objectives_unit(run, two_users, options, unit):
    """Queries on time, or time; a mean is a mean and not a sum."""
    lines = run("solve", two_users, *options, "-v").stderr.splitlines()
    assert lines
    assert all(line.split("  ")[1].endswith(f" {unit}") for line in lines)
    if "mean" in options:
        assert "to 6,833.3 us" in lines[-1]


def test_a_line_before_anything_is_known():
    """Name and time; then the bracket."""
    line = Bracket("stream", "us")
    assert line.line(3) == "stream  3 s"
    line(Progress(1000, None, 7, 3.0))
    assert line.line(4) == "stream  1,000 to – us  gap –  7 nodes  4 s"

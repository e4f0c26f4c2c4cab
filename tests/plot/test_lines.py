"""Tests of lines that can be told apart."""

from prefixsched.plot.lines import look, mark, merged


def test_thirty_lines_differ_in_colour_or_dashes():
    """And 210 with their marks, so that no figure has two that look the same."""
    lines = [(look(k, 210)["color"], str(look(k, 210)["linestyle"])) for k in range(210)]
    assert len(set(lines[:30])) == 30
    marked = [(*line, mark(k, 210)["marker"]) for k, line in enumerate(lines)]
    assert len(set(marked)) == 210


def test_a_line_shows_beside_one_that_lies_on_it():
    """Later lines are narrower, and so are their marks."""
    for n in (2, 5, 17):
        for narrower, wider in zip(range(1, n), range(n - 1), strict=True):
            assert look(narrower, n)["linewidth"] < look(wider, n)["linewidth"]
            assert mark(narrower, n)["markersize"] < mark(wider, n)["markersize"]
    assert look(0, 1)["linewidth"] > 0


def test_equal_lines_are_one():
    """It carries all of the names, in their order, wrapped between names."""
    names = ["lpm", "fcfs", "shortest-extend-length", "dfs-weight"]
    curves = [(1, 2), (3, 3), (1, 2), (1, 2)]
    assert merged(zip(names, curves, strict=True)) == [
        ("lpm,\nshortest-extend-length,\ndfs-weight", (1, 2)),
        ("fcfs", (3, 3)),
    ]

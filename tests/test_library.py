"""Tests that the shipped instances have the optima that their table states."""

from pathlib import Path

import pytest

import prefixsched as ps

LIBRARY = Path(__file__).parents[1] / "instances"
OPTIMA = {"two-users": 11_500, "rasq-n16": 23_000, "rasq-n48": 67_000}


@pytest.mark.parametrize("name", OPTIMA)
def test_optima_are_proved_again(name):
    """T* of the README's table is found, and one tick less is refuted."""
    instance = ps.read(LIBRARY / f"{name}.json")
    result = ps.solve(instance)
    assert (result.status, result.ttft) == (ps.Status.OPTIMAL, OPTIMA[name])
    assert ps.solve(instance, ttft=OPTIMA[name] - 1).status is ps.Status.INFEASIBLE
    assert f"{OPTIMA[name]:,}" in (LIBRARY / "README.md").read_text()


def test_the_table_lists_every_file():
    """No instance is shipped without its optimum."""
    assert {path.stem for path in LIBRARY.glob("*.json")} - {"schema"} == set(OPTIMA)

"""Tests of the shipped instances: how they are made, and what is claimed of them."""

import json
from pathlib import Path

import pytest
from certify import bracket, table
from make_library import write
from recipes import HAND_MADE, RECIPES

import prefixsched as ps
from prefixsched.cli.verify import wrong
from prefixsched.io.schedule_file import read_schedule

LIBRARY = Path(__file__).parents[1] / "instances"
CERTIFIED = json.loads((LIBRARY / "certified.json").read_text())
QUICK = [e for e in CERTIFIED if not e["file"].startswith(("medium/", "open/"))]


def identify(value):
    """An entry's or recipe's file, as the name of a test."""
    return value["file"] if isinstance(value, dict) else value.file


@pytest.mark.parametrize("recipe", RECIPES, ids=identify)
def test_every_file_is_made_again(recipe, tmp_path):
    """The recipe gives the shipped file, byte for byte."""
    write(recipe, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (LIBRARY / recipe.file).read_bytes()


def test_every_file_is_certified():
    """Recipes, files, certificates and schedules are of the same instances, sixty at least."""
    files = {str(path.relative_to(LIBRARY)) for path in LIBRARY.rglob("*.json")}
    # Those that adversary found have a table and a test of their own.
    files = {name for name in files if not name.startswith("adversarial/")}
    shipped = {name for name in files if not name.startswith("schedules/")}
    assert shipped - {"schema.json", "certified.json"} == {e["file"] for e in CERTIFIED}
    assert {*HAND_MADE, *(recipe.file for recipe in RECIPES)} == {e["file"] for e in CERTIFIED}
    schedules = {f"schedules/{entry['name']}.json" for entry in CERTIFIED}
    assert files - shipped == schedules
    assert len(CERTIFIED) == len(schedules) >= 60


@pytest.mark.parametrize("entry", CERTIFIED, ids=identify)
def test_every_schedule_is_what_it_claims(entry):
    """The verifier agrees with the stored schedule, and that agrees with the certificate."""
    instance = ps.read(LIBRARY / entry["file"])
    claim = read_schedule(LIBRARY / "schedules" / f"{entry['name']}.json")
    schedule = ps.evaluate(instance, claim.positions(instance))
    assert wrong(claim, instance, schedule) is None
    assert entry["n"] == instance.n
    assert entry["family"] == instance.meta.get("generator", "hand-made")
    assert (entry["lower_bound"], entry["upper_bound"]) == (claim.lower_bound, claim.ttft)
    assert (entry["status"] == "optimal") == (claim.lower_bound == claim.ttft)
    assert entry["status"] == "optimal" or entry["file"].startswith("open/")


@pytest.mark.parametrize("entry", QUICK, ids=identify)
def test_optima_are_proved_again(entry):
    """T* is found, and one tick less is refuted."""
    instance = ps.read(LIBRARY / entry["file"])
    result = ps.solve(instance)
    assert (result.status, result.ttft) == (ps.Status.OPTIMAL, entry["upper_bound"])
    assert ps.solve(instance, ttft=result.ttft - 1).status is ps.Status.INFEASIBLE


def test_known_answers_are_confirmed():
    """Where 3-PARTITION's answer is known, T* = T for a yes, and more for a no."""
    known = 0
    for entry in CERTIFIED:
        meta = ps.read(LIBRARY / entry["file"]).meta
        if "answer" in meta and entry["status"] == "optimal":
            assert entry["upper_bound"] >= meta["ttft"]
            assert (entry["upper_bound"] == meta["ttft"]) == (meta["answer"] == "yes")
            known += 1
    assert known >= 10


def test_proved_optima_are_confirmed():
    """The optima that adversaries' proofs give are the certified ones."""
    adversaries = [entry for entry in CERTIFIED if entry["family"].endswith("-adversary")]
    assert len(adversaries) >= 5
    for entry in adversaries:
        proven = ps.read(LIBRARY / entry["file"]).meta["proven"]
        assert (entry["status"], entry["upper_bound"]) == ("optimal", proven["optimum"])


def test_the_readme_has_the_table():
    """The page shows what was certified, every file with its T* or bracket."""
    text = (LIBRARY / "README.md").read_text()
    assert table(CERTIFIED) in text
    for entry in CERTIFIED:
        assert f"| `{entry['file']}` |" in text
        assert bracket(entry) in text


def test_the_library_is_small():
    """Everyone who clones the project gets it: two megabytes are the most."""
    assert sum(path.stat().st_size for path in LIBRARY.rglob("*") if path.is_file()) < 2_000_000

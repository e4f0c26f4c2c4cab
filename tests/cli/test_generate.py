"""Tests of ``prefixsched generate``."""

import gzip
import json
from decimal import Decimal

import pytest

import prefixsched as ps
from prefixsched.cli.generate import command_of
from prefixsched.model.errors import InputError
from prefixsched.plugins import registry

RASQ = ("generate", "rasq", "--users", 3, "--per-user", 2, "--u", 40, "--d", 20, "--load", "1.2")


def test_standard_output_is_the_default(run):
    """Without ``-o`` the instance is all that is printed."""
    result = run(*RASQ, "--seed", 1)
    assert (result.exit_code, result.stderr) == (0, "")
    content = json.loads(result.stdout)
    assert (content["format"], len(content["queries"])) == ("prefixsched-instance/1", 6)
    assert content["meta"]["parameters"]["load"] == "1.2"


def test_a_file(run, tmp_path):
    """``-o`` writes the same bytes, gzipped by the name."""
    plain, packed = tmp_path / "r.json", tmp_path / "r.json.gz"
    assert run(*RASQ, "-o", plain).stdout == ""
    assert run(*RASQ, "--output", packed).stdout == ""
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    assert ps.read(packed).n == 6


def test_every_generator_runs(run, tmp_path):
    """All that are registered have a command that works with its defaults, and an example."""
    for name in registry.available("generators"):
        path = tmp_path / f"{name}.json"
        assert run("generate", name, "-o", path).exit_code == 0
        assert ps.read(path).n > 1
        text = run("generate", name, "--help").stdout
        assert f"prefixsched generate {name} " in text
        assert "--seed N" in text


def test_the_list_of_generators(run):
    """The group's help has a line for each; the group alone is no use of it."""
    text = run("generate", "--help").stdout
    assert "rasq" in text
    assert "Make a regular-arrival shuffled queue" in text
    for group in ("generate", "plot"):
        result = run(group)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("prefixsched: a command is missing; there are ")
        assert result.stderr.count("\n") == 1


def test_an_option_that_is_called_output(run):
    """A generator's own ``--output`` goes before the long name of ``-o``."""
    result = run("generate", "conversation", "--chats", 3, "--output", 7)
    assert json.loads(result.stdout)["meta"]["parameters"]["output"] == 7


def test_all_kinds_of_parameters(run):
    """Signatures become options: names, types, defaults and help."""
    taken = {}

    def many(
        *,
        items: tuple[int, ...],
        share: Decimal = Decimal("0.5"),
        exact: bool = False,
        sorted_items: bool = True,
        label: str | None = None,
    ) -> ps.Instance:
        """Make nothing.

        Parameters
        ----------
        items
            What to take,
            one by one.
        share, label
            Both of ``these``.
        """
        taken.update(items=items, share=share, exact=exact, sorted_items=sorted_items, label=label)
        raise InputError("items and sorted_items: no good")

    command = command_of("many", many)
    options = {option.name: option for option in command.params}
    assert options["items"].required
    assert options["items"].help == "What to take, one by one."
    assert options["share"].help == options["label"].help == "Both of these."
    with pytest.raises(InputError, match="^--items and --sorted-items: no good$"):
        command.main(["--items", "5,6", "--exact", "--share", "0.25"], standalone_mode=False)
    assert taken == {
        "items": (5, 6),
        "share": Decimal("0.25"),
        "exact": True,
        "sorted_items": True,
        "label": None,
    }


def test_a_generator_that_cannot_be_loaded(run, monkeypatch):
    """It is listed with the reason, and running it gives the reason."""

    def broken(kind, name):
        raise InputError(f"{kind}: {name!r} needs the package 'nowhere', which isn't installed")

    monkeypatch.setattr(registry, "load", broken)
    assert "needs the package" in run("generate", "--help").stdout
    result = run("generate", "rasq")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "needs the package 'nowhere'" in result.stderr

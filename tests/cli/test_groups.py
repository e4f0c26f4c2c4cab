"""Tests of commands that other packages add."""

from importlib.metadata import EntryPoint

import click
import pytest

from prefixsched.plugins import registry


@click.command()
def hello():
    """Say hello."""
    click.echo("hello")


@pytest.fixture
def added(monkeypatch):
    """Commands of another package: one that works, one that is broken, one whose name is taken."""
    points = {
        "hello": EntryPoint("hello", f"{__name__}:hello", "prefixsched.commands"),
        "ghost": EntryPoint("ghost", "no_such_package:run", "prefixsched.commands"),
        "solve": EntryPoint("solve", f"{__name__}:hello", "prefixsched.commands"),
    }
    for point in points.values():
        vars(point)["load"] = (lambda: hello) if point.module == __name__ else point.load
    real = registry.available
    monkeypatch.setattr(
        registry, "available", lambda kind: points if kind == "commands" else real(kind)
    )


def test_a_command_of_another_package(added, run):
    """It is listed after the project's own, is found, and is suggested."""
    assert run("hello").stdout == "hello\n"
    assert "Say hello." in run("--help").stdout.split("versions")[1]
    assert "did you mean hello?" in run("helo").stderr


def test_they_are_the_roots(added, run):
    """Groups inside the program hold their own commands alone."""
    assert "hello" not in run("plot", "--help").stdout
    result = run("plot", "hello")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no command 'hello'" in result.stderr


def test_one_that_cannot_be_loaded(added, run):
    """It is listed with the reason, and running it gives the reason."""
    assert "commands: 'ghost' needs the package" in run("--help").stdout
    result = run("ghost")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "'ghost' needs the package 'no_such_package', which isn't installed" in result.stderr


def test_a_name_that_is_taken(added, run):
    """The project's own commands stay what they are."""
    assert run("solve", "--help").stdout.startswith("Usage: prefixsched solve")
    assert run("--help").stdout.count("\n  solve ") == 1

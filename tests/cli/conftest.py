"""What the tests of the command line share: a runner, and small files."""

import copy
import json

import pytest
from click.testing import CliRunner
from examples import BEST, TWO_USERS
from out_of_time import Lazy

from prefixsched.cli.root import cli


@pytest.fixture
def lazy(monkeypatch):
    """Lets ``--backend brute`` be the one whose time is always up."""
    monkeypatch.setattr("prefixsched.exact.brute.Brute", Lazy)


@pytest.fixture
def run():
    """A function that runs a command line; a traceback fails the test."""

    def invoke(*args, input=None):  # noqa: A002  # click's own name
        result = CliRunner().invoke(cli, [str(arg) for arg in args], input=input)
        if not isinstance(result.exception, SystemExit | None):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def two_users(tmp_path):
    """The instance of DESIGN.md as a file."""
    path = tmp_path / "two-users.json"
    path.write_text(json.dumps(TWO_USERS))
    return path


@pytest.fixture
def best(tmp_path):
    """Its best schedule as a file."""
    path = tmp_path / "best.json"
    path.write_text(json.dumps(BEST))
    return path


@pytest.fixture
def changed(tmp_path):
    """A function that writes a changed copy of a file's contents, and gives its path."""

    def write(content, change, name="changed.json"):
        content = copy.deepcopy(content)
        change(content)
        path = tmp_path / name
        path.write_text(json.dumps(content))
        return path

    return write

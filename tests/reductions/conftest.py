"""The hard families' tests share the command line's runner."""

import pytest
from click.testing import CliRunner

from prefixsched.cli.root import cli


@pytest.fixture
def run():
    """A function that runs a command line; a traceback fails the test."""

    def invoke(*args):
        result = CliRunner().invoke(cli, [str(arg) for arg in args])
        if not isinstance(result.exception, SystemExit | None):
            raise result.exception
        return result

    return invoke

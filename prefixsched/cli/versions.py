"""``prefixsched versions``."""

from __future__ import annotations

import click

from prefixsched.cli.options import json_option
from prefixsched.cli.output import print_json

EPILOG = """\b
Example:
  prefixsched versions
"""


@click.command(epilog=EPILOG, short_help="Show what is installed, for a bug report.")
@json_option
def versions(as_json: bool) -> None:
    """Show the versions of Python, the platform and the dependencies, for a bug report."""
    from prefixsched.runtime import versions as found

    if as_json:
        print_json(found.versions())
    else:
        found.show_versions()

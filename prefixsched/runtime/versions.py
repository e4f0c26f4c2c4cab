"""What a bug report should say of the installation."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, requires, version

VERSION = version("prefixsched")


def versions() -> dict[str, str | None]:
    """Versions of prefixsched, Python, the platform and the dependencies.

    Optional dependencies are among them; None where one isn't installed.
    """
    import platform

    found: dict[str, str | None] = {
        "prefixsched": VERSION,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    names = {re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in requires("prefixsched") or ()}
    for name in sorted(names - {"prefixsched"}, key=str.lower):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def show_versions() -> None:
    """Write the versions to standard output, one a line."""
    found = versions()
    width = max(map(len, found))
    for name, value in found.items():
        sys.stdout.write(f"{name:{width}}  {value or 'not installed'}\n")

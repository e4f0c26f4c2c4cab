"""Runs the command line as ``python -m prefixsched``."""

from __future__ import annotations

from prefixsched.cli.main import main

if __name__ == "__main__":
    main()

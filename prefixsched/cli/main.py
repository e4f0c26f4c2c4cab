"""The ``prefixsched`` program: it hears Ctrl-C before it loads anything else."""

from __future__ import annotations

from prefixsched.cli import cut, streams


def main() -> None:
    """Run the program and exit."""
    streams.open_closed()  # before anything else is opened
    cut.watch()
    try:
        from prefixsched.cli.root import cli

        cli.main()
    except KeyboardInterrupt:  # before a command began
        cut.speak()
        cut.end(cut.UNANSWERED)
    except SystemExit as error:
        cut.end(error.code if isinstance(error.code, int) else int(error.code is not None))

"""The ``prefixsched`` program: it hears Ctrl-C before it loads anything else."""

from __future__ import annotations

import signal


def main() -> None:
    """Run the program and exit."""
    early: list[int] = []  # signals that came while the rest was loaded
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _: early.append(number))

    from prefixsched.cli import cut, streams

    streams.open_closed()  # before a pipe is opened, which would take their numbers
    try:
        streams.open_closed()  # before anything else is opened
        cut.watch(asked=bool(early))
        from prefixsched.cli.root import cli

        cli.main()
    except KeyboardInterrupt:  # before a command began
        cut.speak()
        cut.end(cut.UNANSWERED)
    except SystemExit as error:
        cut.end(error.code if isinstance(error.code, int) else int(error.code is not None))

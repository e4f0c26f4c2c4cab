"""Standard streams that are closed (``>&-``)."""

from __future__ import annotations

import os
import sys

BAD_INPUT = 2


def open_closed() -> None:
    """Put something in the place of standard streams that are closed.

    Else the files that are opened next would take their numbers, and what is
    printed would go into them. Without standard output there is no way to answer,
    which is told at once.
    """
    missing = [number for number in range(3) if not _is_open(number)]
    for number in missing:
        opened = os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)
        assert opened == number  # the least that is free
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123  # stays open until the end
    if 1 in missing:
        sys.stderr.write(
            "prefixsched: standard output is closed; send it to /dev/null if nobody is to read it\n"
        )
        sys.exit(BAD_INPUT)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True

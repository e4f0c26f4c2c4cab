"""What ends a command that was interrupted or is out of time, and what it prints then.

A command that is told to stop has a second for it. Searches heed that and give their best; what
runs on is left by a ``KeyboardInterrupt`` between two compiled calls; and where even that is not
heard, as inside a foreign library, a thread prints what is known and ends the process.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

from prefixsched import interrupt

if TYPE_CHECKING:
    from prefixsched.result import Progress

BEGAN = monotonic()
"""When the program began, but for the start of the interpreter."""
LEAVE = 0.35
"""Seconds past the limit, or an interrupt, after which what runs on is left."""
END = 0.85
"""Seconds after which the process ends, whatever it does."""
SHARE = 0.085
"""The same as a share of the limit, for streams of more than ``MANY`` queries."""
MANY = 12_000
UNANSWERED = 3


class Word:
    """What is known while a command runs, and how it is printed if that is cut short.

    Attributes
    ----------
    name, unit
        Of the instance at hand; the unit of its bracket.
    latest
        The last bracket of the search at hand; None before there is one.
    as_json
        Whether one JSON object is to be printed.
    fields
        Makes the object's fields from the last bracket.
    """

    def __init__(self) -> None:
        self.name = "prefixsched"
        self.unit = ""
        self.latest: Progress | None = None
        self.as_json = False
        self.fields: Callable[[Progress | None], dict[str, Any]] = lambda _: {}
        self.parts = 1

    def text(self, why: str) -> str:
        """The bracket in words."""
        from prefixsched.cli.tables import NOTHING, number
        from prefixsched.shown import shown

        if self.latest is None:
            return f"{shown(self.name)}: unknown; {why} before anything was found."
        low, high = (
            NOTHING if bound is None else number(bound if self.parts == 1 else bound / self.parts)
            for bound in (self.latest.lower_bound, self.latest.upper_bound)
        )
        return f"{shown(self.name)}: not settled, {why}; between {low} and {high} {self.unit}."

    def json(self, why: str) -> bytes:
        """The bracket as an object."""
        import msgspec

        from prefixsched.shown import escaped, json_escape

        known = self.latest
        general = {
            "instance": self.name,
            "status": "unknown" if known is None or known.upper_bound is None else "feasible",
            "lower_bound": None if known is None else known.lower_bound,
            "upper_bound": None if known is None else known.upper_bound,
            "ended": why,
        }
        text = msgspec.json.encode(general | self.fields(known)).decode()
        return escaped(text, escape=json_escape).encode()


word = Word()
_limit: float | None = None  # seconds that the command may take
_queries = 0
_pausing = threading.Lock()  # held while the command prints its own answer
_woken, _wakes = -1, -1  # the two ends of a pipe


def limit(seconds: float | None) -> None:
    """Let the command end after so many seconds, counted from the start of the program."""
    global _limit  # noqa: PLW0603 - one command a process
    _limit = seconds
    if _wakes >= 0:
        os.write(_wakes, b"\0")


def of_many(queries: int) -> None:
    """Take note of how many queries there are: many may be late by a share of the limit."""
    global _queries  # noqa: PLW0603 - one command a process
    _queries = max(_queries, queries)


def left(seconds: float | None) -> float | None:
    """What is left of a limit of so many seconds; None for no limit."""
    return None if seconds is None else max(0.0, BEGAN + seconds - monotonic())


@contextmanager
def printing() -> Iterator[None]:
    """A block that prints or writes an answer: it is not cut short, nor interrupted."""
    with interrupt.held(), _pausing:
        yield


def watch() -> None:
    """Begin to watch over the command, from the main thread."""
    global _woken, _wakes  # noqa: PLW0603 - one command a process
    interrupt.install()
    _woken, _wakes = os.pipe()
    os.set_blocking(_wakes, False)
    signal.set_wakeup_fd(_wakes, warn_on_full_buffer=False)
    threading.Thread(target=_watch, name="prefixsched-watch", daemon=True).start()


def _watch() -> None:
    """Hear signals at once, and what time it is."""
    asked: float | None = None  # when a stop was asked for
    late = False
    while True:
        due = [] if asked is None else [asked]
        if _limit is not None:
            due.append(BEGAN + _limit)
        begin = min(due, default=None)
        steps = () if begin is None else (begin, begin + LEAVE, begin + _end())
        ahead = [step for step in steps if step > monotonic()]
        wait = None if begin is None and not ahead else (ahead[0] - monotonic() if ahead else 0.0)
        ready, _, _ = select.select([_woken], [], [], wait)
        if ready and any(byte in (signal.SIGINT, signal.SIGTERM) for byte in os.read(_woken, 64)):
            asked = monotonic() if asked is None else asked
            interrupt.ask()
            continue
        if begin is None or ready:
            continue
        now = monotonic()
        if asked is None and not late:
            late = True
            interrupt.ask(late=True)
        elif now >= begin + _end():
            with _pausing:
                speak()
                _end_process()
        elif now >= begin + LEAVE:
            interrupt.leave()


def _end() -> float:
    return max(END, SHARE * (_limit or 0.0)) if _queries > MANY else END


def why() -> str:
    """Why the command ends before its answer."""
    return "interrupted" if interrupt.interrupted() else "out of time"


def speak() -> None:
    """Print what is known; nothing where standard output is closed."""
    line = word.json(why()) if word.as_json else word.text(why()).encode()
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        return


def _end_process() -> None:
    interrupt.end_children()
    if sys.stderr.isatty():
        os.write(2, b"\r\x1b[K\x1b[?25h")  # a live line may have hidden the cursor
    os._exit(UNANSWERED)

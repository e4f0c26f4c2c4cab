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
from contextlib import contextmanager, suppress
from time import monotonic, process_time
from typing import TYPE_CHECKING, Any, NoReturn

from prefixsched.runtime import interrupt

if TYPE_CHECKING:
    from prefixsched.offline.result import Progress

LEAVE = 0.3
"""Seconds past the limit, or an interrupt, after which what runs on is left."""
END = 0.7
"""Seconds after which the process ends, whatever it does."""
SHARE = 0.07
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
    parts
        What the bounds are to be divided by.
    queries
        How many there are.
    said
        Whether the answer was printed, or is about to be.
    """

    def __init__(self) -> None:
        self.name: str | None = None
        self.unit = ""
        self.latest: Progress | None = None
        self.as_json = False
        self.fields: Callable[[Progress | None], dict[str, Any]] = lambda _: {}
        self.parts = 1
        self.queries = 0
        self.said = False

    def text(self, why: str) -> str:
        """The bracket in words."""
        from prefixsched.cli.tables import NOTHING, number
        from prefixsched.io.escape import shown

        name = shown(self.name or "prefixsched")
        if self.latest is None:
            return f"{name}: unknown; {why} before anything was found."
        low, high = (
            NOTHING if bound is None else number(bound if self.parts == 1 else bound / self.parts)
            for bound in (self.latest.lower_bound, self.latest.upper_bound)
        )
        return f"{name}: not settled, {why}; between {low} and {high} {self.unit}."

    def json(self, why: str) -> bytes:
        """The bracket as an object."""
        import msgspec

        from prefixsched.io.escape import escaped, json_escape

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
_began = monotonic() - process_time()  # when the process did, as far as it had a core
_limit: float | None = None  # seconds that the command may take
_pausing = threading.Lock()  # held while the command prints its own answer
_woken, _wakes = -1, -1  # the two ends of a pipe


def begin() -> None:
    """Forget the command before, where one process runs several, as in tests."""
    global word, _began, _limit
    if _wakes < 0:
        word, _began, _limit = Word(), monotonic(), None


def note_json(_ctx: object, _param: object, given: bool) -> bool:
    """Take note of an option ``--json``, as click's callback."""
    word.as_json = given
    return given


def note_limit(_ctx: object, _param: object, seconds: float | None) -> float | None:
    """Take note of an option ``--time-limit``, as click's callback."""
    global _limit  # noqa: PLW0603 - one command at a time
    _limit = seconds
    if _wakes >= 0:
        os.write(_wakes, b"\0")
    return seconds


def elapsed() -> float:
    """Seconds that the command has taken."""
    return monotonic() - _began


def left(seconds: float | None) -> float | None:
    """What is left of a limit of so many seconds; None for no limit."""
    return None if seconds is None else max(0.0, _began + seconds - monotonic())


@contextmanager
def printing(*, last: bool = True) -> Iterator[None]:
    """A block that prints or writes an answer: it is not cut short; ``last`` if none follows."""
    with interrupt.undisturbed(), _pausing:
        word.said |= last
        yield


def watch(*, asked: bool = False) -> None:
    """Begin to watch over the command, from the main thread.

    Raises
    ------
    KeyboardInterrupt
        If its end was ``asked`` for before.
    """
    global _woken, _wakes
    interrupt.install()
    word.as_json = "--json" in sys.argv
    _woken, _wakes = os.pipe()
    os.set_blocking(_wakes, False)
    signal.set_wakeup_fd(_wakes, warn_on_full_buffer=False)
    threading.Thread(target=_watch, name="prefixsched-watch", daemon=True).start()
    if asked:
        interrupt.ask()
        raise KeyboardInterrupt


def _watch() -> None:
    """Hear signals at once, and what time it is."""
    asked: float | None = None  # when a stop was asked for
    late = False
    while True:
        due = [] if asked is None else [asked]
        if _limit is not None:
            due.append(_began + _limit)
        begin = min(due, default=None)
        steps = () if begin is None else (begin, begin + LEAVE, begin + _end())
        ahead = [step for step in steps if step > monotonic()]
        wait = None if begin is None and not ahead else (ahead[0] - monotonic() if ahead else 0.0)
        ready, _, _ = select.select([_woken], [], [], wait)
        if ready:
            heard = os.read(_woken, 64)
            if signal.SIGINT in heard or signal.SIGTERM in heard:
                asked = monotonic() if asked is None else asked
                interrupt.ask()
            continue
        if begin is None:
            continue
        now = monotonic()
        if asked is None and not late:
            late = True
            interrupt.ask(late=True)
        elif now >= begin + _end():
            with _pausing:
                if word.said:
                    return
                speak()
                _end_process()
        elif now >= begin + LEAVE:
            interrupt.leave()


def _end() -> float:
    return max(END, SHARE * (_limit or 0.0)) if word.queries > MANY else END


def why() -> str:
    """Why the command ends before its answer."""
    return "out of time" if interrupt.out_of_time() else "interrupted"


def speak() -> None:
    """Print what is known, once; nothing where standard output is closed."""
    if word.said:
        return
    word.said = True
    line = word.json(why()) if word.as_json else word.text(why()).encode()
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.flush()
    except (OSError, ValueError):
        return


def end(code: int) -> NoReturn:
    """End the process now, whatever its threads do, with what it printed."""
    signals = {signal.SIGINT, signal.SIGTERM}
    if hasattr(signal, "pthread_sigmask"):  # holds where Python gives its handlers back, too
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    for number in signals:
        signal.signal(number, signal.SIG_IGN)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    main = threading.main_thread()
    busy = any(not (thread is main or thread.daemon) for thread in threading.enumerate())
    # A KeyboardInterrupt inside exec() of a text, as in the making of a dataclass, has Python end
    # by the signal in the end, however it was handled.
    if busy or interrupt.stopped():
        interrupt.end_children()
        os._exit(code)
    sys.exit(code)


def _end_process() -> NoReturn:
    interrupt.end_children()
    if sys.stderr.isatty():
        os.write(2, b"\r\x1b[K\x1b[?25h")  # a live line may have hidden the cursor
    os._exit(UNANSWERED)

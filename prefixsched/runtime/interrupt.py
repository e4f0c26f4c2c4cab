"""Interrupts: Ctrl-C as a request to stop, which limits read, and nothing raised inside a kernel.

Python runs a signal's handler in the main thread, between two bytecodes, and so also between
those that a compiled function runs while it takes its arguments apart or makes its results.
It does not expect an exception there: one that the handler raises ends the process. So here

- while a search runs (:class:`cooperative`), the first signal only sets a flag, which every
  deadline reads (:mod:`prefixsched.runtime.limits`): the search ends as if its time were up, its
  threads too, and gives the best so far. What does not heed the flag within ``PATIENCE``
  seconds, or when asked twice, gets a ``KeyboardInterrupt``, but only between compiled calls;
- anywhere else a ``KeyboardInterrupt`` is raised as Python does, but after the compiled call
  (:class:`held`) that it came in.

While numba compiles, the main thread runs ordinary Python, in which raising is safe. Outside of
searches and compiled calls the signal's handler is whatever it was.

Threads that end a search wake the main thread by a signal of their own, ``WAKE``, never by
``SIGINT``: signals of one kind that come together are handled once or twice, so nobody could tell
theirs from Ctrl-C by counting.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    import subprocess

T = TypeVar("T")

PATIENCE = 0.5
"""Seconds for a search to heed a request: several times what a compiled call takes."""
GRACE = 0.2
"""Seconds past its deadline after which a search is left at the next safe place."""
HEEDED = 200
"""Queries up to which every stage of a search heeds its deadline soon enough."""
POLL = 0.02
"""Seconds between two looks at whether a foreign solver is to stop."""
WAKE = signal.SIGURG
"""What this process sends to its main thread; ignored where nobody handles it, so that one which
comes late does no harm."""

_MAIN = threading.main_thread().ident
children: set[subprocess.Popen[bytes]] = set()
"""Processes of foreign solvers, which this one ends."""


class _Ended(threading.Event):
    """Set when the outermost search has ended; until then it may be left at the times awaited."""

    def __init__(self) -> None:
        super().__init__()
        self.awaited: list[float] = []


class _State:
    """What was asked of this process, and what its main thread is in; one for each process."""

    def __init__(self) -> None:
        self.asked = 0  # requests to stop that the main thread heard
        self.told = False  # another thread told of a request
        self.deaf = False  # the main thread is not to be disturbed
        self.late = False  # whether the time of all is up
        self.searches = 0  # that read the flag
        self.calls = 0  # in which nothing may be raised
        self.compiling = 0  # nested compilations, in which it may be raised all the same
        self.compilers = 0  # the same, of all threads
        self.since = 0.0  # when the first of them began
        self.compiled = 0.0  # seconds in which some thread compiled
        self.pending = False  # an exception that waits for the end of a call
        self.raised = False  # one was raised, and may surface as another
        self.hurried = False  # the search is to be left
        self.leaving = False  # the program is
        self.installed = False  # the handler is in place...
        self.program = False  # ...for as long as the process lives
        self.deadline: float | None = None  # of the outermost search
        self.lock = threading.RLock()  # the handler may come while the main thread has it
        self.changing = False  # a block is about to begin or to end
        self.ended = _Ended()


_state = _State()


def stopped() -> bool:
    """Whether all searches are to stop: somebody asked for it, or a program's time is up."""
    return _state.asked > 0 or _state.told or _state.late


def out_of_time() -> bool:
    """Whether a program's time is up, and nobody asked for a stop before."""
    return _state.late and not interrupted()


def compile_seconds() -> float:
    """Seconds that this process has spent compiling so far."""
    return _state.compiled + (monotonic() - _state.since if _state.compilers else 0.0)


def interrupted() -> bool:
    """Whether somebody asked for a stop."""
    return _state.asked > 0 or _state.told


@contextmanager
def undisturbed() -> Iterator[None]:
    """A block of the main thread that requests to stop are only noted in."""
    _state.deaf = True
    try:
        yield
    finally:
        _state.deaf = False


def leave() -> None:
    """Raise in the main thread at the next safe place, from any thread."""
    _state.leaving = True
    _wake()


def ask(*, late: bool = False) -> None:
    """Ask all searches of this process to stop, from any thread; ``late`` if its time is up."""
    if late:
        _state.late = True
    else:
        _state.told = True


def hurry(at: float) -> None:
    """Raise in the main thread at a time by ``time.monotonic()``, if the search still runs.

    Once where it is asked for many times: a second exception would meet the first one's clean-up.
    """
    ended = _state.ended
    with _state.lock:
        if any(asked <= at for asked in ended.awaited):
            return
        ended.awaited.append(at)

    def wait() -> None:
        if ended.wait(max(0.0, at - monotonic())):
            return
        with _state.lock:  # the search doesn't end meanwhile
            ended.awaited.remove(at)
            if not ended.is_set():
                _state.hurried = True
                _wake()

    threading.Thread(target=wait, name="prefixsched-hurry", daemon=True).start()


def _wake() -> None:
    """Have the handler run in the main thread, even while that waits."""
    signal.pthread_kill(_MAIN or 0, WAKE)


def _handle(_signum: int, frame: FrameType | None) -> None:
    """Set the flag, and raise where that is safe and asked for."""
    if _state.changing:  # a block begins or ends, and asks for it afterwards
        _state.pending = True
        return
    _state.asked += 1
    if _state.deaf:
        return
    if _state.searches and _state.asked == 1:
        hurry(monotonic() + PATIENCE)
        return
    _raise(frame)


def _handle_wake(_signum: int, frame: FrameType | None) -> None:
    """Raise where that is safe, if a thread still wants it."""
    wanted = _state.hurried or _state.leaving
    if _state.changing or not wanted:
        return
    _state.hurried = _state.leaving = False
    if not _state.deaf:
        _raise(frame)


def _raise(frame: FrameType | None) -> None:
    """Raise where that is safe, else at the next place where it is."""
    if _state.calls and not _state.compiling:
        _state.pending = True
    elif _unsafe(frame):
        _later()
    else:
        _state.raised = True
        raise KeyboardInterrupt


def _unsafe(frame: FrameType | None) -> bool:
    """Whether an exception raised in ``frame`` would be lost, or would break something for good.

    A half-imported extension is never whole again; and LLVM calls back into Python through C.
    """
    while frame is not None:
        name = frame.f_code.co_filename
        if name == "<frozen importlib._bootstrap>" or ("llvmlite" in name and "binding" in name):
            return True
        frame = frame.f_back
    return False


def _on_lost(lost: sys.UnraisableHookArgs) -> None:
    """Try again where an interrupt was raised in a place that can't hand it on."""
    if issubclass(lost.exc_type, KeyboardInterrupt) and _state.raised:
        _later()
    else:
        sys.__unraisablehook__(lost)


def _later() -> None:
    """Have the handler run once more, a little later."""
    if _state.searches:
        hurry(monotonic() + POLL)
    elif _state.program:
        timer = threading.Timer(POLL, leave)
        timer.daemon = True
        timer.start()


def install() -> None:
    """Handle Ctrl-C and SIGTERM so in a program, until it ends; from its main thread."""
    _state.program = _state.installed = True
    sys.unraisablehook = _on_lost
    signal.signal(WAKE, _handle_wake)
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as in a job that runs behind
            signal.signal(number, _handle)


def _take_over() -> Any:
    """Put handlers in the place of others in Python; what stood there, or None.

    Until that is done the other may raise, so nothing else has changed by then; and from then
    on ``changing`` keeps these from raising until the block has begun.
    """
    before = signal.getsignal(signal.SIGINT)
    if not callable(before):
        return None
    woken = signal.getsignal(WAKE)
    _state.changing, _state.pending = True, False
    signal.signal(WAKE, _handle_wake)
    signal.signal(signal.SIGINT, _handle)
    _state.installed = True
    return before, woken


def _give_back(before: Any) -> None:
    """The last that a block does, with ``changing`` set: from here on the other may raise."""
    if before is not None:
        _state.installed = False
        interrupt, woken = before
        signal.signal(WAKE, woken)
        signal.signal(signal.SIGINT, interrupt)
    _state.changing = False


def end_children() -> None:
    """Kill the processes that searches began, as the process is about to end."""
    for child in list(children):
        child.kill()


def was_raised(kind: type[BaseException]) -> bool:
    """Whether an exception of this kind is an interrupt of ours, or may be what became of one."""
    return issubclass(kind, KeyboardInterrupt) or (_state.raised and issubclass(kind, Exception))


class cooperative:  # noqa: N801 - used as a statement
    """A block in which Ctrl-C ends searches by their limits, and nothing is raised beyond.

    When the outermost block of a process ends, the request is done with; in a program
    (:func:`install`) it stays for all that is to come.

    Parameters
    ----------
    deadline
        When the block is to end, by ``time.monotonic()``: compiling that takes longer is left,
        by a ``KeyboardInterrupt`` in the main thread.
    strict
        Whether all that goes on past the deadline is left so, ``GRACE`` seconds later.

    Attributes
    ----------
    interrupted
        After the block: whether somebody asked for a stop.
    """

    def __init__(self, deadline: float | None = None, *, strict: bool = False) -> None:
        self.deadline = deadline
        self.strict = strict
        self.main = threading.get_ident() == _MAIN
        self.before: Any = None
        self.interrupted = False

    def __enter__(self) -> Self:
        if self.main:
            if not _state.searches:
                if not _state.installed:
                    self.before = _take_over()
                    _state.asked = int(_state.pending)
                _state.deadline, _state.ended = self.deadline, _Ended()
            _state.searches += 1
            _state.changing, _state.pending = False, False
            if self.strict and self.deadline is not None and _state.searches == 1:
                hurry(self.deadline + GRACE)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        foreign = kind is not None and issubclass(kind, KeyboardInterrupt) and not _state.raised
        self.interrupted = interrupted() or foreign
        if not self.main:
            return foreign
        cut = kind is not None and was_raised(kind)
        if _state.searches > 1:
            _state.searches -= 1
            return cut
        _state.changing = True
        with _state.lock:  # from here on no thread of this search sends a signal
            _state.ended.set()
        _state.searches, _state.deadline = 0, None
        _state.hurried = False
        if not _state.program:
            _state.asked, _state.raised = 0, False
        _state.pending = False
        _give_back(self.before)
        return cut


class held:  # noqa: N801 - used as a statement
    """A block in which nothing is raised: an interrupt waits for its end."""

    def __init__(self) -> None:
        self.main = threading.get_ident() == _MAIN
        self.before: Any = None

    def __enter__(self) -> Self:
        if self.main:
            if not _state.installed:
                self.before = _take_over()
            _state.calls += 1
            _state.changing = False
        return self

    def __exit__(self, *_: object) -> None:
        if not self.main:
            return
        _state.changing = self.before is not None
        _state.calls -= 1
        cut = _state.pending and not _state.calls
        if cut:
            _state.pending, _state.raised = False, self.before is None
        if self.before is not None:
            _state.asked = 0  # a request ends with the call that it came in
            _give_back(self.before)
        if cut:
            raise KeyboardInterrupt


def call_held(function: Callable[..., T], args: tuple[Any, ...]) -> T:
    """``function(*args)``, which runs compiled code, with interrupts held back."""
    if threading.get_ident() != _MAIN:
        return function(*args)
    if not _state.installed:
        with held():
            return function(*args)
    _state.calls += 1
    try:
        return function(*args)
    finally:
        _state.calls -= 1
        if _state.pending and not _state.calls:
            _state.pending, _state.raised = False, True
            raise KeyboardInterrupt


def compiling(began: bool) -> None:
    """Take note that the calling thread begins to compile, or has done so."""
    if began and not _state.compilers:
        _state.since = monotonic()
    _state.compilers += 1 if began else -1
    if not began and not _state.compilers:
        _state.compiled += monotonic() - _state.since
    if threading.get_ident() != _MAIN:
        return
    _state.compiling += 1 if began else -1
    if began and _state.compiling == 1 and _state.searches and _state.deadline is not None:
        hurry(_state.deadline)

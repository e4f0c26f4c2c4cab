"""A solver in a process of its own, which a limit or an interrupt ends at once.

Some foreign solvers hold the interpreter's lock while they search, or take seconds to heed a
request to stop: nobody in the same process could hear of either. So they run in a child that
hands back what it finds as it goes, and is killed when no more is wanted.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from prefixsched.runtime.interrupt import POLL, children


def search_apart(module: str, told: object, over: Callable[[], bool]) -> Iterator[Any]:
    """Run ``module`` as a program that answers with :func:`serve`; yields what it finds.

    Parameters
    ----------
    module
        Its name, by which this interpreter can import it.
    told
        What the program is asked; it can be pickled.
    over
        Asked many times a second: whether to end the program.
    """
    folders = os.pathsep.join(path or os.curdir for path in sys.path)
    child = subprocess.Popen(  # noqa: S603 - this very interpreter
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C in a terminal is ours to hand on
        env={**os.environ, "PYTHONPATH": folders},
    )
    children.add(child)
    arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()
    assert child.stdin is not None
    assert child.stdout is not None
    output, end = child.stdout, object()

    def listen() -> None:
        with suppress(EOFError, pickle.UnpicklingError):  # the end of a child, maybe in mid-word
            while True:
                arrived.put(pickle.load(output))  # noqa: S301 - what this program wrote
        arrived.put(end)

    listener = threading.Thread(target=listen, name="prefixsched-apart", daemon=True)
    try:
        with child.stdin as into:
            pickle.dump(told, into)
        listener.start()
        while not over():
            with suppress(queue.Empty):
                news = arrived.get(timeout=POLL)
                if news is end:
                    if child.wait() != 0:
                        raise RuntimeError(f"{module} failed; please report this")
                    break
                yield news
    finally:
        child.kill()
        child.wait()
        children.discard(child)


def serve(answer: Callable[..., Iterable[object]]) -> None:
    """Be the program: hand what was told to ``answer``, and hand back what that yields.

    It ends when nobody listens any more.
    """
    told = pickle.load(sys.stdin.buffer)  # noqa: S301 - what this program wrote
    output, sys.stdout = sys.stdout.buffer, sys.stderr  # so that no solver's words get between
    parent = os.getppid()
    for news in answer(*told):
        if os.getppid() != parent:
            return
        output.write(pickle.dumps(news))
        output.flush()

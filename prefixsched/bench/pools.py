"""Where tasks run: here, or in processes that are replaced when they die."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Collection, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from prefixsched.model.errors import InputError
from prefixsched.runtime import interrupt

T = TypeVar("T")
Call = tuple[Any, ...]

RETRIES = 3
"""How often a call is begun again whose process has died."""
MOST_FAILED = 20
"""How many processes may die in a row, none of which did anything."""
PATIENCE = 0.2
"""Seconds for a process to hear that it is to end."""
ENDED = 1
"""The exit status of a process that was told to end; nobody reads it."""


def run_here(function: Callable[..., T], calls: Sequence[Call]) -> Generator[T, None, None]:
    """One after another, in this process."""
    for call in calls:
        yield function(*call)


def run_in_processes(
    function: Callable[..., T], calls: Sequence[Call], jobs: int
) -> Generator[T, None, None]:
    """In ``jobs`` processes; one that dies is replaced, and what it did is begun again.

    Each process is a pool of its own, with one call at a time: a death costs
    that call alone, and is held against no other; while it begins, against none.

    Raises
    ------
    InputError
        If processes die ``1 + RETRIES`` times over the same call, or as they begin.
    """
    waiting = [_Attempts(call) for call in reversed(calls)]
    others = set(multiprocessing.active_children())
    pool = _Pool()
    try:
        for _ in range(min(jobs, len(calls))):
            pool.begin()
        running: dict[Future[Any], _Attempts] = {}
        while waiting or running:
            while waiting and pool.idle:
                attempts = waiting.pop()
                running[pool.submit(function, attempts.call)] = attempts
            for future in pool.done():
                tried = running.pop(future, None)
                try:
                    result = future.result()
                except BrokenProcessPool:
                    if tried is not None:
                        tried.count_death()
                        waiting.insert(0, tried)  # last: it may kill whoever takes it
                    pool.replace(future)
                else:
                    pool.release(future)
                    if tried is not None:
                        yield result
    except BaseException:  # an interrupt, or a failure: nobody waits for the others' results
        _end(set(multiprocessing.active_children()) - others)
        raise
    finally:
        pool.shut_down()


class _Pool:
    """Processes with one call at a time each, idle once they have begun.

    Attributes
    ----------
    idle
        Those that wait for a call.
    busy
        Those that begin or work, by what they will have done.
    failed
        How many have died in a row as they began.
    """

    def __init__(self) -> None:
        self.idle: list[ProcessPoolExecutor] = []
        self.busy: dict[Future[Any], ProcessPoolExecutor] = {}
        self.failed = 0

    def begin(self) -> None:
        """Have one more process."""
        # A fresh interpreter: a fork of a process that has threads may hang.
        context = multiprocessing.get_context("spawn")
        worker = ProcessPoolExecutor(1, mp_context=context, initializer=_begin)
        self.busy[worker.submit(_load)] = worker

    def submit(self, function: Callable[..., T], call: Call) -> Future[T]:
        """Give a call to one that is idle; if it is dead, the future says so."""
        worker = self.idle.pop()
        try:
            future = worker.submit(function, *call)
        except BrokenProcessPool as error:
            future = Future()
            future.set_exception(error)
        self.busy[future] = worker
        return future

    def done(self) -> set[Future[Any]]:
        """What has come of some that were busy."""
        return wait(self.busy, return_when=FIRST_COMPLETED).done

    def release(self, future: Future[Any]) -> None:
        """Take note that a process has done what it was to do."""
        self.failed = 0
        self.idle.append(self.busy.pop(future))

    def replace(self, future: Future[Any]) -> None:
        """Begin another process for one that died.

        Raises
        ------
        InputError
            If many did in a row, and none lived to do anything.
        """
        self.failed += 1
        if self.failed > MOST_FAILED:
            raise InputError("jobs: processes die as they begin; give fewer --jobs")
        self.busy.pop(future).shutdown(wait=False)
        self.begin()

    def shut_down(self) -> None:
        """Let all go, and wait until they have: what they share is freed then."""
        for worker in [*self.idle, *self.busy.values()]:
            worker.shutdown(cancel_futures=True)


@dataclass
class _Attempts:
    """A call, and how many processes have died over it."""

    call: Call
    deaths: int = field(default=0, init=False)

    def count_death(self) -> None:
        self.deaths += 1
        if self.deaths > RETRIES:
            raise InputError(
                "jobs: processes keep dying over the same task, maybe for want of memory; "
                "give fewer --jobs"
            )


def _load() -> None:
    """Import what tasks need, which takes seconds, and is no task's fault if it fails."""
    import prefixsched.bench.work  # noqa: F401


def _end(processes: Collection[BaseProcess]) -> None:
    """End processes: at once if they hear it, and soon if they don't."""
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(PATIENCE)
        process.kill()


def _begin() -> None:
    """What each process does first."""
    # Ctrl-C, which every process of a terminal gets, is the parent's to act on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    heard, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGTERM, lambda *_: None)  # the thread acts on it, also amid a kernel
    threading.Thread(target=_end_when_told, args=(heard,), daemon=True).start()


def _end_when_told(heard: int) -> None:
    """Wait for the parent's end, however it comes, or SIGTERM, and end at once, children too.

    The sentinel of ``parent_process`` is a pipe of which the parent holds the
    other end, so that a kill is heard on every system.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None
    multiprocessing.connection.wait([parent.sentinel, heard])
    interrupt.end_children()
    os._exit(ENDED)

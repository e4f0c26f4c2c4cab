"""Where tasks run: here, or in processes that are replaced when they die."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any, TypeVar

from prefixsched import interrupt
from prefixsched.errors import InputError

T = TypeVar("T")
Call = tuple[Any, ...]

RETRIES = 3
"""How often a call is begun again whose process has died."""
ORPHANED = 1
"""The exit status of a process whose parent is gone; nobody is left to read it."""


def run_here(function: Callable[..., T], calls: Sequence[Call]) -> Generator[T, None, None]:
    """One after another, in this process."""
    for call in calls:
        yield function(*call)


def run_in_processes(
    function: Callable[..., T], calls: Sequence[Call], jobs: int
) -> Generator[T, None, None]:
    """In ``jobs`` processes; one that dies is replaced, and what it did is begun again.

    Each process is a pool of its own, with one call at a time: a death costs
    that call alone, and is held against no other.

    Raises
    ------
    InputError
        If processes die ``1 + RETRIES`` times over the same call.
    """
    waiting = [_Attempts(call) for call in reversed(calls)]
    others = set(multiprocessing.active_children())
    idle = [_worker() for _ in range(min(jobs, len(calls)))]
    running: dict[Future[T], tuple[ProcessPoolExecutor, _Attempts]] = {}
    try:
        while waiting or running:
            while waiting and idle:
                worker, attempts = idle.pop(), waiting[-1]
                try:
                    future = worker.submit(function, *attempts.call)
                except BrokenProcessPool:  # it died with nothing to do
                    idle.append(_replaced(worker))
                    continue
                running[future] = worker, waiting.pop()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                worker, attempts = running.pop(future)
                try:
                    result = future.result()
                except BrokenProcessPool:
                    attempts.count_death()
                    waiting.append(attempts)
                    idle.append(_replaced(worker))
                else:
                    idle.append(worker)
                    yield result
    except BaseException:  # an interrupt, or a failure: nobody waits for the others' results
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        for worker in [*idle, *(worker for worker, _ in running.values())]:
            worker.shutdown(wait=False, cancel_futures=True)


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


def _worker() -> ProcessPoolExecutor:
    # A fresh interpreter: a fork of a process that has threads may hang.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=_begin)


def _replaced(worker: ProcessPoolExecutor) -> ProcessPoolExecutor:
    worker.shutdown(wait=False)
    return _worker()


def _begin() -> None:
    """What each process does first."""
    # Ctrl-C, which every process of a terminal gets, is the parent's to act on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait for the parent's end, however it comes, and end this process and its own at once.

    The sentinel of ``parent_process`` is a pipe of which the parent holds the
    other end, so that a kill is heard on every system.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    interrupt.end_children()
    os._exit(ORPHANED)

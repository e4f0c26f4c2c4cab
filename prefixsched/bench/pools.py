"""Where tasks run: here, in processes, or on a dask cluster; results come as they are done."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from prefixsched.errors import InputError

T = TypeVar("T")
Call = tuple[Any, ...]

RETRIES = 3
"""How often a call is begun again whose process has died."""
CONNECT_SECONDS = 10


def run_here(function: Callable[..., T], calls: Sequence[Call]) -> Generator[T, None, None]:
    """One after another, in this process."""
    for call in calls:
        yield function(*call)


def run_in_processes(
    function: Callable[..., T], calls: Sequence[Call], jobs: int
) -> Generator[T, None, None]:
    """In ``jobs`` processes; those that die are replaced, and what they did is begun again.

    Raises
    ------
    InputError
        If processes keep dying.
    """
    waiting = list(reversed(calls))
    others = set(multiprocessing.active_children())
    for _ in range(1 + RETRIES):
        running: dict[Any, Call] = {}
        # A fresh interpreter each: a fork of a process that has threads may hang.
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_leave_interrupts)
        try:
            while waiting or running:
                while waiting and len(running) < 2 * jobs:
                    call = waiting.pop()
                    running[pool.submit(function, *call)] = call
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    result = future.result()
                    del running[future]
                    yield result
        except BrokenProcessPool:
            waiting += running.values()
        except BaseException:  # an interrupt, or a failure: nobody waits for the others' results
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
            raise
        else:
            return
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    raise InputError("jobs: processes keep dying, maybe for want of memory; give fewer --jobs")


def _leave_interrupts() -> None:
    """Let Ctrl-C, which every process of a terminal gets, be the parent's to act on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def run_on_dask(
    function: Callable[..., T], calls: Sequence[Call], address: str
) -> Generator[T, None, None]:
    """On the workers of a dask.distributed scheduler; what a lost worker did is begun again.

    Raises
    ------
    InputError
        If the package is missing, no scheduler answers, or workers keep dying.
    """
    try:
        from distributed import Client, as_completed
        from distributed.scheduler import KilledWorker
    except ModuleNotFoundError as error:
        raise InputError(
            "dask: distributed isn't installed; pip install '.[cluster]' in a checkout"
        ) from error
    try:
        client = Client(  # type: ignore[no-untyped-call]
            address, timeout=CONNECT_SECONDS, set_as_default=False
        )
    except (OSError, ValueError) as error:
        raise InputError(
            f"dask: no scheduler answers at {address!r}; start one with: dask scheduler"
        ) from error
    with client:
        if not client.scheduler_info(n_workers=-1)["workers"]:
            raise InputError(
                f"dask: the scheduler at {address!r} has no workers; start some with: "
                f"dask worker {address}"
            )
        futures = [client.submit(function, *call, pure=False, retries=RETRIES) for call in calls]
        try:
            for future in as_completed(futures, loop=client.loop):  # type: ignore[no-untyped-call]
                yield future.result()
                future.release()
        except KilledWorker as error:
            raise InputError(f"dask: workers keep dying: {error}; give them more memory") from error
        finally:
            client.cancel(futures, force=True)  # type: ignore[no-untyped-call]

"""Tasks on the workers of a dask.distributed scheduler."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from prefixsched.bench.pools import RETRIES, Call
from prefixsched.model.errors import InputError

T = TypeVar("T")

CONNECT_SECONDS = 10.0
"""How long a scheduler may take to answer; an idle one takes some milliseconds."""
POLL_SECONDS = 1.0
"""How often a run that has no news looks after the scheduler and its workers."""
ABSENCE_SECONDS = 15.0
"""How long there may be no worker at all: a nanny takes up to five seconds to replace one."""
LOGGERS = ("distributed", "tornado", "asyncio")
"""Whose messages are held back: they are tracebacks of what one line says here."""


def run_on_dask(
    function: Callable[..., T], calls: Sequence[Call], address: str
) -> Generator[T, None, None]:
    """On the workers of a scheduler; what a lost worker did is begun again.

    Raises
    ------
    InputError
        If the package is missing, no scheduler answers or it has no workers;
        if it or all workers go away, or workers keep dying over one call.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise InputError(
            "dask: distributed isn't installed; pip install 'prefixsched[cluster]'"
        ) from error
    with _quiet():
        _probe(address)
        try:
            client = Client(  # type: ignore[no-untyped-call]
                address, timeout=CONNECT_SECONDS, set_as_default=False
            )
        except (OSError, ValueError, TypeError) as error:
            raise _nobody(address) from error
        try:
            if not _workers(client):
                raise InputError(
                    f"dask: the scheduler at {address!r} has no workers; start some with: "
                    f"dask worker {address}"
                )
            yield from _results(client, function, calls, address)
        finally:
            client.close(timeout=POLL_SECONDS)  # type: ignore[no-untyped-call]


def _results(
    client: Any, function: Callable[..., T], calls: Sequence[Call], address: str
) -> Generator[T, None, None]:
    """What the calls return, as they are done; no wait is longer than the checks allow."""
    from distributed.scheduler import KilledWorker

    done: SimpleQueue[Any] = SimpleQueue()
    futures = {}
    for call in calls:
        future = client.submit(function, *call, pure=False, retries=RETRIES)
        futures[future.key] = future
        future.add_done_callback(done.put)
    seen = time.monotonic()  # when there was a worker
    try:
        while futures:
            try:
                future = done.get(timeout=POLL_SECONDS)
            except Empty:
                seen = _still_there(client, seen, address)
                continue
            try:
                result = future.result(timeout=POLL_SECONDS)
            except TimeoutError:  # its worker is gone with the result, which is made again
                seen = _still_there(client, seen, address)
                done.put(future)
                continue
            del futures[future.key]
            future.release()
            seen = time.monotonic()
            yield result
    except KilledWorker as error:
        raise InputError(f"dask: workers keep dying: {error}; give them more memory") from error
    except CancelledError as error:
        raise _gone(address) from error
    finally:
        if client.status == "running":
            client.cancel(list(futures.values()), force=True)


def _still_there(client: Any, seen: float, address: str) -> float:
    """When a worker was last there.

    Raises
    ------
    InputError
        If the scheduler is gone, or there was none for too long.
    """
    if client.status != "running":
        raise _gone(address)
    now = time.monotonic()
    if _workers(client):
        return now
    if now - seen > ABSENCE_SECONDS:
        raise InputError(
            f"dask: all workers of {address!r} are gone; start some, and go on with --resume"
        )
    return seen


def _workers(client: Any) -> int:
    return len(client.scheduler_info(n_workers=-1)["workers"])


def _probe(address: str) -> None:
    """Shake hands with a scheduler, which :class:`Client` would wait for without end.

    Raises
    ------
    InputError
        If the address can't be right, or whoever is there is no scheduler.
    """
    from distributed.comm.addressing import parse_address
    from distributed.comm.core import connect
    from distributed.comm.registry import get_backend
    from distributed.security import Security

    try:
        scheme, place = parse_address(address)
        known = scheme != "tcp" or _is_host_and_port(place)
        get_backend(scheme)
    except ValueError:
        known = False
    if not known:
        raise InputError(f"dask: {address!r} is no address; give one as tcp://localhost:8786")

    async def greet() -> None:
        secured = Security().get_connection_args("client")  # type: ignore[no-untyped-call]
        found = connect(address, timeout=CONNECT_SECONDS, **secured)  # type: ignore[no-untyped-call]
        comm = await asyncio.wait_for(found, CONNECT_SECONDS + POLL_SECONDS)
        comm.abort()

    try:
        asyncio.run(greet())
    except Exception as error:  # whatever reading a stranger's answer as a scheduler's comes to
        raise _nobody(address) from error


def _is_host_and_port(place: str) -> bool:
    host, _, port = place.rpartition(":")
    return bool(host) and port.isascii() and port.isdigit() and 0 < int(port) < 2**16


def _nobody(address: str) -> InputError:
    return InputError(f"dask: no scheduler answers at {address!r}; start one with: dask scheduler")


def _gone(address: str) -> InputError:
    return InputError(
        f"dask: the scheduler at {address!r} is gone; start it again, and go on with --resume"
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what the cluster's packages log while the block lasts."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in LOGGERS]
    before = {name: logging.getLogger(name).level for name in {*names, *LOGGERS}}
    for name in before:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)

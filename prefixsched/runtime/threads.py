"""Compiled code and foreign solvers in threads of their own, which a stop ends or leaves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from prefixsched.runtime import interrupt
from prefixsched.runtime.interrupt import POLL, stopped

T = TypeVar("T")


def beside(
    calls: Sequence[Callable[[], T]],
    stop: Callable[[], object],
    over: Callable[[], bool] = stopped,
) -> list[T]:
    """Run compiled code for long in threads of its own, so that this one hears Ctrl-C.

    Parameters
    ----------
    calls
        Each runs in a thread; they must let go of the interpreter's lock.
    stop
        Makes them end soon; called once ``over`` says so.
    over
        Asked many times a second: whether a stop was asked for, or the time is up.

    Returns
    -------
    list
        What the calls returned; what one raised is raised here.

    Raises
    ------
    KeyboardInterrupt
        If one doesn't end ``PATIENCE`` seconds after it was told to.
    """
    workers = [_Worker(call) for call in calls]
    try:
        for worker in workers:
            while worker.is_alive() and not over():
                worker.join(POLL)
            if worker.is_alive():
                stop()
                worker.join(interrupt.PATIENCE)
            if worker.is_alive():
                break  # it is left, as what heeds no limit
    except BaseException:
        stop()
        raise
    if any(worker.is_alive() for worker in workers):
        raise KeyboardInterrupt
    return [worker.answer() for worker in workers]


class _Worker(threading.Thread, Generic[T]):
    """A thread that keeps what its call returns or raises; it begins at once."""

    def __init__(self, call: Callable[[], T]) -> None:
        super().__init__(name="prefixsched-worker", daemon=True)
        self.call = call
        self.returned: list[T] = []
        self.raised: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.returned.append(self.call())
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            self.raised = error

    def answer(self) -> T:
        if self.raised is not None:
            raise self.raised
        return self.returned[0]

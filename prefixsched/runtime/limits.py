"""Deadlines: the clock that limits are read from, and a stop that was asked for."""

from __future__ import annotations

from time import monotonic

from prefixsched.runtime.interrupt import compile_seconds, stopped

__all__ = ["Stopwatch", "expired", "in_seconds", "now", "remaining", "stopped", "until"]


def now() -> float:
    """Seconds by a clock that only goes on."""
    return monotonic()


class Stopwatch:
    """Time from here on, and how much of it went into compiling."""

    def __init__(self) -> None:
        self.began = monotonic()
        self.compiled = compile_seconds()

    @property
    def compiling(self) -> float:
        """Seconds spent on compiling."""
        return compile_seconds() - self.compiled

    @property
    def seconds(self) -> float:
        """All others."""
        return max(0.0, monotonic() - self.began - self.compiling)


def in_seconds(seconds: float | None) -> float | None:
    """The deadline that is ``seconds`` away; None for none."""
    return None if seconds is None else monotonic() + seconds


def until(deadline: float) -> float:
    """Seconds until a deadline, below 0 once it is past."""
    return deadline - monotonic()


def remaining(deadline: float | None) -> float | None:
    """Seconds left, at least 0, and 0 once a stop was asked for; None for no limit."""
    if stopped():
        return 0.0
    return None if deadline is None else max(0.0, deadline - monotonic())


def expired(deadline: float | None) -> bool:
    """Whether the time is up, or a stop was asked for."""
    return stopped() or (deadline is not None and monotonic() >= deadline)

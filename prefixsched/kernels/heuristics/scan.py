"""Forward and backward scans of an order: times, lateness maps and tardiness by place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.heuristics.segments import NEVER, step
from prefixsched.kernels.heuristics.window import Window, lateness_after
from prefixsched.kernels.jit import kernel


class Scan(NamedTuple):
    """What holds at each place of a sequence; ``[m + 1]`` each, the last for what follows.

    Parameters
    ----------
    time
        When the server comes to the place.
    setup
        The set-up of the query there.
    worst
        The largest lateness before it.
    slope, level
        The largest lateness from it on, as a map of ``time``.
    tail
        The tardiness beyond the target from it on.
    tardy
        How many tardy queries a delay at the place reaches before the next idling.
    """

    time: IntArray
    setup: IntArray
    worst: IntArray
    slope: IntArray
    level: IntArray
    tail: IntArray
    tardy: IntArray


@kernel
def empty_scan(size: int) -> Scan:
    """Room for a sequence of ``size``."""
    return Scan(
        np.empty(size + 1, np.int64),
        np.empty(size + 1, np.int64),
        np.empty(size + 1, np.int64),
        np.empty(size + 1, np.int64),
        np.empty(size + 1, np.int64),
        np.empty(size + 1, np.int64),
        np.empty(size + 1, np.int64),
    )


@kernel
def scan_forward(window: Window, seq: IntArray, m: int, first: int, start: int, out: Scan) -> None:
    """Fill ``time``, ``setup`` and ``worst`` for the first ``m`` of ``seq``, from ``start`` on.

    ``first`` is served before ``seq``; what holds at place ``start`` is there already.
    """
    time = out.time[start]
    worst = out.worst[start]
    last = seq[start - 1] if start > 0 else first
    for k in range(start, m):
        j = seq[k]
        setup = window.setup[last, j]
        time = step(window.anticipatory, time, setup, window.release[j])
        worst = max(worst, time - window.due[j])
        out.setup[k] = setup
        out.time[k + 1] = time
        out.worst[k + 1] = worst
        last = j


@kernel
def end_of_window(window: Window, m: int, last: int, target: int, out: Scan) -> None:
    """Fill the maps at place ``m``, where the window ends after ``last``."""
    out.slope[m] = NEVER
    out.level[m] = NEVER
    if window.after_slope != NEVER:
        setup = window.setup[last, window.release.size]
        out.slope[m] = setup + window.after_slope
        out.level[m] = lateness_after(window, NEVER, setup)
    late = max(out.time[m] + out.slope[m], out.level[m]) - target
    out.tail[m] = max(0, late)
    out.tardy[m] = 1 if late > 0 else 0


@kernel
def end_within(whole: Scan, place: int, m: int, target: int, out: Scan) -> None:
    """Fill the maps at ``m``, where the whole order goes on from ``place``; tail is an estimate."""
    out.slope[m] = whole.slope[place]
    out.level[m] = whole.level[place]
    out.tardy[m] = whole.tardy[place]
    late = max(out.time[m] + out.slope[m], out.level[m]) - target
    delayed = whole.tail[place] + (out.time[m] - whole.time[place]) * whole.tardy[place]
    out.tail[m] = max(0, late, delayed)


@kernel
def scan_backward(window: Window, seq: IntArray, m: int, target: int, out: Scan) -> None:
    """Fill the maps before place ``m``, after :func:`scan_forward`."""
    for k in range(m - 1, -1, -1):
        j = seq[k]
        setup = out.setup[k]
        rest = max(-window.due[j], out.slope[k + 1])
        out.slope[k] = setup + rest
        alone = step(window.anticipatory, NEVER, setup, window.release[j])
        out.level[k] = max(alone + rest, out.level[k + 1])
        late = out.time[k + 1] - window.due[j] - target
        idle = out.time[k] < window.release[j]
        out.tail[k] = out.tail[k + 1] + max(0, late)
        out.tardy[k] = (0 if idle else out.tardy[k + 1]) + (1 if late > 0 else 0)

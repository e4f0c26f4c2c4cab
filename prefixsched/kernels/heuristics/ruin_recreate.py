"""Ruin and recreate in a window, for a cache of the last prompt.

A move takes out a query with some of its neighbours, by prefix or by time, and
short strings of the order around each of them, then puts all back one by one
where it costs least. With the map of every suffix at hand (see
:mod:`prefixsched.kernels.heuristics.segments`) the largest lateness after an insertion is
exact in O(1); the growth of total tardiness is estimated from the number of
tardy queries that would be delayed. Only the part of the order where the
removed queries can go is rebuilt. The new order is assessed exactly, as far as
its times differ, and accepted as in simulated annealing, on total tardiness
beyond a target below the best largest lateness. Strings after Christiaens and
Vanden Berghe, "Slack Induction by String Removals" (Transportation Science 54,
2020); a falling target in place of a min-max objective after the feasibility
phase of da Silva and Urrutia, "A General VNS heuristic for the TSPTW" (Discrete
Optimization 7, 2010).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.heuristics.scan import (
    Scan,
    empty_scan,
    end_of_window,
    end_within,
    scan_backward,
    scan_forward,
)
from prefixsched.kernels.heuristics.segments import NEVER, step
from prefixsched.kernels.heuristics.window import Window, exponential, lateness_after
from prefixsched.kernels.jit import kernel

MAX_BLINK_GAP = 128
"""Places between two that are overlooked, at most: on average every 64th is, which keeps insertion
from repeating itself."""
MAX_STRING = 4
"""Queries of the longest string taken out around a query."""
MARGIN_PLACES = 8
"""Places beyond those where the removed queries would be in time."""


@kernel
def _scan_whole(window: Window, order: IntArray, target: int, out: Scan) -> None:
    w = order.size
    out.time[0] = window.begin
    out.worst[0] = NEVER
    scan_forward(window, order, w, w, 0, out)
    end_of_window(window, w, order[w - 1], target, out)
    scan_backward(window, order, w, target, out)


@kernel
def _centre(order: IntArray, scan: Scan, rng: np.random.Generator) -> int:
    """A place: any, one up to the last tardy query, or shortly before a tardy one."""
    w = order.size
    rule = rng.integers(0, 3)
    if rule == 0 or scan.tail[0] == scan.tail[w]:
        return rng.integers(0, w)
    drawn = scan.tail[w]
    if rule == 1:
        drawn += rng.integers(0, scan.tail[0] - scan.tail[w])
    low, high = 0, w  # the last place from which on more than what was drawn is tardy
    while high - low > 1:
        middle = (low + high) // 2
        if scan.tail[middle] > drawn:
            low = middle
        else:
            high = middle
    if rule == 1:
        return max(0, low - rng.integers(0, 8 * MAX_STRING))
    return rng.integers(0, low + 1)


@kernel
def _ruin(
    window: Window,
    order: IntArray,
    place: IntArray,
    centre: int,
    target: int,
    want: int,
    gone: npt.NDArray[np.bool_],
    removed: IntArray,
    rng: np.random.Generator,
) -> int:
    """Choose up to ``want`` queries about a place, into ``removed``; returns how many."""
    w = order.size
    heart = order[centre]
    neighbours = window.near_release if rng.integers(0, 3) == 0 else window.near_prefix
    count = 0
    q = heart
    at = 0
    while True:
        # Neighbours that can't both be in time and together are of no use to each other.
        apart = (
            window.release[q] > window.due[heart] + target
            or window.release[heart] > window.due[q] + target
        )
        if at == 0 or not (gone[q] or apart or rng.integers(0, 4) == 0):
            string = rng.integers(1, MAX_STRING + 1)
            start = place[q] - rng.integers(0, string)
            for k in range(max(start, 0), min(start + string, w)):
                if count < want and not gone[order[k]]:
                    gone[order[k]] = True
                    removed[count] = order[k]
                    count += 1
        if count == want or at == neighbours.shape[1]:
            return count
        q = neighbours[heart, at]
        at += 1


@kernel
def _arrange(window: Window, removed: IntArray, count: int, rng: np.random.Generator) -> None:
    """Put the removed queries in the order of insertion: random, urgent first or last."""
    rule = rng.integers(0, 3)
    for i in range(count):
        pick = i
        if rule == 0:
            pick = int(rng.integers(i, count))
        else:
            for h in range(i + 1, count):
                sooner = window.due[removed[h]] - window.due[removed[pick]]
                if (sooner < 0) if rule == 1 else (sooner > 0):
                    pick = h
        removed[i], removed[pick] = removed[pick], removed[i]


@kernel
def _range(
    window: Window,
    place: IntArray,
    removed: IntArray,
    count: int,
    target: int,
    scan: Scan,
) -> tuple[int, int]:
    """The half-open range of places in which the removed queries lie and can be in time."""
    w = place.size
    low, high = w, 0
    soonest = INFINITY
    latest = NEVER
    for i in range(count):
        j = removed[i]
        low = min(low, place[j])
        high = max(high, place[j] + 1)
        soonest = min(soonest, window.release[j])
        latest = max(latest, window.due[j] + target)
    while low > 0 and scan.time[low] > soonest:
        low -= 1
    low = max(0, low - 1)
    while high < w and scan.time[high] < latest:
        high += 1
    return low, min(w, high + MARGIN_PLACES)


@kernel
def _best_place(
    window: Window,
    seq: IntArray,
    m: int,
    places: int,
    first: int,
    j: int,
    target: int,
    scan: Scan,
    rng: np.random.Generator,
) -> int:
    """Before which of the first ``places`` of ``seq`` to put ``j``.

    Where tardiness grows least, the delay of what follows added.
    """
    w = window.release.size
    rule = window.anticipatory
    chosen = places - 1
    least = INFINITY
    blink = rng.integers(1, MAX_BLINK_GAP)
    for k in range(places):
        if k < places - 1 and scan.time[k + 1] <= window.release[j]:
            continue  # a place later the server still has to wait for it
        blink -= 1
        if blink == 0:
            blink = rng.integers(1, MAX_BLINK_GAP)
            continue
        last = seq[k - 1] if k > 0 else first
        end = step(rule, scan.time[k], window.setup[last, j], window.release[j])
        growth = max(0, end - window.due[j] - target)
        if growth >= least:
            break  # it only gets later
        if k < m:
            q = seq[k]
            then = step(rule, end, window.setup[j, q], window.release[q])
            delay = then - scan.time[k + 1]
            growth += max(0, then - window.due[q] - target)
            late = max(then + scan.slope[k + 1], scan.level[k + 1]) - target
            growth += max(0, late, scan.tail[k + 1] + delay * scan.tardy[k + 1])
        else:
            delay = end - scan.time[k]
            growth += max(0, lateness_after(window, end, window.setup[j, w]) - target)
        growth += delay - scan.tail[k]
        if growth < least:
            least = growth
            chosen = k
    return chosen


@kernel
def _recreate(
    window: Window,
    order: IntArray,
    low: int,
    high: int,
    whole: Scan,
    part: Scan,
    target: int,
    removed: IntArray,
    count: int,
    gone: npt.NDArray[np.bool_],
    trial: IntArray,
    rng: np.random.Generator,
) -> int:
    """Rebuild places ``low`` to ``high`` into ``trial``; returns how many it then holds.

    The query at ``high``, if any, comes last and stays there.
    """
    w = order.size
    first = order[low - 1] if low > 0 else w
    fixed = high < w
    m = 0
    for k in range(low, min(high + 1, w)):
        if not gone[order[k]]:
            trial[m] = order[k]
            m += 1
    part.time[0] = whole.time[low]
    part.worst[0] = whole.worst[low]
    start = 0
    for i in range(count):
        scan_forward(window, trial, m, first, start, part)
        if fixed:
            end_within(whole, high + 1, m, target, part)
        else:
            end_of_window(window, m, trial[m - 1] if m > 0 else first, target, part)
        scan_backward(window, trial, m, target, part)
        places = m if fixed else m + 1
        start = _best_place(window, trial, m, places, first, removed[i], target, part, rng)
        for h in range(m, start, -1):
            trial[h] = trial[h - 1]
        trial[start] = removed[i]
        gone[removed[i]] = False
        m += 1
    return m


@kernel
def _assess(
    window: Window,
    order: IntArray,
    low: int,
    trial: IntArray,
    m: int,
    target: int,
    whole: Scan,
    limit: int,
) -> tuple[int, int]:
    """The largest lateness and the total tardiness with ``trial`` from place ``low`` on.

    Both are exact unless the tardiness is past ``limit``; from where the times
    are those of before on, nothing is looked at.
    """
    w = order.size
    time = whole.time[low]
    worst = whole.worst[low]
    total = whole.tail[0] - whole.tail[low]
    last = order[low - 1] if low > 0 else w
    for k in range(low, w):
        inside = k < low + m
        if not inside and time == whole.time[k]:
            return max(worst, time + whole.slope[k], whole.level[k]), total + whole.tail[k]
        j = trial[k - low] if inside else order[k]
        time = step(window.anticipatory, time, window.setup[last, j], window.release[j])
        late = time - window.due[j]
        worst = max(worst, late)
        total += max(0, late - target)
        if total > limit:
            return worst, total
        last = j
    late = lateness_after(window, time, window.setup[last, w])
    return max(worst, late), total + max(0, late - target)


@kernel
def ruin_recreate(
    window: Window,
    order: IntArray,
    best: IntArray,
    goal: int,
    drop: int,
    hot: int,
    size: int,
    first: int,
    cycle: int,
    moves: int,
    rng: np.random.Generator,
) -> int:
    """Make moves ``first`` to ``first + moves`` of a cooling cycle of ``cycle`` moves.

    Parameters
    ----------
    window
        What to rearrange.
    order, best
        ``[w]`` each; the present order and the best so far, both updated.
    goal
        Ends the search once the largest lateness is no more than this.
    drop
        How far the target lies below the best largest lateness.
    hot
        Mean growth of tardiness that is accepted at the start of a cycle.
    size
        Queries that a move takes out, on average.
    first, cycle, moves
        Where in the cycle this call begins, its length, and how far to go.
    rng
        Of all draws.

    Returns
    -------
    int
        Moves made.
    """
    w = order.size
    trial = np.empty(w, np.int64)
    place = np.empty(w, np.int64)
    gone = np.zeros(w, np.bool_)
    removed = np.empty(w, np.int64)
    part = empty_scan(w)
    whole = empty_scan(w)
    _scan_whole(window, best, goal, whole)
    best_worst = max(whole.time[0] + whole.slope[0], whole.level[0])
    target = max(goal, best_worst - drop)
    _scan_whole(window, order, target, whole)
    for k in range(w):
        place[order[k]] = k
    for done in range(moves):
        if best_worst <= goal:
            return done
        centre = _centre(order, whole, rng)
        want = min(w, rng.integers(1, 2 * size))
        count = _ruin(window, order, place, centre, target, want, gone, removed, rng)
        _arrange(window, removed, count, rng)
        low, high = _range(window, place, removed, count, target, whole)
        m = _recreate(
            window, order, low, high, whole, part, target, removed, count, gone, trial, rng
        )
        heat = hot * (cycle - first - done) // cycle
        limit = whole.tail[0] + exponential(rng, heat)
        worst, total = _assess(window, order, low, trial, m, target, whole, limit)
        if total > limit:
            continue
        changed = False
        for k in range(m):
            if order[low + k] != trial[k]:
                changed = True
                order[low + k] = trial[k]
                place[trial[k]] = low + k
        if worst < best_worst:
            best_worst = worst
            best[:] = order
            target = max(goal, best_worst - drop)
            changed = True
        if changed:
            _scan_whole(window, order, target, whole)
    return moves

"""Late queries that are served while the server would idle, just before one that goes on from them.

With the cache of the last prompt that makes the first query of a busy period cheaper. Local search
chooses who is late and whom they help, one busy period or two at a time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.heuristics.stream import Stream, cost_below, shared_with
from prefixsched.kernels.jit import kernel

SWAPS = 4
"""One round in so many swaps one who is late for another; more wander off, fewer get stuck."""
RELEASES = 8
"""One round in so many that draw a helper tries whether it still has to help."""


class Helped(NamedTuple):
    """A sequence, who of it is late, and whom they help.

    Parameters
    ----------
    sequence, place
        ``[n]`` each; queries by place, and places by query.
    late
        ``[n]``; by query, 0 or 1.
    helper, helps
        ``[n]`` each; who is served just before a query that is kept, and after one that is late; -1
        for nobody.
    ends, idle, before
        ``[n]`` each, by query kept: completion, whether the server would wait for it, and who is
        kept before, -1 for nobody.
    like
        ``[n, K]``; by query, earlier arrivals that share most, -1 for none.
    """

    sequence: IntArray
    place: IntArray
    late: IntArray
    helper: IntArray
    helps: IntArray
    ends: IntArray
    idle: IntArray
    before: IntArray
    like: IntArray


class Trial(NamedTuple):
    """Queries served anew, ``[n]`` each: who, and their completions, idling and who was before."""

    query: IntArray
    ends: IntArray
    idle: IntArray
    before: IntArray


@kernel
def _cost(stream: Stream, j: int, before: int) -> int:
    return cost_below(stream, j, shared_with(stream, j, before))


@kernel
def serve(stream: Stream, helped: Helped, trial: Trial, begin: int, last: int) -> tuple[int, int]:
    """Serve those kept from a place on until all is as it was, behind place ``last``.

    Returns
    -------
    int
        How many.
    int
        The first place of one who isn't on time, where it ends; -1 for none.
    """
    before = -1
    place = begin - 1
    while place >= 0 and helped.late[helped.sequence[place]]:
        place -= 1
    end = np.int64(0)
    if place >= 0:
        before = helped.sequence[place]
        end = helped.ends[before]
    m = 0
    for place in range(begin, helped.sequence.size):
        j = helped.sequence[place]
        if helped.late[j]:
            continue
        idle = end <= stream.release[j]
        helper = helped.helper[j]
        if place > last and idle and helped.idle[j] and helped.before[j] == before and helper < 0:
            break
        trial.query[m], trial.idle[m], trial.before[m] = j, idle, before
        if helper >= 0:
            end = max(end, stream.release[helper]) + _cost(stream, helper, before)
            before = helper
        end = max(end, stream.release[j]) + _cost(stream, j, before)
        trial.ends[m] = end
        m += 1
        if end > stream.due[j]:
            return m, place
        before = j
    return m, -1


@kernel
def take_up(helped: Helped, trial: Trial, m: int) -> None:
    """What was tried is so from now on."""
    for x in range(m):
        j = trial.query[x]
        helped.ends[j], helped.idle[j] = trial.ends[x], trial.idle[x]
        helped.before[j] = trial.before[x]


@kernel
def move(helped: Helped, origin: int, target: int) -> None:
    """Move the query at one place to another; those between make room."""
    j = helped.sequence[origin]
    step = 1 if target > origin else -1
    for place in range(origin, target, step):
        k = helped.sequence[place + step]
        helped.sequence[place] = k
        helped.place[k] = place
    helped.sequence[target] = j
    helped.place[j] = target


@kernel
def first_of_period(stream: Stream, helped: Helped, place: int) -> int:
    """The first place of the busy period in which the query at a place is, or would be."""
    before = place - 1
    while before >= 0 and helped.late[helped.sequence[before]]:
        before -= 1
    if before < 0 or helped.ends[helped.sequence[before]] <= stream.release[helped.sequence[place]]:
        return place
    while before > 0:
        j = helped.sequence[before]
        if not helped.late[j] and helped.idle[j]:
            break
        before -= 1
    return before


@kernel
def leave_out_late(stream: Stream, helped: Helped, trial: Trial, spare: int) -> int:
    """Leave out who takes longest of a busy period in which one is late, until none is.

    How many were left out; it ends once that is more than ``spare``.
    """
    lost = 0
    begin = 0
    n = helped.sequence.size
    while True:
        m, wrong = serve(stream, helped, trial, begin, n)
        if wrong < 0:
            take_up(helped, trial, m)
            return lost
        lost += 1
        if lost > spare:
            return lost
        most = np.int64(-1)
        out = trial.query[m - 1]
        for x in range(m - 1, -1, -1):
            j = trial.query[x]
            started = trial.ends[x - 1] if x > 0 else np.int64(0)
            spent = trial.ends[x] - max(started, stream.release[j])
            if spent > most and helped.helper[j] < 0:
                most, out = spent, j
            if trial.idle[x]:
                break
        if helped.helper[out] >= 0:
            helped.helps[helped.helper[out]] = -1
            helped.helper[out] = -1
        helped.late[out] = 1
        keep = x  # what was before the busy period stays
        take_up(helped, trial, keep)
        begin = helped.place[trial.query[x]]


@kernel
def _some_late(helped: Helped, place: int, reach: int, rng: np.random.Generator) -> int:
    """Somebody late near a place who helps nobody; -1 if none is found."""
    n = helped.sequence.size
    first = rng.integers(0, 2 * reach + 1)
    for x in range(2 * reach + 1):
        at = place - reach + (first + x) % (2 * reach + 1)
        if 0 <= at < n:
            j = helped.sequence[at]
            if helped.late[j] and helped.helps[j] < 0:
                return j
    return -1


@kernel
def _swapped(stream: Stream, helped: Helped, trial: Trial, out: int, back: int) -> bool:
    """Leave one out for another where all stay on time; whether they do."""
    helper = helped.helper[out]
    helped.late[out], helped.late[back] = 1, 0
    helped.helper[out] = -1
    low = min(helped.place[out], helped.place[back])
    high = max(helped.place[out], helped.place[back])
    m, wrong = serve(stream, helped, trial, low, high)
    if wrong >= 0:
        helped.late[out], helped.late[back] = 0, 1
        helped.helper[out] = helper
        return False
    if helper >= 0:
        helped.helps[helper] = -1
    take_up(helped, trial, m)
    return True


@kernel
def _release(stream: Stream, helped: Helped, trial: Trial, helper: int) -> None:
    """Serve one who is late last, if all others stay on time without its help."""
    j = helped.helps[helper]
    helped.helper[j] = helped.helps[helper] = -1
    m, wrong = serve(stream, helped, trial, helped.place[j], helped.place[j])
    if wrong < 0:
        take_up(helped, trial, m)
    else:
        helped.helper[j], helped.helps[helper] = helper, j


@kernel
def _let_back(stream: Stream, helped: Helped, trial: Trial, back: int, j: int, helper: int) -> bool:
    """Let one back in; with a ``helper`` it is served before ``j``, who goes first.

    Whether all are on time; if not, nothing has changed.
    """
    origin = helped.place[j]
    target = origin
    helped.late[back] = 0
    if helper >= 0:
        helped.helper[j], helped.helps[helper] = helper, j
        target = first_of_period(stream, helped, origin)
        move(helped, origin, target)
    low = min(target, helped.place[back])
    high = max(origin, helped.place[back])
    m, wrong = serve(stream, helped, trial, low, high)
    if wrong < 0:
        take_up(helped, trial, m)
        return True
    helped.late[back] = 1
    if helper >= 0:
        helped.helper[j] = helped.helps[helper] = -1
        move(helped, target, origin)
    return False


@kernel
def search_helpers(
    stream: Stream,
    helped: Helped,
    trial: Trial,
    rounds: int,
    target: int,
    reach: int,
    rng: np.random.Generator,
) -> int:
    """Look for fewer late queries, many times.

    Parameters
    ----------
    stream, helped
        Queries, and the present choice; all that are kept are on time.
    trial
        Scratch.
    rounds
        How many.
    target
        With so few late ones it ends.
    reach
        Places between a late query and those looked at to be helped, or to be left out, at most.
    rng
        Of all draws.

    Returns
    -------
    int
        Rounds made.
    """
    n = helped.sequence.size
    lates = np.empty(n, np.int64)
    changed = True
    count = 0
    for done in range(rounds):
        if changed:
            count = 0
            for j in range(n):
                if helped.late[j]:
                    lates[count] = j
                    count += 1
            changed = False
        if count <= target:
            return done
        back = lates[rng.integers(0, count)]
        if helped.helps[back] >= 0:
            if rng.integers(0, RELEASES) == 0:
                _release(stream, helped, trial, back)
            continue
        near = helped.place[back] + rng.integers(-reach, reach + 1)
        if near < 0 or near >= n:
            continue
        j = helped.sequence[near]
        if rng.integers(0, SWAPS) == 0:  # so that others fit
            if not helped.late[j]:
                changed = _swapped(stream, helped, trial, j, back)
            continue
        if (helped.late[j] and j != back) or helped.helper[j] >= 0:
            continue
        helper = helped.like[j, rng.integers(0, helped.like.shape[1])]
        if helper < 0 or helper == back:
            changed = _let_back(stream, helped, trial, back, j, -1)
            continue
        if helped.helps[helper] >= 0:
            continue
        if helped.late[helper]:
            changed = _let_back(stream, helped, trial, back, j, helper)
            continue
        if helped.helper[helper] >= 0:
            continue
        other = _some_late(helped, helped.place[helper], reach, rng)
        if other < 0 or other == back or other == j:
            continue
        if not _swapped(stream, helped, trial, helper, other):
            continue
        changed = True
        if not _let_back(stream, helped, trial, back, j, helper):
            _swapped(stream, helped, trial, other, helper)
    return rounds

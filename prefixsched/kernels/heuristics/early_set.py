"""Moore and Hodgson's rule with release times, for costs that depend on what is cached, iterated.

Queries join in a given sequence. When one would be late, that query is dropped, of all since the
server last idled, without which the others end soonest (Kise, Ibaraki and Mine, Operations Research
26 (1978): optimal for fixed times and deadlines that rise with releases; here a heuristic).

Iterated greedy search lets some neighbours back in, and asks the rule again, from the last idling
before them until the server idles as it did.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.heuristics.kept_sequence import Kept, cost_at, look_again
from prefixsched.kernels.heuristics.stream import Stream, count_below
from prefixsched.kernels.heuristics.window import exponential
from prefixsched.kernels.jit import kernel


class Run(NamedTuple):
    """What the rule has kept of a part of the sequence.

    Parameters
    ----------
    places
        ``[n]``; places in the sequence of those kept, the first ``m`` of them.
    spent, ends
        ``[n]``; their costs and completions.
    below
        ``[N]``; how many of them are below each node; 0 between two runs.
    dropped
        ``[n]``; places of those that were dropped.
    """

    places: IntArray
    spent: IntArray
    ends: IntArray
    below: IntArray
    dropped: IntArray


@kernel
def _append(
    stream: Stream, sequence: IntArray, kept: Kept, run: Run, begin: int, m: int, place: int
) -> None:
    """Serve the query at a place after ``m`` others since ``begin``."""
    j = sequence[place]
    before = run.places[m - 1] if m > 0 else kept.before[begin]
    run.spent[m] = cost_at(
        stream, j, sequence[before] if before >= 0 else -1, begin, kept.first, run.below, 0
    )
    count_below(stream, run.below, j, 1)
    run.places[m] = place
    run.ends[m] = max(run.ends[m - 1] if m > 0 else 0, stream.release[j]) + run.spent[m]


@kernel
def _saving(
    stream: Stream, sequence: IntArray, kept: Kept, run: Run, begin: int, p: int, m: int
) -> int:
    """About how much less there is to do without the p-th of ``m`` queries kept."""
    j = sequence[run.places[p]]
    if stream.unbounded:  # what nobody else has had a use for
        return min(run.spent[p], cost_at(stream, j, -1, begin, kept.first, run.below, 1))
    if p + 1 == m:
        return run.spent[p]
    before = run.places[p - 1] if p > 0 else kept.before[begin]
    after = cost_at(
        stream, sequence[run.places[p + 1]], sequence[before] if before >= 0 else -1, begin,
        kept.first, run.below, 0,
    )  # fmt: skip
    return run.spent[p] + run.spent[p + 1] - after


@kernel
def _drop_one(
    stream: Stream,
    sequence: IntArray,
    kept: Kept,
    run: Run,
    begin: int,
    m: int,
    heat: int,
    rng: np.random.Generator,
) -> int:
    """Which of ``m`` to drop as the last is late: that without which they end soonest, with noise.

    The last itself, unless it is on time without the other.
    """
    due = stream.due[sequence[run.places[m - 1]]]
    soonest = run.ends[m - 2] if m > 1 else np.int64(0)
    best = m - 1
    slack = INFINITY  # by how much all behind can move up
    for p in range(m - 1, -1, -1):
        if p < m - 1:
            saving = min(slack, _saving(stream, sequence, kept, run, begin, p, m))
            end = run.ends[m - 1] - saving
            guess = end + exponential(rng, heat)
            if guess < soonest and end <= due:
                soonest = guess
                best = p
        start = run.ends[p] - run.spent[p]
        slack = min(slack, start - stream.release[sequence[run.places[p]]])
        if slack <= 0:
            break
    return best


@kernel
def _rule(
    stream: Stream,
    sequence: IntArray,
    kept: Kept,
    run: Run,
    begin: int,
    back: int,
    spare: int,
    heat: int,
    rng: np.random.Generator,
) -> tuple[int, int]:
    """Run the rule from ``begin`` on, until all is as it was behind place ``back``.

    Returns
    -------
    tuple of int
        How many are kept and how many dropped, more than ``spare`` where it gave up; all that
        are kept count in ``run.below``.
    """
    n = sequence.size
    m = 0
    lost = 0
    for place in range(begin, n):
        if kept.late[place]:
            continue
        j = sequence[place]
        before = run.places[m - 1] if m > 0 else kept.before[begin]
        if (
            place > back
            and kept.idle[place]
            and (m == 0 or run.ends[m - 1] <= stream.release[j])
            and (stream.unbounded or before == kept.before[place])
        ):
            break
        _append(stream, sequence, kept, run, begin, m, place)
        m += 1
        while m > 0 and run.places[m - 1] == place and run.ends[m - 1] > stream.due[j]:
            best = _drop_one(stream, sequence, kept, run, begin, m, heat, rng)
            run.dropped[lost] = run.places[best]
            lost += 1
            if lost > spare:
                return m, lost
            for p in range(m - 1, best - 1, -1):
                count_below(stream, run.below, sequence[run.places[p]], -1)
            m -= 1
            for p in range(best, m):
                _append(stream, sequence, kept, run, begin, p, run.places[p + 1])
    return m, lost


@kernel
def _clear(stream: Stream, sequence: IntArray, run: Run, m: int) -> None:
    """Let nobody be below any node."""
    for p in range(m):
        count_below(stream, run.below, sequence[run.places[p]], -1)


@kernel
def drop_late(
    stream: Stream, sequence: IntArray, kept: Kept, run: Run, spare: int, rng: np.random.Generator
) -> int:
    """Drop queries, from first to last, until all that are kept are on time.

    Parameters
    ----------
    stream
        Queries, their costs and deadlines.
    sequence
        ``[n]``; the order in which they are served.
    kept
        The present choice; those dropped are late then.
    run
        Scratch.
    spare
        It ends once more than so many are dropped.
    rng
        Not used without noise.

    Returns
    -------
    int
        How many were dropped.
    """
    kept.first[:] = sequence.size
    kept.before[0] = -1
    kept.idle[:] = 0
    m, lost = _rule(stream, sequence, kept, run, 0, sequence.size, spare, 0, rng)
    _clear(stream, sequence, run, m)
    for d in range(lost):
        kept.late[run.dropped[d]] = 1
    return lost


@kernel
def _nobody_misses(
    stream: Stream, sequence: IntArray, kept: Kept, run: Run, begin: int, lost: int
) -> bool:
    """Whether nobody behind a part needs what those dropped from it had computed first."""
    for d in range(lost if stream.unbounded else 0):
        v = stream.node[sequence[run.dropped[d]]]
        while v > 0:
            if kept.first[v] >= begin and run.below[v] == 0 and kept.users[v] > 0:
                return False
            v = stream.parent[v]
    return True


@kernel
def _take_up(
    stream: Stream, sequence: IntArray, kept: Kept, run: Run, begin: int, m: int, lost: int
) -> None:
    """Bring what is known up to a part that was served anew."""
    for d in range(lost):
        v = stream.node[sequence[run.dropped[d]]]
        while v > 0:
            if kept.first[v] >= begin:
                kept.first[v] = sequence.size
            v = stream.parent[v]
    before = kept.before[begin]
    end = kept.ends[before] if before >= 0 else np.int64(0)
    p = 0
    for place in range(begin, sequence.size):
        kept.before[place] = before
        if kept.late[place]:
            continue
        if p == m:  # the first behind the part
            break
        kept.idle[place] = before < 0 or end <= stream.release[sequence[place]]
        end = run.ends[p]
        kept.ends[place] = end
        v = stream.node[sequence[place]]
        while v > 0:
            kept.first[v] = min(kept.first[v], place)
            v = stream.parent[v]
        before = place
        p += 1


@kernel
def let_back(
    stream: Stream,
    sequence: IntArray,
    kept: Kept,
    run: Run,
    rounds: int,
    target: int,
    most_back: int,
    heat: int,
    rng: np.random.Generator,
) -> int:
    """Let some who are late back in, and drop others where there are no more of them, many times.

    Parameters are those of :func:`drop_late`, and ``rounds``; ``target``, with so few late ones it
    ends; ``most_back``, the most that are let back at once; and ``heat``, the mean of the noise
    that is added to the ends that the rule compares. All that are kept are on time.

    Returns
    -------
    int
        Rounds made.
    """
    n = sequence.size
    lates = np.empty(n, np.int64)
    out = np.empty(n, np.int64)
    look_again(stream, sequence, kept)
    changed = True
    count = 0
    for done in range(rounds):
        if changed:
            count = 0
            for place in range(n):
                if kept.late[place]:
                    lates[count] = place
                    count += 1
            changed = False
        if count <= target:
            return done
        c = rng.integers(0, count)
        size = min(rng.integers(1, most_back + 1), count - c)
        back = lates[c : c + size]
        begin = back[0]
        while begin > 0 and (kept.late[begin] or not kept.idle[begin]):
            begin -= 1
        kept.late[back] = 0
        m, lost = _rule(stream, sequence, kept, run, begin, back[size - 1], size, heat, rng)
        out[:lost] = run.dropped[:lost]
        if lost > size:
            kept.late[back] = 1
            _clear(stream, sequence, run, m)
            continue
        changed = True
        kept.late[out[:lost]] = 1
        for k in range(size):
            count_below(stream, kept.users, sequence[back[k]], 1)
        for d in range(lost):
            count_below(stream, kept.users, sequence[out[d]], -1)
        if _nobody_misses(stream, sequence, kept, run, begin, lost):
            _take_up(stream, sequence, kept, run, begin, m, lost)
            _clear(stream, sequence, run, m)
        else:
            _clear(stream, sequence, run, m)
            if not look_again(stream, sequence, kept):
                kept.late[out[:lost]] = 0
                kept.late[back] = 1
                look_again(stream, sequence, kept)
    return rounds

"""Moves of local search on an order with the cache ``lru``: users of a prefix are brought together.

Compare iterated local search with ejection chains (Glover 1996): a query that moves away from the
one that it shares a prefix with takes that one along.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.heuristics.lru_plan import MOST_EDITS, Plan, attempt, edit
from prefixsched.kernels.heuristics.lru_replay import Replay
from prefixsched.kernels.heuristics.lru_stream import NOBODY, LruStream
from prefixsched.kernels.jit import kernel

WINDOW = 150
"""Places to each side of a batch's centre in which its moves begin."""
WIDTH = 100
"""Places by which a random move goes at most. 40 and 250 did about as well."""
BATCH = 50
"""Moves that are drawn at once, and tried from the first place to the last: so the replay
seldom goes a long way without trying anything."""
RANDOM_SHARE = 0.7
"""Share of random moves. They rarely gain, but clear the way; 0.5 to 0.9 did as well."""
PATIENCE = 300
"""Places after a random move in which it may pay, in one of four; else it is judged at once."""
LOOSE_SHARE = 0.1
"""Share of the moves that need only make none too late, where the order is one window. They lead
out of local optima; in long orders they cost more time than they are worth."""
BLOCK = 6
"""Queries that a random move takes along at most."""


class Kin(NamedTuple):
    """Who shares prefixes with whom (:class:`prefixsched.heuristics.lru_stream.LruSource`).

    Parameters
    ----------
    before, after
        ``[n]``; the users of each query's deepest shared prefix that arrived
        last before it, and first after it, or ``NOBODY``.
    shared_cost
        ``[n]``; what a query costs when it finds cached what it shares with ``before``.
    lifetime
        Ticks that a prefix stays cached, about.
    """

    before: IntArray
    after: IntArray
    shared_cost: IntArray
    lifetime: int


@kernel
def _places_by(completion: IntArray, time: int) -> int:
    """How many places are complete by a time."""
    low, high = 0, completion.size
    while low < high:
        middle = (low + high) // 2
        if completion[middle] <= time:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _misses(plan: Plan, kin: Kin, k: int) -> bool:
    """Whether query ``k`` computes again what the query before it had cached."""
    j = kin.before[k]
    if j == NOBODY or plan.place[j] >= plan.place[k]:
        return False
    return bool(plan.cost[plan.place[k]] > kin.shared_cost[k])


@kernel
def _draw_meeting(
    stream: LruStream,
    plan: Plan,
    kin: Kin,
    k: int,
    queries: IntArray,
    targets: IntArray,
    rng: np.random.Generator,
) -> int:
    """Serve query ``k`` soon after the last user of its prefix: that one later, ``k`` earlier.

    Queries of the same chain follow as far as they would lose each other.

    Returns
    -------
    int
        How many queries move; ``queries`` and ``targets`` say which, and to which places.
    """
    completion, lifetime = plan.completion, kin.lifetime
    j = kin.before[k]
    place_j, place_k = plan.place[j], plan.place[k]
    early = max(stream.release[k], completion[place_j])
    late = min(plan.due[j], completion[place_k])
    if early <= late:  # they can meet
        time_j = late
        if rng.random() < 0.5:
            time_j -= rng.integers(0, late - early + 1)
        time_k = time_j
        if rng.random() < 0.5:
            time_k = min(completion[place_k], time_j + rng.integers(0, lifetime // 2 + 1))
    else:
        spare = max(1, lifetime - (early - late))
        time_j, time_k = late, early
        if rng.random() < 0.5:
            time_j -= rng.integers(0, spare) // 2
        if rng.random() < 0.5:
            time_k += rng.integers(0, spare) // 2
    queries[0] = j
    targets[0] = max(place_j, min(_places_by(completion, time_j) - 1, place_k - 1))
    queries[1] = k
    targets[1] = max(targets[0] + 1, min(place_k, _places_by(completion, time_k)))
    count = 2
    i = kin.before[j]
    while count < MOST_EDITS // 2 + 1 and i != NOBODY and plan.place[i] < plan.place[j]:
        if _misses(plan, kin, j) or completion[plan.place[i]] >= time_j - lifetime:
            break
        time_j = min(plan.due[i], time_j - lifetime + rng.integers(0, lifetime // 4 + 1))
        queries[count] = i
        targets[count] = max(plan.place[i], _places_by(completion, time_j) - 1)
        count += 1
        j, i = i, kin.before[i]
    i = kin.after[k]
    while count < MOST_EDITS and i != NOBODY and kin.before[i] == k:
        if _misses(plan, kin, i) or completion[plan.place[i]] <= time_k + lifetime:
            break
        time_k = max(stream.release[i], time_k + lifetime - rng.integers(0, lifetime // 4 + 1))
        queries[count] = i
        targets[count] = min(plan.place[i], _places_by(completion, time_k))
        count += 1
        k, i = i, kin.after[i]
    return count


@kernel
def _draw_random(
    plan: Plan, p: int, queries: IntArray, targets: IntArray, rng: np.random.Generator
) -> int:
    """Relocate the query at place ``p``, swap it with another one, or take those after it along."""
    n = plan.order.size
    to = min(max(p + int(rng.integers(-WIDTH, WIDTH + 1)), 0), n - 1)
    queries[0] = plan.order[p]
    targets[0] = to
    kind = rng.integers(0, 3)
    if kind == 0:
        return 1
    if kind == 1:
        queries[1] = plan.order[to]
        targets[1] = p
        return 2
    size = min(int(rng.integers(2, BLOCK + 1)), n - p)
    for x in range(size):
        queries[x] = plan.order[p + x]
        targets[x] = min(n - 1, to + x) if to < p else to
    return size


@kernel
def _late_place(plan: Plan, rng: np.random.Generator) -> int:
    """A place that is late, drawn with its tardiness as its weight."""
    n = plan.order.size
    drawn = rng.integers(0, plan.tardiness[n])
    low, high = 0, n - 1
    while low < high:
        middle = (low + high) // 2
        if plan.tardiness[middle + 1] > drawn:
            high = middle
        else:
            low = middle + 1
    return low


@kernel
def search(
    stream: LruStream,
    replay: Replay,
    plan: Plan,
    kin: Kin,
    most_late: int,
    allowed: int,
    moves: int,
    rng: np.random.Generator,
) -> int:
    """Try moves, in batches, on an order until none of its queries is tardy.

    A batch has its centre between a late place and the last time before it that the
    server was idle, as what is saved there comes to the late one. Its
    moves bring together users of a prefix that is computed again though their due times and
    the lifetime would let them meet, or are random.

    Parameters
    ----------
    stream, replay, plan, kin
        ``replay`` and ``plan`` are changed.
    most_late, allowed
        See :func:`prefixsched.kernels.heuristics.lru_plan.attempt`.
    moves
        To try, at least 1; whole batches but for the last one.
    rng
        Of all draws.

    Returns
    -------
    int
        Moves tried.
    """
    n = plan.order.size
    queries = np.zeros((BATCH, MOST_EDITS), np.int64)
    targets = np.zeros((BATCH, MOST_EDITS), np.int64)
    count = np.zeros(BATCH, np.int64)
    first = np.zeros(BATCH, np.int64)
    meets = np.zeros(BATCH, np.bool_)
    missed = np.empty(2 * WINDOW + 1, np.int64)
    done = 0
    while done < moves and plan.tardiness[n] > 0:
        late = _late_place(plan, rng)
        busy = late
        while busy > 0 and plan.completion[busy] - plan.cost[busy] == plan.completion[busy - 1]:
            busy -= 1
        back = int(rng.exponential((late - busy + 1) / 2))
        centre = late - min(late - busy, back)
        low, top = max(0, centre - WINDOW), min(late, centre + WINDOW)
        found = 0
        for p in range(low, top + 1):
            k = plan.order[p]
            if _misses(plan, kin, k):
                if stream.release[k] - plan.due[kin.before[k]] <= kin.lifetime:
                    missed[found] = k
                    found += 1
        size = min(BATCH, moves - done)
        for c in range(size):
            first[c] = n
            meets[c] = found > 0 and rng.random() >= RANDOM_SHARE
            if meets[c]:
                k = missed[rng.integers(0, found)]
                count[c] = _draw_meeting(stream, plan, kin, k, queries[c], targets[c], rng)
            else:
                p = int(rng.integers(low, top + 1))
                count[c] = _draw_random(plan, p, queries[c], targets[c], rng)
            for x in range(count[c]):
                first[c] = min(first[c], plan.place[queries[c, x]], targets[c, x])
        for c in np.argsort(first[:size]):
            for x in range(count[c]):
                edit(plan, plan.place[queries[c, x]], targets[c, x])
            loose = n <= WINDOW and rng.random() < LOOSE_SHARE
            patience = PATIENCE if not meets[c] and rng.random() < 0.25 else 0
            if loose:
                patience = n
            attempt(stream, replay, plan, most_late, allowed, patience, loose)
        done += size
    return done

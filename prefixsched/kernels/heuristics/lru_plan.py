"""A timed order with the cache ``lru``, and moves that are replayed until nothing differs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.heuristics.lru_replay import Replay, rewind, serve_next
from prefixsched.kernels.heuristics.lru_stream import LruStream
from prefixsched.kernels.jit import kernel

MOST_EDITS = 8
"""Queries that a move relocates at most."""


class Plan(NamedTuple):
    """An order with its times.

    Parameters
    ----------
    due
        ``[n]``, by query, in ticks: completion beyond it is *tardiness*.
    order, place
        ``[n]``; queries by place, and places by query.
    cost, completion
        ``[n]``; by place, in ticks.
    tardiness
        ``[n + 1]``; of all places before each, summed, ``INFINITY`` at most.
    digest
        ``[n + 1]``; the cache before each place, hashed.
    new_cost, new_digest
        Of an order that is tried.
    edits
        ``[MOST_EDITS, 2]``; what the order at hand has moved: from which place to which.
    edited
        ``[1]``; how many edits there are.
    """

    due: IntArray
    order: IntArray
    place: IntArray
    cost: IntArray
    completion: IntArray
    tardiness: IntArray
    digest: IntArray
    new_cost: IntArray
    new_digest: IntArray
    edits: IntArray
    edited: IntArray


@kernel
def _shift(plan: Plan, a: int, b: int) -> None:
    """Move the query at place ``a`` to place ``b``; those between close the gap."""
    order, place = plan.order, plan.place
    j = order[a]
    step = 1 if a < b else -1
    for i in range(a, b, step):
        order[i] = order[i + step]
        place[order[i]] = i
    order[b] = j
    place[j] = b


@kernel
def edit(plan: Plan, a: int, b: int) -> None:
    """Move the query at place ``a`` to place ``b``, for trial."""
    if a != b:
        k = plan.edited[0]
        plan.edits[k, 0] = a
        plan.edits[k, 1] = b
        plan.edited[0] = k + 1
        _shift(plan, a, b)


@kernel
def take_back(plan: Plan) -> None:
    """Undo all edits."""
    for k in range(plan.edited[0] - 1, -1, -1):
        _shift(plan, plan.edits[k, 1], plan.edits[k, 0])
    plan.edited[0] = 0


@kernel
def retime(stream: LruStream, plan: Plan, first: int) -> None:
    """Bring completions and tardiness up to the costs, from a place on."""
    now = plan.completion[first - 1] if first > 0 else np.int64(0)
    tardiness = plan.tardiness[first]
    for k in range(first, plan.order.size):
        j = plan.order[k]
        now = max(now, stream.release[j]) + plan.cost[k]
        plan.completion[k] = now
        tardiness = min(INFINITY, tardiness + max(np.int64(0), now - plan.due[j]))
        plan.tardiness[k + 1] = tardiness


@kernel
def begin(stream: LruStream, replay: Replay, plan: Plan) -> None:
    """Replay the whole order: O(n depth)."""
    rewind(replay, 0)
    for k in range(plan.order.size):
        plan.place[plan.order[k]] = k
        plan.cost[k] = serve_next(stream, replay, plan.order[k])
        plan.digest[k + 1] = replay.digest[k + 1]
    retime(stream, plan, 0)


@kernel
def attempt(
    stream: LruStream,
    replay: Replay,
    plan: Plan,
    most_late: int,
    allowed: int,
    patience: int,
    loose: bool,
) -> bool:
    """Keep an edited order if it is good, or take the edits back.

    The order is replayed from the first place that was edited, until after the
    last one the cache is as it was: then all later costs are as they were, too.

    Parameters
    ----------
    stream, replay, plan
        The stream, the state, and the order with edits.
    most_late
        No query may be later than this beyond its due time.
    allowed
        By how much the tardiness may grow if the server is earlier in the end.
    patience
        So many places after the last one edited the server may still be later than it was.
    loose
        Whether all is good that makes none too late.

    Returns
    -------
    bool
        Whether it was kept.
    """
    n = plan.order.size
    first, last = n, -1
    for k in range(plan.edited[0]):
        first = min(first, plan.edits[k, 0], plan.edits[k, 1])
        last = max(last, plan.edits[k, 0], plan.edits[k, 1])
    if last < 0:
        return False
    if replay.at[0] > first:
        rewind(replay, first)
    while replay.at[0] < first:
        serve_next(stream, replay, plan.order[replay.at[0]])
    now = plan.completion[first - 1] if first > 0 else np.int64(0)
    tardiness = plan.tardiness[first]
    k = first
    good, same = True, False
    while good and k < n and not same:
        j = plan.order[k]
        plan.new_cost[k] = serve_next(stream, replay, j)
        now = max(now, stream.release[j]) + plan.new_cost[k]
        tardiness = min(INFINITY, tardiness + max(np.int64(0), now - plan.due[j]))
        good = now - plan.due[j] <= most_late
        k += 1
        plan.new_digest[k] = replay.digest[k]
        if k > last:
            same = replay.digest[k] == plan.digest[k]
            good = good and (k <= last + patience or now <= plan.completion[k - 1])
    again = k
    if good:
        delay = now - plan.completion[k - 1]
        while good and k < n and now != plan.completion[k - 1]:
            j = plan.order[k]
            now = max(now, stream.release[j]) + plan.cost[k]
            tardiness = min(INFINITY, tardiness + max(np.int64(0), now - plan.due[j]))
            good = now - plan.due[j] <= most_late
            k += 1
        growth = tardiness - plan.tardiness[k]
        if delay < 0:
            good = good and (loose or growth <= allowed)
        elif delay > 0:
            good = good and (loose or growth < 0)
        else:
            good = good and (loose or growth <= 0)
    if not good:
        rewind(replay, first)
        take_back(plan)
        return False
    plan.edited[0] = 0
    plan.cost[first:again] = plan.new_cost[first:again]
    plan.digest[first + 1 : again + 1] = plan.new_digest[first + 1 : again + 1]
    retime(stream, plan, first)
    return True

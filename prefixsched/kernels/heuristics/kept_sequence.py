"""A sequence of queries, some of them kept: costs, completions and what is cached, by place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.heuristics.stream import Stream, cost_below, shared_with
from prefixsched.kernels.jit import kernel


class Kept(NamedTuple):
    """What is known of the present choice.

    Parameters
    ----------
    late
        ``[n]``; by place, whether the query there is late, 0 or 1.
    before
        ``[n]``; by place, the place of who is kept just before, -1 for nobody.
    idle
        ``[n]``; by place, whether the server waits for the query kept there, 0 or 1.
    ends
        ``[n]``; by place, completions of those kept.
    first, users
        ``[N]``; the first place of a query kept below each node, and how many there are.
    """

    late: IntArray
    before: IntArray
    idle: IntArray
    ends: IntArray
    first: IntArray
    users: IntArray


@kernel
def cost_at(
    stream: Stream, j: int, before: int, begin: int, first: IntArray, below: IntArray, most: int
) -> int:
    """What ``j`` costs after ``before``, with what was kept before ``begin`` and ``below`` cached.

    Where everything stays cached, a node counts as that with more than ``most`` queries below it.
    """
    if not stream.unbounded:
        return cost_below(stream, j, shared_with(stream, j, before))
    v = stream.node[j]
    while v > 0 and first[v] >= begin and below[v] <= most:
        v = stream.parent[v]
    return cost_below(stream, j, v)


@kernel
def look_again(stream: Stream, sequence: IntArray, kept: Kept) -> bool:
    """Serve those kept, and fill in all that follows; whether they are on time."""
    kept.first[:] = sequence.size
    kept.users[:] = 0
    before = -1
    end = np.int64(0)
    on_time = True
    for place in range(sequence.size):
        kept.before[place] = before
        if kept.late[place]:
            continue
        j = sequence[place]
        kept.idle[place] = before < 0 or end <= stream.release[j]
        cost = cost_at(
            stream,
            j,
            sequence[before] if before >= 0 else -1,
            place,
            kept.first,
            kept.first,
            INFINITY,
        )
        v = stream.node[j]
        while v > 0:
            kept.first[v] = min(kept.first[v], place)
            kept.users[v] += 1
            v = stream.parent[v]
        end = max(end, stream.release[j]) + cost
        kept.ends[place] = end
        on_time = on_time and end <= stream.due[j]
        before = place
    return on_time

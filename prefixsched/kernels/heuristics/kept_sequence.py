"""A sequence of queries, some of them kept: costs, completions and what is cached, by place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from prefixsched.arrays import INFINITY, IntArray
from prefixsched.kernels.heuristics.anneal_stream import Stream
from prefixsched.kernels.jit import kernel
from prefixsched.kernels.model.common_ancestor import common_ancestor


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
def count_below(stream: Stream, below: IntArray, j: int, by: int) -> None:
    """Add to the number of queries below each node on the path of ``j``."""
    v = stream.node[j]
    while v > 0:
        below[v] += by
        v = stream.parent[v]


@kernel
def cost_at(
    stream: Stream, j: int, before: int, begin: int, first: IntArray, below: IntArray, most: int
) -> int:
    """What ``j`` costs after ``before``, with what was kept before ``begin`` and ``below`` cached.

    Where everything stays cached, a node counts as that with more than ``most`` queries below it.
    """
    v = stream.node[j]
    if stream.unbounded:
        while v > 0 and first[v] >= begin and below[v] <= most:
            v = stream.parent[v]
    else:
        v = 0 if before < 0 else common_ancestor(stream.parent, v, stream.node[before])
    return stream.path_cost[stream.path_start[j] + stream.level[v]]


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

"""Lower bound on the sum of flow times, by preemptive shortest remaining processing time."""

from __future__ import annotations

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.bounds.work import least_cost
from prefixsched.model.cost import Potential, Table
from prefixsched.model.instance import Instance

MAX_SUM = 2**62
"""Sums of times that a search could reach stay below this, for exact arithmetic in 64 bits."""


def serial_time(instance: Instance) -> int:
    """When everything is served at the latest, with nothing reused and no useless idling."""
    cost = instance.cost
    if isinstance(cost, Table):
        worst = np.maximum(cost.start, cost.matrix.max(axis=0))
    else:
        worst = cost.prefill(instance.length, np.zeros_like(instance.length))
    return int(instance.arrival.max()) + int(sum(worst.tolist()))


def flow_time_bound(instance: Instance) -> int:
    """No schedule has a smaller sum of TTFTs, in ticks.

    Let the server be free to leave a job for another and come back. Then always to serve what
    has least left to do minimises the sum of completions (Schrage, Operations Research 16
    (1968)). So the bound holds where the time that a schedule computes can be shared out among
    jobs, one for each query, such that each job gets its work after its release and the sum of
    the times at which jobs have all of it is no more than the sum of completions.

    *Any cost.* A query's job is the least that it can cost whatever was served before; its own
    prefill is after its arrival, and ends with its first token.

    *Potential cost, any cache* (``new_work``). Of a cache of C tokens what lies deeper than C in a
    prompt is computed by each query itself; that part of its prefill is its job's own. The rest
    of an edge belongs to the job of the *owner*, the first query below it to arrive. It is computed
    when somebody below it has arrived, so after the owner's release; and by the owner's first
    token, as it is cached then or computed. Consider those that end at a node, oldest first. Each
    computes at least its last token, also where it is cached. (1) If the oldest owns the edge
    above, each younger one's job is that token, and the owner's the edge. Where a younger one is
    the first of all to compute the edge, its own job gets the token; the owner's gets the rest, and
    the token that the owner computes when it is served. (2) If somebody who doesn't end there owns
    the edge, the oldest one's job is empty, the others' are the token. Where one of those who end
    there, x, is the first of all to compute the edge, all of that is the owner's. Then what the
    oldest computes later, its last token, is for x's job, whose release is over by then; the
    oldest one's own job is done at its release, before x ends. So the jobs of the two end no later
    than the two do, in exchange.

    Either may be the stronger, so both are tried. Where set-ups may run before, arrivals don't bind
    them: then all jobs are there at 0.

    Parameters
    ----------
    instance
        The stream, of any length.

    Notes
    -----
    O(n depth + n log n). Where sums could leave 64 bits it is the sum of the least costs alone.
    """
    from prefixsched.kernels.bounds.flow_time import shortest_remaining

    age, cost = instance.by_age, instance.cost
    release = instance.arrival[age]
    arrivals: int = sum(release.tolist())
    if instance.n * serial_time(instance) >= MAX_SUM:
        return int(sum(least_cost(instance).tolist()))
    if isinstance(cost, Table) and cost.anticipatory:
        release = np.zeros_like(release)
    works = [least_cost(instance)[age]]
    if isinstance(cost, Potential):
        works.append(new_work(instance))
    sums = [int(shortest_remaining(release, work)) for work in works]
    return max(0, max(sums) - arrivals)


def new_work(instance: Instance) -> IntArray:
    """``[n]`` by age; the job of each query where edges are shared out, else its least cost."""
    from prefixsched.kernels.bounds.flow_time import new_work as shared_out

    cost = instance.cost
    if not isinstance(cost, Potential):
        return least_cost(instance)[instance.by_age]
    trie = instance.trie
    depth = trie.depth if instance.capacity is None else np.minimum(trie.depth, instance.capacity)
    cacheable, whole = cost.potential(depth), cost.potential(trie.depth)
    rest = whole - cacheable
    token = whole - cost.potential(np.maximum(trie.depth - 1, 0))
    return shared_out(
        trie.node[instance.by_age],
        trie.parent,
        cacheable - cacheable[trie.parent],
        rest - rest[trie.parent],
        token,
    )

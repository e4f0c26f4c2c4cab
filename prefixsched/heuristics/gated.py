"""Gated service: a polynomial algorithm with a proven guarantee.

*Rule.* Whenever the server is free it closes a gate behind the queries that
wait (if none waits, behind those that arrive next) and serves this batch in a
depth-first order of the trie, along the cached prompt first. Those that arrive
meanwhile make the next batch. The rule knows neither T nor the future: it is an
online policy.

*Setting.* Cache of the last prompt, potential cost. For a set S of queries let
w(S) be the weight of the trie edges on their paths, plus, for each node where
e > 1 of them end, e - 1 times the work of its last token (the cap: a query
computes at least that). K is the heaviest prefix that a query shares with one
that arrived before it, in ticks.

*Theorem.* If all n queries can have their first token within T on a server of
speed 1, then gated service on a server of speed s > 1 gives each its first
token within 2 (T + K) / (s - 1).

*Proof.* (1) A batch S takes at most w(S) / s. Served depth-first from an empty
cache each edge is computed once, as a depth-first order enters each subtree
once, and of e queries that end at one node all but the first compute one token.
With a prompt cached that shares a path with S, going along it first saves its
edges, and costs at most one more token at each of its nodes, which is no more
than the edge above that node.

(2) Let S be the queries that arrive at times in [a, b]. If T is feasible then
w(S) ≤ b - a + T + K. Take a feasible schedule and let k be the last query that
it begins before a. Nothing of S begins before a, so all of S comes after k. An
edge of S's trie that isn't on k's path isn't cached when k is done; it is
computed after k, when or before the first of S below it is served. Moreover
each of the e queries of S that end at a node computes that node's last token;
at most one of them does so as part of the first computation of the edge just
counted. All this begins at a or later and ends by b + T, as every query of S
arrives by b; and computations don't overlap, so together they take at most
b + T - a. What is left out is the path that S shares with k. As k begins before
a it arrived before all of S, and the path weighs at most K.

(3) Let D be the time that a batch takes and D' that of the next. If the server
was idle in between, the next batch arrived at one instant: D' ≤ (T + K) / s by
(1) and (2). Else it arrived within the D that the one before took, so
D' ≤ (D + T + K) / s. By induction no batch takes more than
D* = (T + K) / (s - 1), the fixed point of the second, which exceeds the first.
A query waits at most until the batch under way is done and then for its own:
2 D* in all. ∎

*Remarks.* Speed 1 + ε buys a factor 2 (1 + K / T) / ε. At speed 1 no such bound
is claimed: a batch that repeats work across its gate can make the next one
longer, and so on. K can't be left out: let a long conversation grow step by
step, a short query come, and then one more step. A schedule that lets the short
query wait extends the cached conversation; gated service, like any rule that
doesn't idle without need, has served the short query and computes the whole
conversation again. With an unbounded cache none of this is needed: there first
come, first served is optimal but for a few tokens
(:class:`prefixsched.online.policies.prefix.FCFS`).

*The relaxed decision* (a share p of the queries may miss T at speed 1) does not
follow. Giving up queries buys speed only where their work is theirs alone; the
edges that a batch repeats are shared by those that stay, and leaving queries
out of a schedule can even delay the others, as they may have warmed the cache
while the server had to wait. Cutting the stream into blocks by giving up all
that arrive in a short stretch between them leaves blocks that are the original
problem, NP-hard in the number of queries of a block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.heuristics.setup_times import costs_of
from prefixsched.heuristics.windows import TimedOrder
from prefixsched.kernels.heuristics.gated import serve_gated
from prefixsched.kernels.heuristics.reuse_before import earlier_overlap
from prefixsched.model.cost import MAX_TICKS, Potential
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache, Instance

SPEEDS = (Fraction(1), Fraction(9, 8), Fraction(5, 4), Fraction(3, 2), Fraction(2), Fraction(1, 2))
"""Speeds whose orders are worth a try on the real server."""


@dataclass(frozen=True, eq=False)
class Gated:
    """A run of gated service.

    Parameters
    ----------
    speed
        Of the server; 1 is the instance's own.
    order
        ``[n]``; queries in the order served.
    max_ttft
        The largest TTFT at that speed, in ticks.
    shared
        K: the heaviest prefix that a query shares with an earlier one, in ticks.
    """

    speed: Fraction
    order: IntArray = field(repr=False)
    max_ttft: Fraction
    shared: int

    def guarantee(self, ttft: int) -> Fraction:
        """What the theorem promises at this speed if ``ttft`` is feasible at speed 1.

        Raises
        ------
        InputError
            If the speed is at most 1, where it promises nothing.
        """
        if self.speed <= 1:
            raise InputError(f"speed: {self.speed}; the guarantee needs more than 1")
        return 2 * (ttft + self.shared) / (self.speed - 1)

    def refutes(self, ttft: int) -> bool:
        """Whether the run breaks the promise, which proves ``ttft`` infeasible at speed 1."""
        return self.max_ttft > self.guarantee(ttft)


def gated(instance: Instance, speed: Fraction | int = 1) -> Gated:
    """Serve a stream batch by batch on a server of some speed.

    Parameters
    ----------
    instance
        With a potential cost and a cache of the last prompt.
    speed
        More than 0.

    Returns
    -------
    Gated
        Made in O(n (log n + depth)). At a speed above 1 it decides, for any T:
        its largest TTFT is at most ``guarantee(T)``, or T is infeasible
        (``refutes``).

    Raises
    ------
    InputError
        If the instance is of another kind, or the speed is out of range.
    """
    cost = instance.cost
    if not isinstance(cost, Potential) or instance.cache is not Cache.LAST:
        raise InputError(
            "gated: it needs the cost model linear or causal and the cache last; "
            "give such an instance"
        )
    speed = Fraction(speed)
    if speed <= 0:
        raise InputError(f"speed: {speed}; give more than 0")
    trie, arrival = instance.trie, instance.arrival
    potential = cost.potential(trie.depth)
    stretch, shrink = speed.as_integer_ratio()
    latest = int(arrival.max()) * stretch
    if latest + shrink * sum(potential[trie.node].tolist()) >= MAX_TICKS:
        raise InputError(f"speed: {speed}; its terms are too large, give a rounder number")
    order, end = serve_gated(
        arrival,
        instance.by_age,
        trie.position,
        trie.node,
        trie.parent,
        potential,
        potential - cost.potential(np.maximum(trie.depth - 1, 0)),
        stretch,
        shrink,
    )
    rank = np.unique(arrival, return_inverse=True)[1]  # who arrives together isn't earlier
    shared = earlier_overlap(rank[trie.order], trie.lcp).max()
    heaviest = int(cost.potential(np.array([shared]))[0])
    return Gated(speed, order, Fraction(int((end - arrival * stretch).max()), stretch), heaviest)


def gated_orders(instance: Instance, ttft: int) -> Iterator[IntArray]:
    """Orders of gated service, each with a smaller largest TTFT than those before and ``ttft``.

    Parameters
    ----------
    instance
        The stream; nothing comes where :func:`gated` doesn't apply.
    ttft
        A known largest TTFT, in ticks.
    """
    if not isinstance(instance.cost, Potential) or instance.cache is not Cache.LAST:
        return
    costs = costs_of(instance)
    for speed in SPEEDS:
        order = gated(instance, speed).order
        worst = TimedOrder(costs, order).worst
        if worst < ttft:
            ttft = worst
            yield order

"""List scheduling with due times and foresight for the cache ``lru``: orders of whole streams.

One pass serves a stream of n queries in O(n w depth), w of which wait at a time. It is
clairvoyant: a query whose prefix another one will share soon is *held* until it is served late
enough for the prefix to live until then, as far as all due times allow
(:func:`prefixsched.kernels.heuristics.lru_list_scheduling.serve_some`). Compare list scheduling
(Graham 1966).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from prefixsched.arrays import FloatArray, IntArray
from prefixsched.heuristics.lru_stream import LruSource
from prefixsched.runtime.limits import stopped

PICKS = 500
"""Picks between two looks at the limits: 10 ms where 2,000 queries wait."""
MARGIN = 0.05
"""A prefix is used at the latest when so much of its lifetime is left."""


@dataclass(frozen=True, eq=False)
class Rule:
    """What a pass goes by; reach and idling may differ between k segments of the stream.

    Parameters
    ----------
    allowance
        Ticks that a query may take at most, if all goes well.
    reach
        ``[k]``; how long a prefix is taken to stay cached: a share of the time in which as
        many tokens are computed as the cache holds.
    idling
        ``[k]``; share of the slack that the server may idle away rather than serve a
        query too early.
    noise
        Standard deviation of the logarithm of the factors at which the times left are taken.
    matching
        Whether to prefer cached prefixes.
    seed
        Of the noise.
    """

    allowance: int
    reach: FloatArray
    idling: FloatArray
    noise: float = 0.0
    matching: bool = True
    seed: int = 0


def segments(source: LruSource, k: int) -> IntArray:
    """``[n]``; each query's segment, of ``k`` with about equally many arrivals."""
    n = source.instance.n
    segment = np.empty(n, dtype=np.int64)
    segment[source.instance.by_age] = np.arange(n) * k // n
    return segment


def list_schedule(
    source: LruSource,
    rule: Rule,
    over: Callable[[], bool] = stopped,
) -> IntArray | None:
    """One pass over a stream.

    Parameters
    ----------
    source
        The stream.
    rule
        What to go by.
    over
        Asked every few milliseconds: whether to stop.

    Returns
    -------
    array or None
        ``[n]``; the order. None if it was stopped.
    """
    from prefixsched.kernels.heuristics.lru_list_scheduling import Pass, hold_times, serve_some

    instance, stream = source.instance, source.stream
    n, nodes = instance.n, len(stream.parent)
    due = instance.arrival + rule.allowance
    noise = np.ones(n)
    if rule.noise:
        noise = np.exp(rule.noise * np.random.default_rng(rule.seed).standard_normal(n))
    segment = segments(source, len(rule.reach))
    lifetime = (rule.reach[segment] * source.lifetime).astype(np.int64)
    allowance = np.full(n, rule.allowance)
    hold = hold_times(instance.by_age, instance.arrival, allowance, source.after, lifetime)
    rank = np.empty(n, dtype=np.int64)
    rank[instance.by_age] = np.arange(n)  # by due time, too: allowances are equal
    order = _filled(n, 0)
    state = Pass(
        due=due,
        hold=hold,
        noise=noise,
        by_age=instance.by_age,
        rank=rank,
        by_due=instance.by_age,
        state=np.zeros((3, nodes), dtype=np.int64),
        leaf=_filled(n + 1, -1),
        rest=_filled(5, 0),
        stamped=_filled(n + 2, 0),
        queued=_filled(n + 1, 0),
        later=_filled(n + 1, n),
        mark=_filled(nodes, -1),
        above=_filled(nodes, 0),
        order=order,
        counters=_filled(4, 0),
    )
    margin = MARGIN * source.lifetime
    rest_of_rule = (source.ticks_per_token, margin, rule.matching, rule.idling[segment])
    while not serve_some(stream, state, *rest_of_rule, PICKS):
        if over():
            return None
    return order


def _filled(size: int, value: int) -> IntArray:
    return np.full(size, value, dtype=np.int64)

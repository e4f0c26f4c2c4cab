"""List scheduling with due times and foresight for the cache ``lru``: orders of whole streams.

One pass serves a stream of n queries in O(n w depth), w of which wait at a time. It is
clairvoyant: a query whose prefix another one will share soon is *held* until it is served late
enough for the prefix to live until then, as far as all due times allow
(:func:`prefixsched.kernels.heuristics.lru_list_scheduling.serve_some`). Rules are drawn at
random around the best so far. Compare list scheduling (Graham 1966) and priority rules with
sampling (Hart and Shogan 1987).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.heuristics.lru_stream import LruSource
from prefixsched.runtime.limits import stopped

PICKS = 500
"""Picks between two looks at the limits: 10 ms where 2,000 queries wait."""
MARGIN = 0.05
"""A prefix is used at the latest when so much of its lifetime is left."""


@dataclass(frozen=True)
class Rule:
    """What a pass goes by.

    Parameters
    ----------
    allowance
        Ticks that a query may take at most, if all goes well.
    reach
        How long a prefix is taken to stay cached: a share of the time in which as
        many tokens are computed as the cache holds.
    idling
        Share of the slack that the server may idle away rather than serve a query too early.
    noise
        Standard deviation of the logarithm of the factors at which the times left are taken.
    matching
        Whether to prefer cached prefixes.
    """

    allowance: int
    reach: float = 0.8
    idling: float = 0.0
    noise: float = 0.0
    matching: bool = True


def list_schedule(
    source: LruSource,
    rule: Rule,
    rng: np.random.Generator,
    over: Callable[[], bool] = stopped,
) -> tuple[IntArray, int] | None:
    """One pass over a stream.

    Parameters
    ----------
    source
        The stream.
    rule
        What to go by.
    rng
        Of the noise.
    over
        Asked every few milliseconds: whether to stop.

    Returns
    -------
    tuple or None
        The order, and the largest TTFT that it has if the server idles as the
        rule says: at least the order's own. None if it was stopped.
    """
    from prefixsched.kernels.heuristics.lru_list_scheduling import Pass, hold_times, serve_some

    instance, stream = source.instance, source.stream
    n, nodes = instance.n, len(stream.parent)
    due = instance.arrival + rule.allowance
    noise = np.exp(rule.noise * rng.standard_normal(n)) if rule.noise else np.ones(n)
    lifetime = int(rule.reach * source.lifetime)
    allowance = np.full(n, rule.allowance)
    hold = hold_times(instance.by_age, instance.arrival, allowance, source.after, lifetime)
    rank = np.empty(n, dtype=np.int64)
    rank[instance.by_age] = np.arange(n)  # by due time, too: allowances are equal
    order, counters = _filled(n, 0), _filled(5, 0)
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
        counters=counters,
    )
    margin = MARGIN * source.lifetime
    rest_of_rule = (source.ticks_per_token, margin, rule.matching, rule.idling)
    while not serve_some(stream, state, *rest_of_rule, PICKS):
        if over():
            return None
    return order, int(counters[-1])


def _filled(size: int, value: int) -> IntArray:
    return np.full(size, value, dtype=np.int64)

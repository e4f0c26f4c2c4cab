"""The relaxation of a cache to one that keeps everything."""

from __future__ import annotations

from dataclasses import replace

from prefixsched.cost import Table
from prefixsched.instance import Cache, Instance


def with_unbounded_cache(instance: Instance) -> Instance:
    """The instance with the cache ``unbounded``, whose optimum bounds the instance's from below.

    Serve the same order with both. All that any cache holds was processed before,
    so each query's overlap is at most what the unbounded cache gives it. Potential
    and rectangular costs don't rise with the overlap, so each set-up is at least
    as long; and completions max(C, r) + p rise with C and p, so by induction over
    the order each one is at least as late. Hence a bound on TTFTs, of whatever
    kind, that no order meets with an unbounded cache is met by none with another.

    A table has no overlap, and ``unbounded`` is defined for it as the least over
    all that was served, so the same holds by definition for ``last``.
    """
    assert instance.cache is not Cache.LRU or not isinstance(instance.cost, Table)
    return replace(instance, cache=Cache.UNBOUNDED, capacity=None)

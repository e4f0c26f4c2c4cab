"""Bounds from other caches: how the optima of one stream with different caches compare."""

from __future__ import annotations

from dataclasses import replace

from prefixsched.model.instance import Cache, Instance


def with_cache(instance: Instance, cache: Cache, capacity: int | None = None) -> Instance:
    """The same stream with another cache.

    *The optimum with* ``unbounded`` *is a lower bound for every cache.* Serve the
    same order with both. All that any cache holds was processed before, so each
    query's overlap is at most what the unbounded cache gives it. Potential and
    rectangular costs don't rise with the overlap, so each set-up is at least as
    long; and completions max(C, r) + p rise with C and p, so by induction over
    the order each one is at least as late. So a bound on TTFTs, of whatever kind,
    that no order meets with an unbounded cache is met by none with another.

    *The optimum with* ``last`` *is an upper bound for* ``lru`` *where no prompt is
    longer than the capacity*: then the prompt served last is cached whole, each
    overlap is at least what ``last`` gives, and the same induction holds.
    """
    return replace(instance, cache=cache, capacity=capacity)

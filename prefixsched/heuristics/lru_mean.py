"""Orders with the cache ``lru`` for a small sum of flow times: list scheduling, then annealing.

Shortest prefill first is a good order where little waits. Under load, work that is saved counts for
all that wait: queries are held until the next user of their prefix can find it cached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from prefixsched.arrays import FloatArray, IntArray
from prefixsched.heuristics.lru_stream import LruSource
from prefixsched.heuristics.stream_annealing import Annealing
from prefixsched.model.instance import Instance
from prefixsched.runtime.limits import Limits

if TYPE_CHECKING:
    from prefixsched.kernels.heuristics.anneal_lru import Timed
    from prefixsched.kernels.heuristics.lru_replay import Replay
    from prefixsched.kernels.heuristics.lru_shortest_first import Pick

PICKS = 500
"""Picks of list scheduling between two looks at the limits."""
RULES_SHARE = 0.15
"""Share of the limits for a rule of list scheduling at most..."""
NEW_RULES, STALE = 40, 150
"""...which begins with so many random ones, and ends after so many in a row that aren't better."""
REBUILDS = 10
"""Times that a sweep lists windows anew: takes about as long as the moves."""
WINDOWS = (1.0, 3.0)
"""Decimal logarithm of how many queries in a row are listed anew."""
STRIDE = 60
"""Places from one such window to the next at most."""
NOISE = (0.0, 0.1, 0.3)
"""Standard deviations of the logarithm of the factors of what queries count as there."""
PATIENCE = 200
"""Places after a window in which it may pay, in one of two."""


@dataclass(frozen=True)
class Rule:
    """Parameters of list scheduling.

    What they do: :class:`prefixsched.kernels.heuristics.lru_shortest_first.Pick`.

    Parameters
    ----------
    weight, decline
        How much holding a query counts, in ticks that the next user saves, and how fast that
        is less the longer it takes.
    reach
        How long a prefix is taken to stay cached: a share of the time in which as many tokens
        are computed as the cache holds.
    longest
        The longest time for which queries are held, in such times.
    """

    weight: float = 0.0
    decline: float = 0.01
    reach: float = 0.8
    longest: float = 5.0

    @classmethod
    def random(cls, rng: np.random.Generator) -> Rule:
        """A rule of any kind."""
        return cls(
            10 ** rng.uniform(-1, 2),
            10 ** rng.uniform(-4, -0.5),
            rng.uniform(0.3, 1),
            10 ** rng.uniform(0, 1.5),
        )

    def near(self, rng: np.random.Generator) -> Rule:
        """The same with one number changed."""
        name = ("weight", "decline", "reach", "longest")[rng.integers(4)]
        return replace(self, **{name: getattr(self, name) * np.exp(0.3 * rng.standard_normal())})


def improve_lru_mean(
    instance: Instance,
    order: Sequence[int] | IntArray,
    limits: Limits,
    on_better: Callable[[IntArray], object],
) -> None:
    """Lower the sum of flow times, until the limits are reached.

    Parameters
    ----------
    instance
        Its cache is ``lru``.
    order
        ``[n]``; where to begin.
    limits
        Time, or moves as nodes; one of them has to be limited. Its seed draws the moves.
    on_better
        Called with better orders.
    """
    search = LruAnnealing(LruSource(instance), np.array(order, dtype=np.int64), limits, on_better)
    search.list()
    search.run()


class LruAnnealing(Annealing):
    """Annealing with the cache ``lru``, and windows of the order that are listed anew."""

    widths = (8, 16, 32, 64)
    moves = 40
    heat = 0.2
    places_at_once = 50

    def __init__(
        self,
        source: LruSource,
        order: IntArray,
        limits: Limits,
        on_better: Callable[[IntArray], object],
    ) -> None:
        self.source = source
        instance, n = source.instance, source.instance.n
        self.replay = new_replay(source, limits.seed)
        near = np.stack((instance.trie.position - 1, instance.trie.position + 1), axis=1)
        self.near = instance.trie.order[np.clip(near, 0, n - 1)]
        self.rank = np.empty(n, dtype=np.int64)
        self.rank[instance.by_age] = np.arange(n)
        _, shared = source.before
        stream = source.stream
        path = stream.path_start
        saved = stream.path_cost[path] - stream.path_cost[path + stream.level[shared]]
        self.worth: FloatArray = np.where(source.after >= 0, saved[source.after], 0).astype(float)
        self.rule = Rule()
        self._new = tuple(np.zeros(n + 1, dtype=np.int64) for _ in range(5))
        self._begin(order, limits, on_better)

    @property
    def timed(self) -> Timed:
        """The present order."""
        from prefixsched.kernels.heuristics.anneal_lru import Timed

        digest, new_digest, *rest = self._new
        new_cost, new_ends, trial = rest
        return Timed(
            self.order, self.place, self.spent, self.ends, digest,
            new_cost, new_ends, new_digest, trial,
        )  # fmt: skip

    def serve_all(self) -> int:
        """Replay the present order; its sum of flow times."""
        from prefixsched.kernels.heuristics.anneal_lru import serve_all

        return int(serve_all(self.source.stream, self.replay, self.timed))

    def anneal_places(self, begin: int, end: int, width: int, moves: int, heat: int) -> int:
        """Moves at each place from ``begin`` to ``end`` - 1; by how much the sum changed."""
        from prefixsched.kernels.heuristics.anneal_lru import anneal_places

        return int(
            anneal_places(
                self.source.stream, self.replay, self.timed, self.near, self.source.after,
                begin, end, width, moves, heat, self.rng,
            )
        )  # fmt: skip

    def list(self) -> None:
        """Search for a rule of list scheduling, and begin with its order."""
        n, stale = len(self.order), 0
        left = self.limits.left
        part = self.limits.slice(RULES_SHARE, nodes=None if left is None else left // 5)
        least, rules = None, 0
        while stale < STALE and not part.spent:
            rule = Rule()
            if rules:
                fresh = rules < NEW_RULES and self.rng.random() < 0.7
                rule = Rule.random(self.rng) if fresh else self.rule.near(self.rng)
            part.charge(n)
            total = self._pass(rule, part)
            if total is None:
                break
            rules += 1
            stale += rules > NEW_RULES
            if least is None or total < least:
                least, self.rule, stale = total, rule, 0
            if total < self.least:
                self.least, self.best = total, self.order.copy()
        self.limits.charge(part.nodes)
        if rules:
            self.on_better(self.best)

    def _pass(self, rule: Rule, limits: Limits) -> int | None:
        """One pass over the stream into the present order; its sum, None if it was stopped."""
        from prefixsched.kernels.heuristics.lru_shortest_first import TOTAL, serve_shortest

        pick = self._pick(rule, 0.0)
        waiting, counters = np.zeros(len(self.order), dtype=np.int64), np.zeros(5, dtype=np.int64)
        order, by_age = self.order.copy(), self.source.instance.by_age
        while not serve_shortest(
            self.source.stream, self.replay, by_age, pick, waiting, order, counters, PICKS
        ):
            if limits.expired:
                return None
        self.order[:] = order
        return int(counters[TOTAL])

    def _pick(self, rule: Rule, noise: float) -> Pick:
        """A rule for this stream."""
        from prefixsched.kernels.heuristics.lru_list_scheduling import hold_times
        from prefixsched.kernels.heuristics.lru_shortest_first import Pick

        instance, n, lifetime = self.source.instance, len(self.order), self.source.lifetime
        hold = hold_times(
            instance.by_age,
            instance.arrival,
            np.full(n, int(rule.longest * lifetime)),
            self.source.after,
            np.full(n, int(rule.reach * lifetime)),
        )
        factors = np.ones(n) if noise == 0 else np.exp(noise * self.rng.standard_normal(n))
        return Pick(hold, self.worth, float(rule.weight), float(rule.decline), factors)

    def sweep(self, width: int, heat: int) -> None:
        """Windows listed anew, then moves at each place."""
        for _ in range(REBUILDS):
            self._rebuild()
        super().sweep(width, heat)

    def _rebuild(self) -> None:
        """List windows of the order anew, from first to last, by a rule near the best."""
        from prefixsched.kernels.heuristics.anneal_lru import rebuild

        n, rng = len(self.order), self.rng
        rule = Rule.random(rng) if rng.random() < 0.3 else self.rule.near(rng)
        pick = self._pick(rule, float(rng.choice(NOISE)))
        begin = 0
        while begin + 1 < n and not self.limits.spent:
            end = min(n, begin + int(10 ** rng.uniform(*WINDOWS)))
            self.limits.charge(self.limits.at_most(end - begin))
            patience = PATIENCE if rng.random() < 0.5 else 0
            self.total += int(
                rebuild(
                    self.source.stream, self.replay, self.timed, self.rank, pick,
                    begin, end, 0, patience,
                )
            )  # fmt: skip
            begin += int(rng.integers(1, STRIDE))
        self.keep()


def new_replay(source: LruSource, seed: int) -> Replay:
    """An empty cache with its undo log."""
    from prefixsched.kernels.heuristics.lru_replay import Replay, log_size

    stream, n = source.stream, source.instance.n
    nodes, rng = len(stream.parent), np.random.default_rng(seed)

    def zeros(size: int) -> IntArray:
        return np.zeros(size, dtype=np.int64)

    return Replay(
        stamp=zeros(nodes),
        cut=zeros(nodes),
        children=zeros(nodes),
        leaf=np.full(n + 2, -1, dtype=np.int64),
        log=np.empty((log_size(stream.level, stream.node), 2), dtype=np.int64),
        mark=zeros(n + 1),
        tokens=zeros(n + 1),
        oldest=zeros(n + 1),
        digest=zeros(n + 1),
        salt=rng.integers(1, 2**31, size=(2, nodes)),
        at=zeros(1),
    )

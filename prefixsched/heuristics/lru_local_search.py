"""Local search on an order of a stream with the cache ``lru``, replayed move by move in part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.heuristics.lru_stream import LruSource
from prefixsched.runtime.limits import stopped

MOVES_BETWEEN_LOOKS = 200
"""Moves between two looks at the limits: 10 to 200 ms on a stream of twelve thousand."""
LIFETIME_SHARE = 0.97
"""A prefix is taken to stay cached while so much of the capacity is computed."""
ALLOWED_SHARE = 1 / 600
"""Tardiness that a move may add for an earlier end, as a share of the aim."""


class LruLocalSearch:
    """An order and its times, which moves improve.

    Parameters
    ----------
    source
        The stream.
    order
        A permutation of its queries.
    seed
        Of all draws.
    """

    def __init__(self, source: LruSource, order: Sequence[int] | IntArray, seed: int) -> None:
        from prefixsched.kernels.heuristics.lru_local_search import Kin
        from prefixsched.kernels.heuristics.lru_plan import MOST_EDITS, Plan
        from prefixsched.kernels.heuristics.lru_replay import Replay, log_size

        self.source, self.rng = source, np.random.default_rng(seed)
        stream, n = source.stream, source.instance.n
        nodes = len(stream.parent)
        before, shared = source.before
        self.kin = Kin(
            before=before,
            after=source.after,
            shared_cost=stream.path_cost[stream.path_start + stream.level[shared]],
            lifetime=int(LIFETIME_SHARE * source.lifetime),
        )
        self.replay = Replay(
            stamp=_zeros(nodes),
            cut=_zeros(nodes),
            children=_zeros(nodes),
            leaf=np.full(n + 2, -1, dtype=np.int64),
            log=np.empty((log_size(stream.level, stream.node), 2), dtype=np.int64),
            mark=_zeros(n + 1),
            tokens=_zeros(n + 1),
            oldest=_zeros(n + 1),
            digest=_zeros(n + 1),
            salt=self.rng.integers(1, 2**31, size=(2, nodes)),
            at=_zeros(1),
        )
        self.plan = Plan(
            due=source.instance.arrival.copy(),
            order=np.array(order, dtype=np.int64),
            place=_zeros(n),
            cost=_zeros(n),
            completion=_zeros(n),
            tardiness=_zeros(n + 1),
            digest=_zeros(n + 1),
            new_cost=_zeros(n),
            new_digest=_zeros(n + 1),
            edits=np.zeros((MOST_EDITS, 2), dtype=np.int64),
            edited=_zeros(1),
        )
        self.restart(order)

    def restart(self, order: Sequence[int] | IntArray) -> None:
        """Go on from another order."""
        from prefixsched.kernels.heuristics.lru_plan import begin

        self.plan.order[:] = order
        begin(self.source.stream, self.replay, self.plan)

    @property
    def ttft(self) -> IntArray:
        """``[n]``; by query."""
        return self.plan.completion[self.plan.place] - self.source.instance.arrival

    @property
    def worst(self) -> int:
        """The largest TTFT of the order."""
        return int(self.ttft.max())

    def aim(self, due: IntArray) -> int:
        """Set the due times by which lateness counts; how late the latest query is."""
        from prefixsched.kernels.heuristics.lru_plan import retime

        self.plan.due[:] = due
        retime(self.source.stream, self.plan, 0)
        return int((self.plan.completion - due[self.plan.order]).max())

    def run(
        self, most_late: int, allowed: int, moves: int, over: Callable[[], bool] = stopped
    ) -> int:
        """Lower the tardiness beyond the due times.

        Parameters
        ----------
        most_late
            No query may be later than this.
        allowed
            By how much one move may let the tardiness grow if it saves time.
        moves
            The most moves.
        over
            Asked every few milliseconds: whether to stop.

        Returns
        -------
        int
            Moves tried: fewer than asked for where no query is late any more, or it was stopped.
        """
        from prefixsched.kernels.heuristics.lru_local_search import search

        done = 0
        while done < moves and self.plan.tardiness[-1] and not over():
            some = min(MOVES_BETWEEN_LOOKS, moves - done)
            done += search(
                self.source.stream, self.replay, self.plan, self.kin, most_late, allowed, some,
                self.rng,
            )  # fmt: skip
        return done


def _zeros(size: int) -> IntArray:
    return np.zeros(size, dtype=np.int64)

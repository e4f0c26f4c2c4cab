"""The server and its queue, for policies that decide pick by pick."""

from __future__ import annotations

import reprlib

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.kernels.online.queue import common, deepest_hot, heat
from prefixsched.model.cost import Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache, Instance
from prefixsched.online.policy import Policy, View
from prefixsched.online.radix_cache import RadixCache
from prefixsched.plugins.naming import name_of
from prefixsched.plugins.user_classes import foreign


class Server:
    """One run of a policy. A pick costs time that grows with the waiting set, not with n.

    Parameters
    ----------
    instance
        The stream to serve.
    """

    def __init__(self, instance: Instance) -> None:
        n = instance.n
        self.instance = instance
        self.due = instance.arrival[instance.by_age]
        self.matched = np.zeros(n, dtype=np.int64)  # of waiting queries, capped
        self.seen = np.zeros(n, dtype=np.int64)  # the pick that saw a query first
        self.computed = 0  # tokens prefilled so far
        self.computed_before = np.zeros(n, dtype=np.int64)  # ...when a query was first seen
        self.arrived = 0
        self.served: list[int] = []
        cost = instance.cost
        self.setups = cost.start if isinstance(cost, Table) else None  # of a table, as of now
        self.hot = np.zeros(instance.trie.n_nodes, dtype=np.bool_)  # all that is cached
        self.hot[0] = True
        self.marked = np.zeros(instance.trie.n_nodes, dtype=np.int64)  # paths, by pick
        self.radix = RadixCache(instance) if instance.cache is Cache.LRU else None

    def run(self, policy: Policy) -> tuple[IntArray, IntArray, IntArray]:
        """Serve everything; the order, and by query its completion and reused tokens.

        Raises
        ------
        InputError
            If the policy picks a query that isn't waiting, or raises.
        """
        instance = self.instance
        n = instance.n
        completion, reused = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
        waiting = np.empty(0, dtype=np.int64)
        now, free = 0, 0  # the clock of the next pick, and the last completion
        for _ in range(n):
            now, waiting = self._wait(now, waiting)
            j, waiting = self._pick(policy, now, waiting)
            now = free = self._finish(j, free)
            completion[j], reused[j] = now, self.matched[j]
            self.computed += int(instance.length[j] - self.matched[j])
            self._cache(j)
            self.matched[waiting] = self._matched(j, waiting)
        return np.array(self.served, dtype=np.int64), completion, reused

    def ticks(self, queries: IntArray) -> IntArray:
        """How long each of ``queries`` would take if it were served next."""
        cost = self.instance.cost
        if not isinstance(cost, Table):
            return cost.prefill(self.instance.length[queries], self.matched[queries])
        assert self.setups is not None
        setups: IntArray = self.setups[queries]
        return setups

    def segment(self, queries: IntArray, k: int) -> IntArray:
        """The label code of the k-th segment of each query, from 1, or of its last one."""
        prompts = self.instance.prompts
        begin, count = prompts.offsets[queries], np.diff(prompts.offsets)[queries]
        code = np.full(len(queries), -1, dtype=np.int64)
        some = count > 0
        code[some] = prompts.labels[begin[some] + np.minimum(k, count[some]) - 1]
        return code

    def recent(self, count: int) -> Instance:
        """The last ``count`` queries that have arrived, as an instance that begins at tick 0."""
        from dataclasses import replace

        queries = self.instance.by_age[max(self.arrived - count, 0) : self.arrived]
        part = self.instance.select(queries)
        return replace(part, arrival=part.arrival - part.arrival[0])

    def _cache(self, j: int) -> None:
        """Take note that ``j`` was served last."""
        trie, cost = self.instance.trie, self.instance.cost
        self.served.append(j)
        if self.radix is not None:
            self.radix.serve(j)
        heat(int(trie.node[j]), trie.parent, self.hot)
        if isinstance(cost, Table):
            assert self.setups is not None
            last = self.instance.cache is Cache.LAST
            self.setups = cost.matrix[j] if last else np.minimum(self.setups, cost.matrix[j])

    def _wait(self, now: int, waiting: IntArray) -> tuple[int, IntArray]:
        """Go on to the next arrival where none waits; the clock, and all that wait then."""
        if not len(waiting):
            now = max(now, int(self.due[self.arrived]))
        return now, np.concatenate((waiting, self._admit(now, len(self.served))))

    def _admit(self, now: int, picks: int) -> IntArray:
        """The queries that arrived since the last pick, oldest first."""
        until = int(np.searchsorted(self.due, now, side="right"))
        fresh = self.instance.by_age[self.arrived : until]
        self.arrived = until
        self.seen[fresh] = picks
        self.computed_before[fresh] = self.computed
        trie = self.instance.trie
        if self.radix is not None:
            self.matched[fresh] = self._capped(self.radix.matched(fresh), fresh)
        elif self.instance.cache is Cache.UNBOUNDED:
            found = trie.depth[deepest_hot(trie.node[fresh], trie.parent, self.hot)]
            self.matched[fresh] = self._capped(found, fresh)
        elif self.served:
            self.matched[fresh] = self._overlap(self.served[-1], fresh)
        return fresh

    def _matched(self, j: int, waiting: IntArray) -> IntArray:
        """Tokens that each of ``waiting`` finds in the cache once ``j`` was served."""
        if self.radix is not None:
            return self._capped(self.radix.matched(waiting), waiting)
        overlap = self._overlap(j, waiting)
        if self.instance.cache is Cache.UNBOUNDED:
            return np.maximum(self.matched[waiting], overlap)
        return overlap

    def _overlap(self, j: int, queries: IntArray) -> IntArray:
        """Tokens that each of ``queries`` reuses right after ``j``."""
        trie = self.instance.trie
        found = common(
            int(trie.node[j]), trie.node[queries], trie.parent, trie.depth, self.marked,
            len(self.served),
        )  # fmt: skip
        return self._capped(found, queries)

    def _capped(self, tokens: IntArray, queries: IntArray) -> IntArray:
        return np.minimum(tokens, np.maximum(self.instance.length[queries] - 1, 0))

    def _pick(self, policy: Policy, now: int, waiting: IntArray) -> tuple[int, IntArray]:
        """Ask the policy for one of ``waiting``; which, and the others."""
        view = View(
            now, len(self.served), waiting, self.instance.arrival[waiting],
            self.instance.length[waiting], self.matched[waiting], self,
        )  # fmt: skip
        for column in (view.waiting, view.arrival, view.length, view.overlap):
            column.flags.writeable = False
        told = f"policy {name_of(policy)}"
        try:
            with foreign(f"{told}: pick {view.picks}", "mend its pick(view)"):
                j: object = policy.pick(view)
        except InputError as error:
            if error.__cause__ is None:  # the policy says itself what is wrong
                raise InputError(f"{told}: {error}") from error
            raise
        if not isinstance(j, int | np.integer) or isinstance(j, bool) or j not in view.waiting:
            shown = int(j) if isinstance(j, np.integer) else j
            raise InputError(
                f"{told}: picked {reprlib.repr(shown)} at pick {view.picks}, which isn't waiting; "
                "return one of view.waiting"
            )
        return int(j), waiting[waiting != j]

    def _finish(self, j: int, free: int) -> int:
        """When ``j`` ends if it is served next by a server that is free from ``free`` on."""
        cost, arrival = self.instance.cost, int(self.instance.arrival[j])
        ticks = int(self.ticks(np.array([j]))[0])
        if isinstance(cost, Table) and cost.anticipatory:
            return max(free + ticks, arrival)
        return max(free, arrival) + ticks

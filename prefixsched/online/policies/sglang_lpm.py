"""SGLang's longest prefix match, as the engine runs it."""

from __future__ import annotations

from collections import deque

from prefixsched.online.policy import View

MOST_SORTED = 128
"""With more waiting the queue is not sorted (``_determine_active_policy``)."""
IN_BATCH_CHECK = 32
"""A match this short is compared with the queue (IN_BATCH_PREFIX_CACHING_CHECK_THRESHOLD)."""
IN_BATCH_DEPRIORITIZE = 32
"""A match with the queue this long puts a query last (..._DEPRIORITIZE_THRESHOLD)."""


class SGLangLPM:
    """SGLang's lpm: a stable sort by matched tokens each pass, none past 128 waiting.

    The queue keeps its order from pass to pass, with new queries at its end, so
    ties keep the order of the pass before. Queries are looked at in that order:
    one that finds at most 32 tokens in the cache, and would find at least 32
    were an earlier one of these served, is put last, so that the earlier one
    warms the cache; else it is itself one that later ones are compared with.
    The first of the sorted queue is picked. From ``SchedulePolicy`` of
    sgl-project/sglang, python/sglang/srt/managers/schedule_policy.py (2026);
    matches are those of the model, which leave the last token to compute.
    """

    name = "sglang-lpm"

    def pick(self, view: View) -> int:
        """The first of the queue, sorted where it is short."""
        if view.picks == 0:
            self._queue: deque[int] = deque()
        self._queue.extend(view.waiting[len(self._queue) :].tolist())
        if len(self._queue) <= MOST_SORTED:
            self._sort(view)
        return self._queue.popleft()

    def _sort(self, view: View) -> None:
        place = {query: i for i, query in enumerate(view.waiting.tolist())}
        last = self._last(view, [place[query] for query in self._queue])
        matched = view.overlap.tolist()

        def key(query: int) -> tuple[bool, int]:
            i = place[query]
            return i in last, 0 if i in last else -matched[i]

        self._queue = deque(sorted(self._queue, key=key))

    def _last(self, view: View, queue: list[int]) -> set[int]:
        """Which of the queue, as indices into ``view.waiting``, are put last."""
        matched = view.overlap.tolist()
        short = [i for i in queue if matched[i] <= IN_BATCH_CHECK]
        if len(short) < 2:
            return set()
        trie = view.trie
        parent, depth, node = trie.parent.tolist(), trie.depth.tolist(), trie.node.tolist()
        length = view.length.tolist()
        last, inserted = set(), {0}  # nodes on the paths of those that others are compared with
        for i in short:
            path, v = [], node[i]
            while v not in inserted:
                path.append(v)
                v = parent[v]
            if min(depth[v], length[i] - 1) >= IN_BATCH_DEPRIORITIZE:
                last.add(i)
            else:
                inserted.update(path)
        return last

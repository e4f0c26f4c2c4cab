"""SGLang's depth-first order of the cache's radix tree, heaviest branch first."""

from __future__ import annotations

from collections import defaultdict

from prefixsched.online.policy import View

Place = tuple[int, int]
"""Where a match ends: the trie node at or just below it, and its depth in tokens."""


class DfsWeight:
    """SGLang's dfs-weight: depth first through the cached tree, the heaviest child first.

    Each waiting query hangs at the point of the cached tree where its match
    ends. A node weighs as many as hang at it or below; its children come before
    those that hang at itself, the heaviest child first, ties to the child with
    the oldest query. The queue takes that order each pass, and those that hang
    at one node keep the order of the pass before. From ``dfs-weight`` of
    sgl-project/sglang, python/sglang/srt/managers/schedule_policy.py.

    Where only the last prompt is cached the tree is one path, so the deepest
    match comes first and the rule is LPM; it differs under an unbounded cache.
    """

    name = "dfs-weight"

    def pick(self, view: View) -> int:
        """The first of the order."""
        if view.picks == 0:
            self._queue: list[int] = []
        self._queue.extend(view.waiting[len(self._queue) :].tolist())
        index = {query: i for i, query in enumerate(view.waiting.tolist())}
        order = _depth_first(view, [index[query] for query in self._queue])
        self._queue = view.waiting[order].tolist()
        return self._queue.pop(0)


def _depth_first(view: View, queue: list[int]) -> list[int]:
    """The order of the queue, in and out as indices into ``view.waiting``."""
    hanging, above = _places(view, queue)
    below: dict[Place, list[Place]] = defaultdict(list)
    weight, oldest = dict[Place, int](), dict[Place, int]()
    for place in sorted(above, key=lambda place: -place[1]):  # children before their parents
        here = hanging[place]
        weight[place] = len(here) + sum(weight[child] for child in below[place])
        oldest[place] = min([*here, *(oldest[child] for child in below[place])])
        up = above[place]
        if up is not None:
            below[up].append(place)
    order: list[int] = []
    stack: list[Place | list[int]] = [place for place, up in above.items() if up is None]
    while stack:
        top = stack.pop()
        if isinstance(top, list):
            order.extend(top)
            continue
        stack.append(hanging[top])  # after all its children, which come off the stack before it
        lightest_first = sorted(below[top], key=lambda c: (-weight[c], oldest[c]), reverse=True)
        stack.extend(lightest_first)
    return order


def _places(
    view: View, queue: list[int]
) -> tuple[dict[Place, list[int]], dict[Place, Place | None]]:
    """Who hangs where, in the queue's order, and the next occupied place above each."""
    trie, matched = view.trie, view.overlap.tolist()
    parent, depth, node = trie.parent.tolist(), trie.depth.tolist(), trie.node.tolist()
    hanging: dict[Place, list[int]] = defaultdict(list)
    for i in queue:
        v = node[i]
        while v and depth[parent[v]] >= matched[i]:
            v = parent[v]
        hanging[v, matched[i]].append(i)
    hanging.setdefault((0, 0), [])
    on_edge: dict[int, list[int]] = defaultdict(list)
    for v, tokens in sorted(hanging):
        on_edge[v].append(tokens)
    above: dict[Place, Place | None] = {}
    for v, tokens in hanging:
        k = on_edge[v].index(tokens)
        up = v
        if k == 0 and v:
            up = parent[v]
            while up not in on_edge:
                up = parent[up]
            k = len(on_edge[up])
        above[v, tokens] = (up, on_edge[up][k - 1]) if k else None
    return hanging, above

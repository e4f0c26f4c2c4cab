"""Rollout policy: looking a few picks ahead."""

from __future__ import annotations

import numpy as np

from prefixsched.model.cost import Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Cache
from prefixsched.model.options import whole
from prefixsched.model.path_costs import path_costs
from prefixsched.online.policy import View


class Rollout:
    """Rollout: the first pick of the best of a beam over the orders of what waits.

    Each pick, a beam search over the next picks judges where they lead by the
    work bound that the exact engines use: the m oldest queries left can't be
    done before the work of their trie is. What it makes least is the largest
    TTFT of the run so far and of what waits; while that is out of danger, the
    total work. It knows nothing of arrivals to come. With an ``lru`` cache it looks
    ahead as if nothing were evicted. Ours.

    Parameters
    ----------
    depth
        Picks to look ahead.
    width
        States that each step of the beam keeps.
    """

    def __init__(self, depth: int = 16, width: int = 4) -> None:
        self.depth = whole("rollout: depth", depth)
        self.width = whole("rollout: width", width)
        default = (depth, width) == (16, 4)
        self.name = "rollout" + ("" if default else f":{depth},width={width}")

    def pick(self, view: View) -> int:
        """The first of the best order.

        Raises
        ------
        InputError
            If costs come from a table: without prompts there is no work bound.
        """
        from prefixsched.kernels.online.rollout import choose

        if isinstance(view.cost, Table):
            raise InputError("costs are a table, but the beam needs prompts")
        if view.picks == 0:
            self._worst = 0
        ticks, trie = view.ticks, view.trie
        i = 0
        if len(ticks) > 1:
            i = choose(
                view.now,
                self._worst,
                np.ascontiguousarray(view.arrival),
                ticks,
                view.cache is not Cache.LAST,
                trie.node,
                trie.parent,
                trie.level,
                *path_costs(view.cost, trie),
                self.width,
                self.depth,
            )
        self._worst = max(self._worst, int(view.wait[i] + ticks[i]))
        return int(view.waiting[i])

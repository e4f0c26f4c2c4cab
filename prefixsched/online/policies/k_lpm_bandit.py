"""k-LPM whose k is learnt by trying."""

from __future__ import annotations

from collections import deque
from fractions import Fraction

import numpy as np

from prefixsched.model.options import whole
from prefixsched.online.policies.prefix import KLPM
from prefixsched.online.policy import View

ARMS = (1, 2, 4, 8, 16, "inf")


class BanditKLPM:
    """Adaptive k-LPM: a bandit over k = 1, 2, 4, 8, 16 and ∞ that forgets.

    A run is cut into epochs of so many picks, each under one k. An epoch costs
    its largest TTFT, the oldest query's wait at its end included, so that no k
    hides what it leaves waiting. Every k is tried once; then one epoch in
    ``explore`` tries a k at random, and the others use the k with the least
    mean cost of its last ``memory`` epochs, the smallest of equals. This is
    ε-greedy with a sliding window; means are compared exactly. Ours.

    Parameters
    ----------
    epoch
        Picks of an epoch.
    explore
        One epoch in so many explores.
    memory
        How many epochs of a k count.
    seed
        Of the draws; a run with the same seed repeats.
    """

    def __init__(self, epoch: int = 32, explore: int = 8, memory: int = 4, seed: int = 0) -> None:
        self.epoch = whole("k-lpm-bandit: epoch", epoch)
        self.explore = whole("k-lpm-bandit: explore", explore, 2)
        self.memory = whole("k-lpm-bandit: memory", memory)
        self.seed = whole("k-lpm-bandit: seed", seed, 0)
        given = {"epoch": epoch, "explore": explore, "memory": memory, "seed": seed}
        usual = {"epoch": 32, "explore": 8, "memory": 4, "seed": 0}
        changed = ",".join(f"{key}={given[key]}" for key in given if given[key] != usual[key])
        self.name = "k-lpm-bandit" + (f":{changed}" if changed else "")

    def pick(self, view: View) -> int:
        """What the k-LPM of the epoch picks."""
        if view.picks == 0:
            self._costs = [deque[int](maxlen=self.memory) for _ in ARMS]
            self._rng = np.random.Generator(np.random.PCG64(self.seed))
            self._arm, self._worst = 0, 0
        elif view.picks % self.epoch == 0:
            self._costs[self._arm].append(max(self._worst, int(view.wait[0])))
            self._arm, self._worst = self._next(view.picks // self.epoch), 0
        j = KLPM(ARMS[self._arm]).pick(view)
        i = int(np.flatnonzero(view.waiting == j)[0])
        self._worst = max(self._worst, int(view.wait[i] + view.ticks[i]))
        return j

    def _next(self, epoch: int) -> int:
        """The arm of an epoch."""
        untried = [arm for arm, costs in enumerate(self._costs) if not costs]
        if untried:
            return untried[0]
        if epoch % self.explore == 0:
            return int(self._rng.integers(len(ARMS)))
        return min(range(len(ARMS)), key=lambda arm: _mean(self._costs[arm]))


def _mean(costs: deque[int]) -> Fraction:
    return Fraction(sum(costs), len(costs))

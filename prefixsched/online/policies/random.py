"""Random order: a waiting query at random."""

from __future__ import annotations

import numpy as np

from prefixsched.model.options import whole
from prefixsched.online.policy import View


class Random:
    """Random: any waiting query, each as likely as the others.

    SGLang's ``--schedule-policy random``: what a scheduler is worth that knows nothing.

    Parameters
    ----------
    seed
        Of the draws; a run with the same seed repeats.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = whole("random: seed", seed, 0)
        self.name = "random" if seed == 0 else f"random:{seed}"

    def pick(self, view: View) -> int:
        """One of the waiting queries."""
        if view.picks == 0:
            self._rng = np.random.Generator(np.random.PCG64(self.seed))
        return int(view.waiting[self._rng.integers(len(view.waiting))])

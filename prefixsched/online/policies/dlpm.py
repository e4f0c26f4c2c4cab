"""Deficit longest prefix match: locality among clients that have credit."""

from __future__ import annotations

import numpy as np

from prefixsched.model.options import whole
from prefixsched.online.policy import View


class DLPM:
    """DLPM: the longest match among clients with a positive deficit, ties to the oldest.

    A pick is charged the tokens that it computes. When no waiting client has a
    positive deficit, each of them gets the quantum, as many times as it takes
    for one to have. From "Locality-aware Fair Scheduling in LLM Serving" (arXiv
    2501.14312, 2025).

    An instance does not say who its clients are, so a client is the label of a
    prompt's k-th segment.

    Parameters
    ----------
    quantum
        Tokens that clients get.
    segment
        Which segment, from 1, tells clients apart: 1 in ``rasq``, 2 in ``recommender``.
    """

    def __init__(self, quantum: int = 4096, segment: int = 1) -> None:
        self.quantum = whole("dlpm: quantum", quantum)
        self.segment = whole("dlpm: segment", segment)
        self.name = f"dlpm:{quantum}" + ("" if segment == 1 else f",segment={segment}")

    def pick(self, view: View) -> int:
        """The longest match that its client can pay for."""
        if view.picks == 0:
            self._deficit: dict[int, int] = {}
        clients, whose = np.unique(view.segment(self.segment), return_inverse=True)
        codes = clients.tolist()
        deficit = np.array([self._deficit.get(code, 0) for code in codes])
        if deficit.max() <= 0:
            deficit += self.quantum * (1 + int(-deficit.max()) // self.quantum)
            self._deficit.update(zip(codes, deficit.tolist(), strict=True))
        credit = np.flatnonzero(deficit[whose] > 0)
        chosen = int(credit[view.overlap[credit].argmax()])
        self._deficit[codes[whose[chosen]]] -= int(view.uncached[chosen])
        return int(view.waiting[chosen])

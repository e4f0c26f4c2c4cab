"""k-LPM whose k would have been best on the recent past."""

from __future__ import annotations

from prefixsched.model.options import whole
from prefixsched.online.policies.prefix import KLPM
from prefixsched.online.policy import View

CANDIDATES = (1, 2, 4, 8, 16, 32, "inf")


class BacktestKLPM:
    """Adaptive k-LPM: the k with the least largest TTFT when the recent past is run again.

    Every so many picks the last queries that arrived are simulated under k-LPM
    for k = 1, 2, 4, 8, 16, 32 and ∞, as a stream of their own; the best k, the
    smallest of equals, is used from then on. Until then k is 4. Ours.

    Parameters
    ----------
    window
        How many arrivals the past goes back.
    every
        Picks from one choice to the next.
    """

    def __init__(self, window: int = 256, every: int = 32) -> None:
        self.window = whole("k-lpm-backtest: window", window, 2)
        self.every = whole("k-lpm-backtest: every", every)
        default = (window, every) == (256, 32)
        self.name = "k-lpm-backtest" + ("" if default else f":{window},every={every}")

    def pick(self, view: View) -> int:
        """What the k-LPM of the moment picks."""
        if view.picks == 0:
            self._policy = KLPM()
        elif view.picks % self.every == 0:
            self._policy = _best(view, self.window)
        return self._policy.pick(view)


def _best(view: View, window: int) -> KLPM:
    from prefixsched.online.simulation import simulate

    past = view.recent(window)
    return min((KLPM(k) for k in CANDIDATES), key=lambda policy: simulate(past, policy).max)

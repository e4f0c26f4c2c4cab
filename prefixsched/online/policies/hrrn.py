"""Highest response ratio next, in tokens."""

from __future__ import annotations

import numpy as np

from prefixsched.online.policies.exact import largest_ratio
from prefixsched.online.policy import View


class HRRN:
    """HRRN: the largest tokens prefilled since arrival / tokens to compute, ties to the oldest.

    At a constant token rate that is Brinch Hansen's highest response ratio
    next, (wait + service) / service, less one. As in SGLang
    (``--schedule-policy hrrn``, sgl-project/sglang pull request 32911), without
    that engine's threshold and in-batch rule; ratios are compared exactly.
    """

    name = "hrrn"

    def pick(self, view: View) -> int:
        """The query with the largest ratio."""
        return int(view.waiting[largest_ratio(view.computed, np.maximum(view.uncached, 1))])

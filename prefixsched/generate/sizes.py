"""Token counts, fixed or log-normal."""

from __future__ import annotations

from math import log, log1p, sqrt

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.model.cost import MAX_NUMBER


def sizes(rng: np.random.Generator, n: int, mean: int, cv: float) -> IntArray:
    """Draw n token counts, each at least 1.

    Parameters
    ----------
    rng
        Where the randomness comes from; left alone where ``cv`` is 0.
    n
        How many.
    mean
        Their mean, before rounding.
    cv
        Standard deviation over mean of the log-normal law; 0 makes every size ``mean``.
    """
    if cv == 0:
        return np.full(n, mean, dtype=np.int64)
    variance = log1p(cv * cv)
    drawn = np.exp(log(mean) - variance / 2 + sqrt(variance) * rng.standard_normal(n))
    return np.clip(np.floor(drawn + 0.5), 1, MAX_NUMBER).astype(np.int64)

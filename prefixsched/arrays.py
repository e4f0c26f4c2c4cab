"""Array types, and the integer that stands for infinity."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

INFINITY = np.int64(2**62)
"""Later than every time, dearer than every cost: both stay below 2^53, and sums of two of these
within 64 bits."""

"""Sets of served queries: the first unserved one and a bit for each after it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from prefixsched.kernels.jit import kernel

Bits = npt.NDArray[np.uint64]


@kernel
def served(bits: Bits, s: int, first: int, j: int) -> bool:
    """Whether state ``s`` has served query ``j``."""
    if j < first:
        return True
    if j == first:
        return False
    k = j - first - 1
    if (k >> 6) >= bits.shape[1]:
        return False
    return (bits[s, k >> 6] >> np.uint64(k & 63)) & np.uint64(1) != 0


@kernel
def child_bits(bits: Bits, s: int, first: int, c: int, out: Bits) -> int:
    """The bits after serving ``c``, into ``out``; returns the new first unserved query."""
    words = out.size
    for w in range(words):
        out[w] = bits[s, w]
    if c != first:
        k = c - first - 1
        out[k >> 6] |= np.uint64(1) << np.uint64(k & 63)
        return first
    run = 0
    while run < 64 * words and (out[run >> 6] >> np.uint64(run & 63)) & np.uint64(1) != 0:
        run += 1
    shift = run + 1
    skip, low = shift >> 6, np.uint64(shift & 63)
    for w in range(words):
        value = np.uint64(0)
        if w + skip < words:
            value = out[w + skip] >> low
            if low > 0 and w + skip + 1 < words:
                value |= out[w + skip + 1] << (np.uint64(64) - low)
        out[w] = value
    return first + shift


@kernel
def set_key(first: int, bits: Bits) -> int:
    """A mixed, non-negative key of the queries served."""
    h = np.uint64(first + 1) * np.uint64(0x9E3779B97F4A7C15)
    for w in range(bits.size):
        h ^= bits[w]
        h ^= h >> np.uint64(31)
        h *= np.uint64(0xBF58476D1CE4E5B9)
    h ^= h >> np.uint64(29)
    return np.int64(h >> np.uint64(2))


@kernel
def state_key(key: int, last: int) -> int:
    """The key of the queries served and the last of them."""
    h = (np.uint64(key) ^ np.uint64(last + 1)) * np.uint64(0x94D049BB133111EB)
    return np.int64((h ^ (h >> np.uint64(31))) >> np.uint64(2))

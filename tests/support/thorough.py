"""How thorough property tests are.

``PREFIXSCHED_THOROUGH=1`` asks for all examples, as before a release or after a change of a proof,
and a greater number for so many times as many; else each property is tried on a part of them,
always the same, so that everything runs in minutes.
"""

import os

TIMES = int(os.environ.get("PREFIXSCHED_THOROUGH", "0"))
"""How many times all examples; 0 for a part."""
PART = 1 if TIMES else 4
"""One example in so many."""
LEAST = 50
"""Examples of a property at least, where it has so many."""


def examples(most):
    """How many examples of ``most`` are tried."""
    return TIMES * most or max(min(most, LEAST), most // PART)

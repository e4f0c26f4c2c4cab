"""How thorough property tests are.

``PREFIXSCHED_THOROUGH=1`` asks for all examples, as before a release or after a change of a proof;
else each property is tried on a part of them, always the same, so that everything runs in minutes.
"""

import os

PART = 1 if os.environ.get("PREFIXSCHED_THOROUGH") else 4
"""One example in so many."""
LEAST = 50
"""Examples of a property at least, where it has so many."""


def examples(most):
    """How many examples of ``most`` are tried."""
    return max(min(most, LEAST), most // PART)

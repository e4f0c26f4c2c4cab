"""Python's search for cycles of garbage, and how to go without."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Pause the search while millions of objects are made and those dropped are in no cycle.

    It would look at all that there are again and again, which took up to three
    quarters of the time of reading 100 MB. What is in no cycle goes at once as ever.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()

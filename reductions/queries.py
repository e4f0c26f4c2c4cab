"""Queries one by one, and the instance that they make up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from prefixsched.model.cost import Potential
from prefixsched.model.instance import Instance
from prefixsched.model.prompts import Prompts

Query = tuple[str, int, list[tuple[str, int]]]
"""Id, arrival in ticks, and prompt as segments (label, tokens)."""


def instance_of(
    name: str, queries: Iterable[Query], cost: Potential, meta: Mapping[str, Any]
) -> Instance:
    """The instance of ``queries``, in order of arrival, with the last prompt cached."""
    ids, arrivals, prompts = zip(*sorted(queries, key=lambda query: query[1]), strict=True)
    return Instance(
        name=name,
        ids=ids,
        arrival=np.array(arrivals, dtype=np.int64),
        prompts=Prompts.from_segments(prompts),
        cost=cost,
        time_unit="us",
        meta=meta,
    )

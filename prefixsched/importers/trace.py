"""A serving trace as columns, and the instance made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.importers.compact import compact
from prefixsched.model.cost import MAX_NUMBER, Potential
from prefixsched.model.display import Headed, name_text
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance
from prefixsched.model.options import CacheName, cache_of, exact, whole
from prefixsched.model.prompts import Prompts
from prefixsched.model.scale import scale


@dataclass(frozen=True, eq=False, repr=False)
class Trace(Headed):
    """Requests in order of arrival, their prompts as lists of hashed blocks.

    Parameters
    ----------
    source
        The name of the file, without its folder.
    format
        What the importer is called.
    block_size
        Tokens in a block.
    ids
        n distinct names.
    arrival
        ``[n]``; microseconds, never falling.
    input_length
        ``[n]``; prompt tokens.
    offsets
        ``[n + 1]``; request ``i`` has the blocks ``offsets[i]:offsets[i + 1]``.
    blocks
        ``[m]``; each block's id, as an index into ``names``.
    names
        The block ids, as the file has them.
    """

    source: str
    format: str
    block_size: int
    ids: Sequence[str]
    arrival: IntArray
    input_length: IntArray
    offsets: IntArray
    blocks: IntArray
    names: Sequence[str | int]

    def _headline(self) -> str:
        return f"{name_text(self.source)}: {len(self):,} requests, {self.format}"

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def covered(self) -> IntArray:
        """``[n]``; tokens that each request's blocks could hold."""
        return np.diff(self.offsets) * self.block_size

    def select(self, rows: IntArray) -> Trace:
        """The requests of ``rows``, in that order."""
        # Prompts know how to select ragged rows; the lengths play no part.
        ragged = Prompts(self.offsets, self.blocks, np.ones_like(self.blocks), self.names).select(
            rows
        )
        return Trace(
            self.source,
            self.format,
            self.block_size,
            [self.ids[i] for i in rows.tolist()],
            self.arrival[rows],
            self.input_length[rows],
            ragged.offsets,
            ragged.labels,
            self.names,
        )

    def prompts(self) -> Prompts:
        """The prompts, one segment per block, each of ``input_length`` tokens.

        The block in which the prompt ends is cut there, and blocks past it are
        left out; tokens past the last block are left out too. A request without
        any block keeps its tokens, as a segment that no other prompt shares:
        engines that hash whole blocks alone give no id to a shorter prompt.
        """
        size = self.block_size
        have = np.diff(self.offsets)
        tokens = np.where(have > 0, np.minimum(self.input_length, self.covered), self.input_length)
        used = np.minimum(have, -(-tokens // size))
        rest = tokens - np.minimum(used * size, tokens)
        count = used + (rest > 0)
        offsets = np.concatenate(([0], np.cumsum(count)))
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], count)
        hashed = within < np.repeat(used, count)

        labels = np.empty(offsets[-1], dtype=np.int64)
        labels[hashed] = self.blocks[(within + np.repeat(self.offsets[:-1], count))[hashed]]
        own = np.flatnonzero(rest)
        labels[~hashed] = len(self.names) + np.arange(own.size)
        lengths = np.full(offsets[-1], size, dtype=np.int64)
        lengths[~hashed] = rest[own]
        cut = rest == 0
        lengths[offsets[1:][cut] - 1] = (tokens - (used - 1) * size)[cut]
        names = [*self.names, *(f"{self.ids[i]}:rest" for i in own.tolist())]
        return Prompts(offsets, labels, lengths, names)


def to_instance(
    trace: Trace,
    *,
    start: int = 0,
    count: int | None = None,
    time_scale: Fraction = Fraction(1),
    token_time: Decimal | Fraction = Decimal(40),
    attention_time: Decimal | Fraction = Decimal(0),
    cache: CacheName = "last",
    name: str | None = None,
) -> Instance:
    """Make an instance of some of a trace's requests, taken in order of arrival.

    A tick is a microsecond. Arrivals count from the first request taken,
    multiplied by ``time_scale`` exactly and rounded half up. Prompts share what
    their equal leading blocks say, and are written with few, long segments.

    Parameters
    ----------
    trace
        What an importer read.
    start
        The first request to take, from 0.
    count
        How many to take, as far as there are; all from ``start`` where not given.
    time_scale
        Factor on the time between arrivals; 1/2 doubles the load, 0 lets all arrive at once.
    token_time
        Prefill microseconds per token.
    attention_time
        Prefill microseconds per squared token; above 0 the cost model is causal.
    cache
        What stays cached: the prompt processed last, everything, or what fits into so many tokens.
    name
        The instance's name; made up from the file name and the rows where not given.

    Returns
    -------
    Instance
        Its ids are the trace's own where every row has one and all differ, else
        ``q`` and the line number in the file.

    Raises
    ------
    InputError
        If an option is out of range.

    Examples
    --------
    ``prefixsched import mooncake trace.jsonl --count 200 --time-scale 0.5 -o trace.json``
    """
    n = len(trace)
    kept, capacity = cache_of("cache", cache)
    if whole("start", start, 0) >= n:
        raise InputError(f"start: {start}, but the trace has {n} rows; give 0 to {n - 1}")
    stop = n if count is None else min(start + whole("count", count), n)
    rows = np.arange(start, stop)
    part = trace if len(rows) == n else trace.select(rows)
    stem = trace.source.removesuffix(".gz").removesuffix(".jsonl")
    return Instance(
        name=name or (stem if part is trace else f"{stem}-{start}-{stop}"),
        ids=part.ids,
        arrival=_scaled(part.arrival - part.arrival[0], time_scale),
        prompts=compact(part.prompts()),
        cost=Potential(
            exact("token_time", token_time, zero=True),
            exact("attention_time", attention_time, zero=True),
        ),
        cache=kept,
        capacity=capacity,
        time_unit="us",
        meta={
            "importer": trace.format,
            "source": trace.source,
            "trace_rows": n,
            "start": start,
            "count": len(rows),
            "block_size": trace.block_size,
            "time_scale": str(time_scale),
        },
    )


def _scaled(arrival: IntArray, time_scale: Fraction) -> IntArray:
    factor = exact("time_scale", time_scale, zero=True)
    if int(arrival.max()) * factor > MAX_NUMBER:
        raise InputError(f"time_scale: {time_scale} takes arrivals past 2^53 us; give less")
    return scale(arrival, factor)

"""Serving logs: when requests arrived, what they share, and when their first tokens came."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prefixsched.arrays import IntArray
from prefixsched.calibrate.measurements import ADMITTED, FIRST_TOKEN, PROMPT, TTFT
from prefixsched.importers.builder import TraceBuilder
from prefixsched.importers.trace import Trace, to_instance
from prefixsched.io.rows import Row, check_column, read_rows
from prefixsched.model.cost import Potential
from prefixsched.model.display import Displayed, Records, name_text, rows_of
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance
from prefixsched.model.options import CacheName, whole

logger = logging.getLogger(__name__)

BLOCK_SIZE = 512
ARRIVAL = {
    "timestamp": 10**3, "created_time": 10**3, "arrival_time_ms": 10**3,
    "arrival_s": 10**6, "arrival_ms": 10**3, "arrival_us": 1, "start_time": 10**6,
}  # fmt: skip
NAMES = ("request_id", "id", "uuid")

Blocks = list[int | str]


@dataclass(frozen=True, eq=False, repr=False)
class ServingLog(Displayed):
    """What a server did with a stream of queries; times in microseconds from the first arrival.

    Parameters
    ----------
    instance
        The queries, in order of arrival, under the cost that the server is taken to have.
    first_token
        ``[n]``; when each had its first token.
    order
        ``[n]``; the queries in the order in which they were served: by the time
        at which the server began with them where the log tells, else by first token.
    """

    instance: Instance
    first_token: IntArray
    order: IntArray

    def _headline(self) -> str:
        return f"{name_text(self.instance.name)}: {self.instance.n:,} requests"

    def _records(self, most: int | None) -> Records:
        instance, first = self.instance, self.first_token[:most]
        columns = {
            "id": instance.ids[:most],
            "arrival": instance.arrival[:most].tolist(),
            "prompt_tokens": instance.length[:most].tolist(),
            "first_token": first.tolist(),
            "ttft": (first - instance.arrival[:most]).tolist(),
        }
        return rows_of(columns)

    def _size(self) -> int:
        return self.instance.n


def read_serving_log(
    path: str | Path,
    cost: Potential,
    *,
    cache: CacheName = "last",
    block_size: int = BLOCK_SIZE,
    trace: Trace | None = None,
) -> ServingLog:
    """Read a serving log; see :func:`prefixsched.io.rows.read_rows` for the formats.

    A request has its arrival (one of ``ARRIVAL``; ``timestamp`` is in ms), prompt
    tokens (``input_length`` or another of ``PROMPT``), the ids of its blocks
    (``hash_ids``: a list, or words in a cell of CSV), its first token
    (``first_token_ms`` or another of ``FIRST_TOKEN``, from the same start as
    arrivals; or ``ttft_ms`` or another of ``TTFT``, from its arrival), and may
    have ``first_admit_ms``. Requests without a first token are left out.

    Parameters
    ----------
    path
        The file.
    cost
        Prefill cost in ticks of a microsecond.
    cache
        What stays cached: ``last``, ``unbounded`` or ``lru:TOKENS``.
    block_size
        Tokens in a block.
    trace
        The trace that was replayed, for a log without ``hash_ids``, as NVIDIA
        Dynamo's per-request report is: the k-th request of the one is the k-th of
        the other, by arrival and then length, and lengths have to agree.

    Raises
    ------
    InputError
        If the file can't be read, a row isn't such a request, or ``trace`` is of others.
    """
    rows = read_rows(path)
    check_column(path, rows, "the arrival", ARRIVAL)
    check_column(path, rows, "prompt tokens", PROMPT)
    arrival = [row.ticks(ARRIVAL) for row in rows]
    length = [row.tokens(PROMPT, 1) for row in rows]
    by_arrival = np.lexsort((arrival,) if trace is None else (length, arrival)).tolist()
    blocks = _own_blocks(path, rows) if trace is None else _matched(path, trace, length, by_arrival)
    served = [k for k in by_arrival if _ran(rows[k])]
    if not served:
        raise InputError(f"{path}: no request has a first token; give first_token_ms or ttft_ms")
    if len(served) < len(rows):
        logger.warning(
            "%s: %d requests have no first token and are left out", path, len(rows) - len(served)
        )
    size = whole("block_size", block_size) if trace is None else trace.block_size
    builder = TraceBuilder(path, "score", size)
    for k in served:
        name = next((str(rows[k].fields[name]) for name in NAMES if rows[k].has([name])), None)
        builder.add(k + 1, arrival[k], length[k], blocks[k], name)
    instance = to_instance(
        builder.finish(),
        token_time=cost.token,
        attention_time=cost.attention,
        cache=cache,
    )
    first = np.array([_first_token(rows[k], arrival[k]) for k in served], dtype=np.int64)
    begun = first
    if all(rows[k].has(ADMITTED) for k in served):
        begun = np.array([rows[k].ticks(ADMITTED) for k in served], dtype=np.int64)
    return ServingLog(instance, first - arrival[served[0]], np.lexsort((first, begun)))


def _ran(row: Row) -> bool:
    """Whether the request had a first token."""
    return not row.fields.get("error") and (row.has(FIRST_TOKEN) or row.has(TTFT))


def _first_token(row: Row, arrival: int) -> int:
    if not row.has(FIRST_TOKEN):
        return arrival + row.ticks(TTFT)
    first = row.ticks(FIRST_TOKEN)
    if first < arrival:
        raise row.error(
            row.find(FIRST_TOKEN) or "first_token_ms",
            f"{arrival - first:,} us before the arrival; give both from one start, or give ttft_ms",
        )
    return first


def _own_blocks(path: str | Path, rows: Sequence[Row]) -> list[Blocks]:
    """The block ids that the rows state."""
    if not any(row.has(["hash_ids"]) for row in rows):
        raise InputError(
            f"{path}: no hash_ids, so nobody knows what prompts share; give each request's block "
            "ids, or the trace that was replayed with --trace"
        )
    return [_ids(row) for row in rows]


def _ids(row: Row) -> Blocks:
    value = row.fields.get("hash_ids")
    if value is None:
        return []
    if isinstance(value, str):
        return list(value.split())
    if not isinstance(value, list) or not set(map(type, value)) <= {int, str}:
        raise row.error("hash_ids", "not a list of block ids; give one like [0, 17, 4]")
    return value


def _matched(
    path: str | Path, trace: Trace, length: Sequence[int], by_arrival: Sequence[int]
) -> list[Blocks]:
    """The block ids that ``trace`` has for the rows."""
    if len(trace) != len(length):
        raise InputError(
            f"{path}: {len(length)} requests, but the trace has {len(trace)}; give the trace "
            "that was replayed"
        )
    blocks: list[Blocks] = [[] for _ in length]
    theirs = np.lexsort((trace.input_length, trace.arrival)).tolist()
    doubtful = 0
    before = None
    for k, i in zip(by_arrival, theirs, strict=True):
        if length[k] != trace.input_length[i]:
            raise InputError(
                f"{path}: a request of {length[k]} tokens where the trace has one of "
                f"{trace.input_length[i]} ({trace.ids[i]}); give the trace that was replayed"
            )
        own = trace.blocks[trace.offsets[i] : trace.offsets[i + 1]].tolist()
        blocks[k] = [trace.names[block] for block in own]
        key = (trace.arrival[i], length[k])
        doubtful += before is not None and before[0] == key and before[1] != own
        before = (key, own)
    if doubtful:
        logger.warning(
            "%s: %d requests of the trace have the arrival and length of another, but other "
            "blocks; which is which is guessed",
            path,
            doubtful,
        )
    return blocks

"""Measured prefill times, and how they are read from logs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prefixsched.arrays import IntArray
from prefixsched.io.files import source_name
from prefixsched.io.rows import Row, check_column, read_rows
from prefixsched.model.display import Displayed, Records, name_text, rows_of
from prefixsched.model.errors import InputError

logger = logging.getLogger(__name__)

PROMPT = (
    "prompt_tokens", "input_tokens", "input_length", "input_len", "prompt_len", "prompt_length",
    "isl",
)  # fmt: skip
CACHED = ("cached_tokens", "num_cached_tokens", "reused_input_tokens", "reused_tokens", "cached")
PREFILL = {
    "seconds": 10**6, "prefill_seconds": 10**6, "prefill_s": 10**6,
    "ms": 10**3, "milliseconds": 10**3, "prefill_ms": 10**3,
    "us": 1, "microseconds": 1, "prefill_us": 1,
}  # fmt: skip
TTFT = {"ttft": 10**6, "ttft_s": 10**6, "ttft_ms": 10**3, "ttft_us": 1}
ADMITTED = {"first_admit_ms": 10**3}
FIRST_TOKEN = {"first_token_s": 10**6, "first_token_ms": 10**3, "first_token_us": 1}
SENT = {"start_time": 10**6}
SHORTEST = Decimal("0.001")
"""Microseconds; shorter times are no prefill."""


@dataclass(frozen=True, eq=False, repr=False)
class Measurements(Displayed):
    """Prefill times of single requests.

    Parameters
    ----------
    source
        The name of the file, without its folder.
    prompt
        ``[n]``; prompt tokens, 1 or more.
    cached
        ``[n]``; how many of them were in the cache, fewer than ``prompt``.
    microseconds
        ``[n]``; what the prefill took, above 0.
    """

    source: str
    prompt: IntArray
    cached: IntArray
    microseconds: NDArray[np.float64]

    def _headline(self) -> str:
        return f"{name_text(self.source)}: {len(self):,} requests"

    def _records(self, most: int | None) -> Records:
        columns = {
            "prompt_tokens": self.prompt[:most].tolist(),
            "cached_tokens": self.cached[:most].tolist(),
            "microseconds": self.microseconds[:most].tolist(),
        }
        return rows_of(columns)

    def _size(self) -> int:
        return len(self)

    def __len__(self) -> int:
        return len(self.prompt)


def read_measurements(path: str | Path) -> Measurements:
    """Read measured prefill times; see :func:`prefixsched.io.rows.read_rows` for the formats.

    A request has prompt tokens (one of ``PROMPT``), cached tokens (one of
    ``CACHED``; none where no row has them) and a time: that of its prefill (one
    of ``PREFILL``), or from ``first_admit_ms`` to ``first_token_ms``, as in
    NVIDIA Dynamo's per-request report, or its TTFT (one of ``TTFT``). A TTFT has
    the wait for other requests in it, so only requests that are sent one at a
    time tell the prefill's cost; a warning says so. Requests that failed
    (``error`` isn't empty, or begun without a first token) are left out.

    As the model has it, a prompt's last token is always computed: a prompt that
    is said to be wholly cached counts as cached but for one token.

    Raises
    ------
    InputError
        If the file can't be read, or a row isn't such a request.
    """
    rows = read_rows(path)
    used = [row for row in rows if not _failed(row)]
    if not used:
        raise InputError(f"{path}: all {len(rows)} requests failed; give a log of some that ran")
    check_column(path, used, "prompt tokens", PROMPT)
    check_column(path, used, "the prefill's time", (*PREFILL, *FIRST_TOKEN, *TTFT))
    knows_cached = any(row.has(CACHED) for row in used)
    prompt, cached, times = [], [], []
    for row in used:
        tokens = row.tokens(PROMPT, 1)
        reused = row.tokens(CACHED, 0) if knows_cached else 0
        if reused > tokens:
            name = row.find(CACHED) or CACHED[0]
            raise row.error(name, f"{reused} of {tokens} prompt tokens; give at most all")
        prompt.append(tokens)
        cached.append(min(reused, tokens - 1))
        times.append(_prefill_time(row))
    _warn(path, used, len(rows) - len(used), knows_cached=knows_cached)
    return Measurements(
        source_name(path),
        np.array(prompt, dtype=np.int64),
        np.array(cached, dtype=np.int64),
        np.array(times),
    )


def _prefill_time(row: Row) -> float:
    """Microseconds, above 0."""
    if row.has(PREFILL):
        time = row.microseconds(PREFILL)
    elif row.has(ADMITTED):
        time = row.microseconds(FIRST_TOKEN) - row.microseconds(ADMITTED)
    elif row.has(TTFT):
        time = row.microseconds(TTFT)
    else:
        raise row.error(
            "seconds", "missing; give the prefill's time, or seconds to first token as ttft"
        )
    if time < SHORTEST:
        raise row.error(
            row.find([*PREFILL, *FIRST_TOKEN, *TTFT]) or "seconds",
            f"{time.normalize()} us is no time for a prefill; give a nanosecond or more",
        )
    return float(time)


def _failed(row: Row) -> bool:
    """Whether the row says that the request failed, or was begun and never had a first token."""
    if row.fields.get("error"):
        return True
    return row.has(ADMITTED) and not any(row.has(each) for each in (PREFILL, FIRST_TOKEN, TTFT))


def _warn(path: str | Path, rows: Sequence[Row], failed: int, *, knows_cached: bool) -> None:
    """Say once what was assumed."""
    said = []
    if failed:
        said.append(f"{failed} requests failed and are left out")
    if not knows_cached:
        said.append(
            "no cached_tokens; all prompts are taken to be computed whole, which is right only "
            "where the server kept no prefixes or the prompts shared none"
        )
    if any(not row.has(PREFILL) and not row.has(ADMITTED) for row in rows):
        waited = _overlapping(rows)
        if waited is None:
            said.append(
                "the times are TTFTs, which hold the wait for other requests; only requests "
                "sent one at a time tell the cost of a prefill"
            )
        elif waited:
            said.append(
                f"{waited} of {len(rows)} requests were sent while another waited for its first "
                "token, so their TTFTs hold more than a prefill; send one at a time"
            )
    if said:
        logger.warning("%s: %s", path, "; ".join(said))


def _overlapping(rows: Sequence[Row]) -> int | None:
    """Requests sent before an earlier one had its first token; None where nobody knows."""
    if not all(row.has(SENT) and row.has(TTFT) for row in rows):
        return None
    spans = sorted((row.microseconds(SENT), row.microseconds(TTFT)) for row in rows)
    waited, busy = 0, spans[0][0]
    for sent, ttft in spans:
        waited += sent < busy
        busy = max(busy, sent + ttft)
    return waited

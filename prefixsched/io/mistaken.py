"""What a file is that was given for an instance and is none."""

from __future__ import annotations

import json
import re

FIELDS = {
    "arrival_ms", "arrival_s", "arrival_time", "arrival_time_ms", "arrival_us", "block_hashes",
    "chat_id", "event_type", "first_token_ms", "hash_ids", "input_length", "input_lens", "isl",
    "metadata", "prompt_tokens", "request_id", "timestamp", "ttft_ms",
}  # fmt: skip
"""Names of which a log's or a trace's first row has some, and an instance file none at its top."""
FIRST = 65_536
"""Bytes in which a first row ends, or isn't looked at."""


def mended(raw: bytes) -> str | None:
    """What to do with a log or trace of requests; None where the bytes are something else."""
    line = raw[:FIRST].lstrip().partition(b"\n")[0].decode("utf-8", errors="replace")
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = re.split(r"[,;\t]", line.replace('"', ""))
    if not isinstance(row, dict | list):
        return None
    names = {name.strip().lower() for name in row if isinstance(name, str)}
    if not names & FIELDS or "format" in names:
        return None
    return (
        "this is a log or trace of requests, not an instance; make one of it with prefixsched "
        "import, or hold it against the optimum with prefixsched score"
    )

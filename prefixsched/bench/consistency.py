"""Whether rows that were read can all be true of the same instances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prefixsched.bench.row import OPTIMUM, Row, Stream
from prefixsched.model.errors import InputError

MEND = "remove it and go on with --resume, or run the suite into another folder"


def check_rows(numbered: Sequence[tuple[int, Row]], path: Path) -> None:
    """See that no row contradicts itself or another one of its stream.

    A lower bound is proven and a TTFT is that of a schedule, so none of the
    former is above one of the latter, whichever rows of a stream they stand in.
    What breaks that was computed on different instances, or tampered with; a
    ratio of such rows may be below 1.

    Parameters
    ----------
    numbered
        Rows with the number of their line.
    path
        What messages call the file.

    Raises
    ------
    InputError
        If one does; it names the line.
    """
    streams: dict[Stream, _Known] = {}
    seen: dict[tuple[Stream, str, str | None], int] = {}
    for number, row in numbered:
        where = f"{path}:{number}"
        known = streams.setdefault(row.stream, _Known(row, number))
        key = (row.stream, row.policy, row.asked)
        if key in seen:
            raise InputError(f"{where}: has the same policy and stream as line {seen[key]}; {MEND}")
        seen[key] = number
        wrong = _contradiction(row) or known.contradiction(row)
        if wrong is not None:
            raise InputError(f"{where}: {wrong}; {MEND}")
        known.learn(row, number)


def _contradiction(row: Row) -> str | None:
    """What can't be true of a row by itself."""
    if row.lower_bound > row.upper_bound:
        return f"lower_bound {row.lower_bound} is above upper_bound {row.upper_bound}"
    if not row.p50 <= row.p90 <= row.p95 <= row.p99 <= row.max:
        return "p50, p90, p95, p99 and max don't rise"
    if row.reused_tokens > row.tokens:
        return f"reused_tokens {row.reused_tokens} are more than tokens {row.tokens}"
    if row.order is not None and len(set(row.order)) != row.n:
        return f"order doesn't name {row.n} queries"
    if row.policy == OPTIMUM and row.max != row.upper_bound:
        return f"max {row.max} of the best schedule isn't upper_bound {row.upper_bound}"
    return None


@dataclass
class _Known:
    """What the rows of a stream say together.

    Parameters
    ----------
    first
        The row that came first.
    line
        Its line.
    """

    first: Row
    line: int

    def __post_init__(self) -> None:
        self.lower, self.lower_line = 0, self.line  # the highest lower bound
        self.upper, self.upper_line = min(self.first.max, self.first.upper_bound), self.line

    def contradiction(self, row: Row) -> str | None:
        """What can't be true of ``row`` if the others are."""
        for name in ("instance", "n", "tokens", "time_unit"):
            said, before = getattr(row, name), getattr(self.first, name)
            if said != before:
                return f"{name} is {said!r}, but {before!r} in line {self.line} of the same stream"
        least = min(row.max, row.upper_bound)
        if least < max(self.lower, row.lower_bound):
            line = f" in line {self.lower_line}" if self.lower > row.lower_bound else ""
            return f"a TTFT of {least} is below the lower_bound proven{line}"
        if row.lower_bound > self.upper:
            return (
                f"lower_bound {row.lower_bound} is above the TTFT of {self.upper} "
                f"in line {self.upper_line}"
            )
        return None

    def learn(self, row: Row, line: int) -> None:
        """Take up a row's bounds."""
        least = min(row.max, row.upper_bound)
        if row.lower_bound > self.lower:
            self.lower, self.lower_line = row.lower_bound, line
        if least < self.upper:
            self.upper, self.upper_line = least, line

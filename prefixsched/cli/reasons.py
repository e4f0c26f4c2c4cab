"""What a bound rests on, in words: queries that arrive too close together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefixsched.cli import tables
from prefixsched.model.status import Status
from prefixsched.model.units import coarser

if TYPE_CHECKING:
    from prefixsched.offline.result import Result


def reason(result: Result) -> str:
    """Why no order is better than the bound on the best value; nothing where a search found it."""
    found = result.reason
    refuted = result.status is Status.INFEASIBLE
    if found is None or refuted != result.decision or result.question == "promise":
        return ""  # a decision that isn't refuted has its schedule, and no order keeps to a ceiling
    if result.objective.kind == "max":
        return f"\n{_interval(result)}" if found.windows and not result.decision else ""
    n = tables.queries(result.instance.n)
    if result.objective.kind == "percentile":
        claim = f"below the lower bound at least {found.late:,} of the {n} would be late"
    else:
        are = "is" if found.late == 1 else "are"
        claim = f"at least {found.late:,} of the {n} {are} late in every order"
    return f"\nWhy: {claim}.{_windows(result)}"


def _interval(result: Result) -> str:
    """The queries of a bound on the largest TTFT, and their work."""
    assert result.reason is not None
    window = result.reason.windows[0]
    arrival = result.instance.arrival[window.queries]
    first, last = int(arrival.min()), int(arrival.max())
    time = _Times(result, window.end)
    if len(window.queries) == 1:
        return f"Why: the query that arrives at {time(first)} needs {time(window.work)} by itself."
    return (
        f"Why: with every first token sooner, the {len(window.queries):,} queries that arrive "
        f"{time.span(first, last)} would need {time(window.work)} of the server, so that one of "
        f"them would complete {time(result.lower_bound or 0)} or more after the last has arrived."
    )


def _windows(result: Result) -> str:
    """The largest window for one, and how many more there are."""
    assert result.reason is not None
    windows = result.reason.windows
    shared = [window for window in windows if len(window.queries) > 1]
    alone = sum(window.late for window in windows if len(window.queries) == 1)
    says = ""
    if alone:
        who = "One query takes" if alone == 1 else f"{alone:,} queries take"
        says += f" {who} too long by {'itself' if alone == 1 else 'themselves'}."
    if shared:
        largest = max(shared, key=lambda window: (window.late, len(window.queries)))
        arrival = result.instance.arrival[largest.queries]
        time = _Times(result, largest.end)
        span = time.span(int(arrival.min()), int(arrival.max()))
        says += (
            f" Of {len(largest.queries):,} that arrive {span}, at least {largest.late:,} "
            f"{'is' if largest.late == 1 else 'are'} late: all on time, they would need "
            f"{time(largest.work)} of the server within {time(largest.end - largest.begin)}."
        )
        if len(shared) > 1:
            others = len(shared) - 1
            late = sum(window.late for window in shared) - largest.late
            groups = "one other group" if others == 1 else f"{others:,} other groups"
            says += f" So it is with {groups}, where {late:,} are."
    return says


class _Times:
    """Times of one sentence, all in the unit that suits the longest of them."""

    def __init__(self, result: Result, longest: int) -> None:
        unit = result.instance.time_unit
        self.factor, self.unit = 1, unit
        if longest > tables.MOST_TICKS:
            self.factor, self.unit = coarser(unit, longest, tables.MOST_FOR_DECIMAL)

    def __call__(self, ticks: int) -> str:
        return f"{self._number(ticks)} {self.unit}"

    def span(self, first: int, last: int) -> str:
        """From the first time to the last."""
        if first == last:
            return f"at {self(first)}"
        return f"from {self._number(first)} to {self(last)}"

    def _number(self, ticks: int) -> str:
        return tables.count(ticks) if self.factor == 1 else f"{ticks / self.factor:,.2f}"

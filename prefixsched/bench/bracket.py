"""What is known of an instance's optimum: from one backend, and from several together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from prefixsched.bench.row import OPTIMUM, Row, Stream
from prefixsched.model.status import Status


@dataclass(frozen=True)
class Bracket:
    """What is known of an instance's least possible largest TTFT, in ticks.

    Parameters
    ----------
    status, backend, seconds
        As in :class:`~prefixsched.offline.result.Result`.
    lower, upper
        Proven bounds.
    """

    status: str
    backend: str
    seconds: float
    lower: int
    upper: int

    @classmethod
    def of(cls, row: Row) -> Bracket:
        """What a row of the same instance says."""
        return cls(row.status, row.backend, row.solve_seconds, row.lower_bound, row.upper_bound)


def tightest(brackets: Sequence[Bracket]) -> Bracket:
    """The highest lower and the lowest upper bound of some brackets of one instance.

    Every lower bound is proven and every upper bound is met by a schedule that
    the verifier has seen, whoever found them; so the two ends hold together,
    and where they meet the optimum is certified, though no backend alone has
    closed its bracket. The backends named are those that the ends come from,
    and the seconds are what these took.

    Raises
    ------
    RuntimeError
        If one's lower bound is above another's upper bound: a defect in a backend.
    """
    low = max(brackets, key=lambda each: (each.lower, -each.upper))
    high = min(brackets, key=lambda each: (each.upper, each is not low))
    if low.lower > high.upper:
        raise RuntimeError(
            f"backend {low.backend} claims that nothing is below {low.lower}, but "
            f"{high.backend} has a schedule with {high.upper}; please report this"
        )
    if high is low:
        return low
    closed = low.lower == high.upper
    return Bracket(
        status=str(Status.OPTIMAL) if closed else low.status,
        backend="+".join(dict.fromkeys((low.backend, high.backend))),
        seconds=low.seconds + high.seconds,
        lower=low.lower,
        upper=high.upper,
    )


def one_optimum(rows: Iterable[Row]) -> list[Row]:
    """The rows with a single ``optimum`` for each instance, where backends left one each.

    It has the best schedule of all and the tightest bracket, as the rows of
    the policies have, and stands where the first stood.
    """
    kept = list(rows)
    optima: dict[Stream, list[Row]] = defaultdict(list)
    for row in kept:
        if row.policy == OPTIMUM:
            optima[row.stream].append(row)
    made = []
    for row in kept:
        if row.policy != OPTIMUM:
            made.append(row)
        elif row is optima[row.stream][0]:
            made.append(_joined(optima[row.stream]))
    return made


def _joined(optima: Sequence[Row]) -> Row:
    """One row of the optimum for those of several backends."""
    if len(optima) == 1:
        return optima[0]
    known = tightest([Bracket.of(row) for row in optima])
    return msgspec.structs.replace(
        min(optima, key=lambda row: row.max),
        status=known.status,
        lower_bound=known.lower,
        upper_bound=known.upper,
        backend=known.backend,
        solve_seconds=round(known.seconds, 6),
        asked=None,
    )

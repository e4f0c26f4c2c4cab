"""The travelling salesman with time windows as a table of set-up times, and its least makespan.

A tour leaves a depot no earlier than its window opens, visits every customer once
and returns to the depot. Service at a customer begins within its window (a
salesman who is early waits; service may go on past the window's end) and takes
its service time. With e, l the windows, s the service times, d the distances
and 0 the depot, that is this instance, under anticipatory set-up:

- Each customer is a query, and so is the return to the depot. A completion is
  the start of service, or the return.
- Arrival e_j, allowance l_j - e_j: service begins in [e_j, l_j].
- ``matrix[i][j]`` is s_i + d_ij, and to the closing depot s_i + d_i0. For
  C_j = max(C_i + s_i + d_ij, e_j) is when service at j can begin after i.
- ``start[j]`` is e_0 + s_0 + d_0j: the clock begins at 0, the tour at e_0.
- The closing depot comes last, because nothing can follow it in time:
  ``matrix[depot][j]`` is l_j + 1, and any C_j after it is at least that. Nor can
  it come first, as ``start[depot]`` is l_0 + 1.

Nothing is asked of d: it may be asymmetric and break the triangle inequality.
Leaving the depot later than e_0, or waiting longer than until a window opens,
never lets a tour return sooner, so the permutations of the queries that meet all
allowances are the feasible tours, and the completion of the closing depot is the
makespan, counted from tick 0. So ``solve(instance, ttft="own")`` decides whether
there is a tour, and the allowance D - e_0 for the closing depot asks for one that
is back by D.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from prefixsched.arrays import IntArray
from prefixsched.model.cost import MAX_NUMBER, Table
from prefixsched.model.errors import InputError
from prefixsched.model.instance import Instance
from prefixsched.model.integers import integers
from prefixsched.model.prompts import Prompts

DEPOT = "depot"
"""The id of the query that stands for the return."""
DIMENSIONS = {"distance": 2, "window": 2, "service": 1}
"""Of the arrays that state a tour."""


def tsptw_instance(
    distance: npt.ArrayLike,
    window: npt.ArrayLike,
    service: npt.ArrayLike | None = None,
    *,
    name: str = "tsptw",
) -> Instance:
    """The instance whose schedules within their allowances are the feasible tours.

    Parameters
    ----------
    distance
        ``[n, n]``; ticks to go from row to column, 0 or more; the depot is number
        0. The diagonal means nothing.
    window
        ``[n, 2]``; the first and the last tick at which service may begin; for the
        depot, when the tour may leave, and must be back.
    service
        ``[n]``; ticks that service takes, 0 or more; none where not given. Where
        the distances from i include the service at i, it is not given again.
    name
        The instance's name.

    Returns
    -------
    Instance
        n queries: customers 1 to n - 1, whose ids are their numbers, and then
        the return, :data:`DEPOT`.

    Raises
    ------
    InputError
        If shapes disagree, a number is negative, not whole or past 2^53, or a
        window ends before it begins.
    """
    matrix = _ticks("distance", distance)
    n = len(matrix)
    if matrix.shape != (n, n) or n < 2:
        raise InputError(f"distance: shape {matrix.shape}; give n rows of n, with 2 places or more")
    windows = _ticks("window", window)
    if windows.shape != (n, 2):
        raise InputError(f"window: shape {windows.shape}; give {n} rows of earliest and latest")
    times = np.zeros(n, dtype=np.int64) if service is None else _ticks("service", service)
    if times.shape != (n,):
        raise InputError(f"service: shape {times.shape}; give {n} times")
    earliest, latest = windows.T
    if (earliest > latest).any():
        j = int((earliest > latest).argmax())
        raise InputError(
            f"window[{j}]: earliest {earliest[j]} is past latest {latest[j]}; give the lesser first"
        )
    places = np.roll(np.arange(n), -1)  # customers, then the depot
    setup = (times[:, None] + matrix)[np.ix_(places, places)]
    setup[-1] = latest[places] + 1
    np.fill_diagonal(setup, 0)
    start = earliest[0] + times[0] + matrix[0, places]
    start[-1] = latest[0] + 1
    return Instance(
        name=name,
        ids=[*map(str, range(1, n)), DEPOT],
        arrival=earliest[places],
        prompts=Prompts.from_segments([] for _ in places),
        cost=Table(start, setup, anticipatory=True),
        allowance=(latest - earliest)[places],
    )


def _ticks(field: str, values: npt.ArrayLike) -> IntArray:
    """``values`` as 64-bit integers from 0 to 2^53."""
    array = integers(field, values, DIMENSIONS[field])
    if array.size and not 0 <= int(array.min()) <= int(array.max()) <= MAX_NUMBER:
        raise InputError(f"{field}: a number out of range; give 0 to 2^53 ticks")
    return array
